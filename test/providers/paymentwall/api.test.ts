import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Facts } from '../../../shared/payment/types.ts';
import { captureMessage, paymentwallApi } from '../../../shared/providers/paymentwall/api.ts';
import {
  captures,
  DeliveryError,
  deliveryRequest,
  parseDelivery,
  readDelivery,
} from '../../../shared/providers/paymentwall/delivery.ts';
import { readFacts } from '../../../shared/providers/paymentwall/facts.ts';
import { type PaymentwallAccount, UnusableSecretError } from '../../../shared/providers/provider.ts';

const account = {
  provider: 'paymentwall',
  account: 'shop',
  api: 'digital_goods',
  goods: 'digital',
  orderParameter: 'goodsid',
  policy: { environment: 'live' },
} as PaymentwallAccount;
const physical: PaymentwallAccount = { ...account, goods: 'physical' };
const credentials = { projectKey: 'project-key', secretKey: 'secret-key' };
const base = 'https://api.paymentwall.com/api';

/** As Payment Status answers: a list, the payment's fields and its subscription. */
const payment = (fields: Record<string, unknown> = {}) => ({
  object: 'payment',
  id: 'b123456',
  created: 1419438832,
  amount: '9.99',
  currency: 'USD',
  refunded: false,
  risk: 'approved',
  uid: 'user_200255',
  product_id: 'order-1',
  payment_system: 'cc',
  ...fields,
});
const answer = (body: unknown, status = 200) =>
  paymentwallApi.read({ status, body: typeof body === 'string' ? body : JSON.stringify(body) });
const confirm = (fields: Record<string, unknown> = {}, of = account) => {
  const outcome = answer([payment(fields)]);
  if (outcome.type !== 'found') throw new Error(outcome.type);
  return paymentwallApi.told(outcome.messages[0] ?? '', of);
};
const fact = (key: string, ...codes: string[]) => ({ facts: { [key]: { codes, amounts: [] } } as Facts });
const read = (...parts: { readonly facts: Facts }[]) =>
  readFacts(parts.map(({ facts }) => facts).reduce(joinFacts, {}), { orderKind: undefined });
const usd = (amount: string) => [{ amount, currency: 'USD' }];
const captured = (of = physical) => paymentwallApi.told(captureMessage('b123456', 'delivering'), of);

describe('asking Payment Status', () => {
  test('signed like a widget call: sorted pairs and the Secret Key, SHA-256', () => {
    const url = new URL(
      paymentwallApi.ask({ about: 'payment', id: 'b1' }, account, credentials, base)?.url ?? '',
    );
    expect(url.origin + url.pathname).toBe('https://api.paymentwall.com/api/rest/payment');
    const text = 'key=project-keyref=b1sign_version=3secret-key';
    expect(Object.fromEntries(url.searchParams)).toEqual({
      key: 'project-key',
      ref: 'b1',
      sign_version: '3',
      sign: createHash('sha256').update(text).digest('hex'),
    });
  });
  test('an order is asked about by uid and ag_external_id, if the API can', () => {
    const ask = (question: { reference: string; endUser?: string }, of = account) =>
      paymentwallApi.ask({ about: 'order', ...question }, of, credentials, base);
    const url = new URL(ask({ reference: 'order-1', endUser: 'u1' })?.url ?? '');
    expect(url.searchParams.get('uid')).toBe('u1');
    expect(url.searchParams.get('ag_external_id')).toBe('order-1');
    expect(ask({ reference: 'order-1' })).toBeUndefined();
    expect(ask({ reference: 'order-1', endUser: 'u1' }, { ...account, api: 'cart' })).toBeUndefined();
  });
  test('the project key stands beside the secret key', () => {
    const secret = { current: { secretKey: 'secret-key', projectKey: 'project-key' } };
    expect(paymentwallApi.parseCredentials(secret, account)).toEqual(credentials);
    expect(() => paymentwallApi.parseCredentials({ current: { secretKey: 'secret-key' } }, account)).toThrow(
      UnusableSecretError,
    );
  });
});

describe('reading Payment Status', () => {
  test('a payment, without what is nobody’s business', () => {
    const outcome = answer([payment({ email: 'someone@example.com' })]);
    expect(outcome).toMatchObject({ type: 'found' });
    expect(JSON.stringify(outcome)).not.toContain('someone');
    expect(confirm()).toMatchObject({
      source: 'confirmation',
      subject: { kind: 'payment', id: 'b123456' },
      endUser: 'user_200255',
      aliases: [
        { type: 'id', value: 'b123456' },
        { type: 'reference', value: 'order-1' },
      ],
      facts: { 'confirmed/payment': { codes: ['risk:approved'], amounts: ['9.99 USD'] } },
    });
  });
  test.each([
    ['no payment', 200, [], { type: 'unknown' }],
    ['an attempt is no payment', 200, [{ object: 'payment_attempt', id: 'x' }], { type: 'unknown' }],
    ['404', 404, '', { type: 'unknown' }],
    ['an error', 200, { error: 'API not activated', code: 1 }, { type: 'refused', reason: 'request' }],
    ['forbidden', 403, '', { type: 'refused', reason: 'credentials' }],
    ['down', 502, '', { type: 'unavailable', reason: 'status' }],
    ['no JSON', 200, 'OK', { type: 'unavailable', reason: 'unreadable' }],
    [
      'a payment without an id',
      200,
      [payment({ id: undefined })],
      { type: 'unavailable', reason: 'unreadable' },
    ],
  ])('%s', (_name, status, body, expected) => expect(answer(body, status)).toEqual(expected));
});

describe('joined with pingbacks', () => {
  test('names the amount of a payment', () => {
    expect(read(fact('type/0'))).toMatchObject({ status: 'paid', moved: [] });
    expect(read(fact('type/0'), confirm())).toMatchObject({
      status: 'paid',
      moved: usd('9.99'),
      returned: [],
    });
  });
  test('alone it is a payment whose pingback was lost', () => {
    expect(read(confirm())).toMatchObject({ status: 'paid', moved: usd('9.99') });
  });
  test('an approved risk ends a review; another word does not', () => {
    expect(read(fact('type/200'), confirm({ risk: 'pending' })).status).toBe('in_review');
    expect(read(fact('type/200'), confirm()).status).toBe('paid');
    expect(read(confirm({ risk: 'pending' }))).toMatchObject({ status: 'in_review', moved: [] });
  });
  test('a risk in a word nobody documented is a doubt, whatever else was heard', () => {
    const doubts = [{ reason: 'contradictory_evidence', evidence: ['confirmed/payment'] }];
    expect(read(fact('type/0'), confirm({ risk: 'declined' })).doubts).toEqual(doubts);
    expect(read(confirm(), confirm({ risk: 'declined' })).doubts).toEqual(doubts);
    expect(read(fact('type/0'), confirm({ risk: 'pending' })).doubts).toEqual([]);
  });
  test('without a word about risk there is none', () => {
    expect(read(confirm({ risk: undefined }))).toMatchObject({ status: 'paid', doubts: [] });
    expect(read(confirm())).toMatchObject({ status: 'paid', doubts: [] });
  });
  test('a subscription’s end beside it is a payment whose subscription ended', () => {
    expect(read(fact('type/12'), confirm())).toMatchObject({ kind: 'payment', status: 'paid' });
  });
  test('refunded without a pingback: the pingback was lost', () => {
    expect(read(fact('type/0'), confirm({ refunded: true }))).toMatchObject({
      doubts: [],
      status: 'refunded',
      moved: usd('9.99'),
      returned: usd('9.99'),
    });
  });
  test('refunded beside a partial refund explains itself', () => {
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    expect(read(fact('type/0'), part, confirm({ refunded: true }))).toMatchObject({
      status: 'partially_refunded',
      moved: usd('9.99'),
      returned: usd('4.00'),
    });
  });
  test('a goodwill taken back explains no refund, and is no part of one', () => {
    const taken = fact('negative/2/8///', 'goodwill_taken_back');
    expect(read(fact('type/0'), fact('type/1'), taken, confirm({ refunded: true })).status).toBe('refunded');
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    expect(read(fact('type/0'), fact('type/1'), taken, part, confirm()).returned).toEqual(usd('4.00'));
  });
  test('of parts of which one names no amount nobody knows the sum', () => {
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    const unnamed = fact('negative/220//m2//', 'partial_refund');
    expect(read(fact('type/0'), part, unnamed, confirm())).toMatchObject({
      status: 'partially_refunded',
      moved: usd('9.99'),
      returned: [],
    });
  });
  test('money that nobody says came did not go back', () => {
    const reading = read(fact('negative/2/9///', 'refund'), confirm({ risk: 'pending' }));
    expect(reading).toMatchObject({ status: 'refunded', moved: [], returned: [] });
  });
  test('a stale "not refunded" changes nothing about a chargeback', () => {
    expect(read(fact('type/0'), fact('negative/2/1///', 'chargeback'), confirm())).toMatchObject({
      status: 'reversed',
      moved: usd('9.99'),
      returned: usd('9.99'),
    });
  });
  test('two amounts are a contradiction, and none of them counts', () => {
    const reading = read(fact('type/0'), confirm(), confirm({ amount: '99.99' }));
    expect(reading.moved).toEqual([]);
    expect(reading.doubts.map(({ reason }) => reason)).toEqual(['contradictory_evidence']);
  });
  test('goodwill alone moves no money', () => {
    expect(read(fact('type/1'))).toMatchObject({ status: 'paid', goodwill: true, moved: [] });
  });
  test('physical goods stay authorized until the capture', () => {
    const authorized = fact('type/0', 'physical');
    expect(read(authorized, confirm({}, physical))).toMatchObject({
      status: 'authorized',
      moved: [],
      doubts: [],
    });
    expect(read(authorized, confirm({}, physical), captured())).toMatchObject({
      status: 'paid',
      moved: usd('9.99'),
    });
  });
  test('a void after the capture is still a void', () => {
    expect(read(fact('type/0', 'physical'), captured(), fact('type/203')).status).toBe('voided');
  });
});

describe('Delivery Confirmation', () => {
  const report = {
    status: 'delivering',
    merchantReference: 'order-1',
    estimatedDeliveryAt: '2017-01-15T10:04:55.000Z',
    refundable: true,
    carrier: { type: 'UPS', trackingId: 'T1' },
    shippingAddress: {
      ...{ email: 'a@b.example', country: 'US', city: 'C', zip: '1', state: 'S' },
      ...{ street: 'X', phone: '1', firstname: 'F', lastname: 'L' },
    },
  };
  test('the documented fields, form-encoded, the key in its header', () => {
    const request = deliveryRequest(
      { ref: 'b1', report: parseDelivery(report, 'physical'), test: false },
      'physical',
      credentials,
      base,
    );
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://api.paymentwall.com/api/delivery',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-apikey': 'secret-key' },
    });
    const body = Object.fromEntries(new URLSearchParams(request.body));
    expect(body).toMatchObject({
      payment_id: 'b1',
      merchant_reference_id: 'order-1',
      type: 'physical',
      status: 'delivering',
      estimated_delivery_datetime: '2017/01/15 10:04:55 +0000',
      estimated_update_datetime: '2017/01/15 10:04:55 +0000',
      refundable: '1',
      is_test: '0',
      carrier_type: 'UPS',
      carrier_tracking_id: 'T1',
      'shipping_address[email]': 'a@b.example',
      'shipping_address[lastname]': 'L',
    });
  });
  test('refuses a report that Paymentwall would refuse, naming the key and no value', () => {
    for (const [change, key] of [
      [{ status: 'gone' }, 'status'],
      [{ carrier: undefined }, 'carrier'],
      [{ shippingAddress: { email: 'a@b.example' } }, 'shippingAddress'],
      [{ estimatedDeliveryAt: 'soon' }, 'estimatedDeliveryAt'],
      [{ refundable: 'yes' }, 'refundable'],
    ] as const) {
      const wrong = () => parseDelivery({ ...report, ...change }, 'physical');
      expect(wrong).toThrow(DeliveryError);
      expect(wrong).toThrow(`delivery.${key}`);
      expect(wrong).not.toThrow(/soon|a@b/);
    }
  });
  test('digital goods need an e-mail address only', () => {
    const digital = { ...report, carrier: undefined, shippingAddress: { email: 'a@b.example' } };
    expect(parseDelivery(digital, 'digital').shippingAddress).toEqual({ email: 'a@b.example' });
  });
  test('only shipping captures', () => {
    expect(captures('order_placed')).toBe(false);
    expect(captures('delivering')).toBe(true);
  });
  test.each([
    [200, { success: 1 }, 'found'],
    [200, { success: 0, error: 'x', notices: [] }, 'refused'],
    [200, { error: 'x' }, 'refused'],
    [400, { error: 'x' }, 'refused'],
    [503, '', 'unavailable'],
    [200, 'OK', 'unavailable'],
  ])('%s %j is %s', (status, body, type) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readDelivery({ status, body: text }).type).toBe(type);
  });
});
