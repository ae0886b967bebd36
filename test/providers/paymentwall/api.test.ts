import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Facts } from '../../../shared/payment/types.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import { paymentwallApi } from '../../../shared/providers/paymentwall/api.ts';
import { readFacts } from '../../../shared/providers/paymentwall/facts.ts';
import { captureMessage } from '../../../shared/providers/paymentwall/shipping.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';

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
  return paymentwallApi.normalize(outcome.messages[0] ?? '', of);
};
const fact = (key: string, ...codes: string[]) => ({ facts: { [key]: { codes, amounts: [] } } as Facts });
const read = (...parts: { readonly facts: Facts }[]) =>
  readFacts(parts.map(({ facts }) => facts).reduce(joinFacts, {}), { orderKind: undefined });
const usd = (amount: string) => [{ amount, currency: 'USD' }];
const captured = (of = physical) => paymentwallApi.normalize(captureMessage('b123456', 'delivering'), of);

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
    const named = { ...account, orderParameter: 'my_order' };
    expect(ask({ reference: 'order-1', endUser: 'u1' }, named)).toBeUndefined();
    const text = 'ag_external_id=order-1key=project-keysign_version=3uid=u1secret-key';
    expect(url.searchParams.get('sign')).toBe(createHash('sha256').update(text).digest('hex'));
    expect(ask({ reference: 'order-1', endUser: 'u1' })).toEqual({
      method: 'GET',
      url: url.href,
      headers: { accept: 'application/json' },
    });
  });
  test('the project key stands beside the secret key', () => {
    const secret = { current: { secretKey: 'secret-key', projectKey: 'project-key' } };
    expect(paymentwallApi.parseCredentials(secret, account)).toEqual(credentials);
    for (const projectKey of [undefined, 'short', ' project-key', 'project-key ', 'x'.repeat(257)]) {
      const run = () =>
        paymentwallApi.parseCredentials({ current: { ...secret.current, projectKey } }, account);
      expect(run).toThrow(UnusableSecretError);
      expect(run).toThrow('current.projectKey');
    }
  });
});

describe('reading Payment Status', () => {
  test('a payment, without personal data that is not needed', () => {
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
    ['an error status, whatever the body', 400, [payment()], { type: 'refused', reason: 'request' }],
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

describe('what Payment Status tells', () => {
  const codes = (fields: Record<string, unknown>, of = account) =>
    confirm(fields, of).facts['confirmed/payment']?.codes;
  const amounts = (fields: Record<string, unknown>) => confirm(fields).facts['confirmed/payment']?.amounts;

  test('is a message of its own, known by its digest', () => {
    const message = JSON.stringify({ object: 'payment', id: 'b1', risk: 'pending', is_test: 1 });
    const digest = createHash('sha256').update(message).digest('hex').slice(0, 16);
    expect(paymentwallApi.normalize(message, physical)).toStrictEqual({
      source: 'confirmation',
      key: `confirmation/b1/${digest}`,
      material: { message },
      subject: { kind: 'payment', id: 'b1' },
      precedence: { side: 'for', rank: 50, describes: 'nothing' },
      facts: { 'confirmed/payment': { codes: ['physical', 'risk:pending'], amounts: [] } },
      aliases: [{ type: 'id', value: 'b1' }],
      test: true,
      details: { eventType: 'confirmation' },
    });
  });
  test('of a capture is the capture', () => {
    expect(captured()).toMatchObject({
      subject: { kind: 'payment', id: 'b123456' },
      facts: { 'confirmed/capture': { codes: ['delivering'], amounts: [] } },
      test: false,
      details: { eventType: 'delivery_confirmation' },
    });
  });
  test.each([
    'OK',
    '[]',
    '{}',
    '{"object":"payment"}',
    '{"object":"payment_attempt","id":"b1"}',
    '{"object":"capture","status":"delivering"}',
    '{"object":"capture","id":"b1"}',
    '{"object":"delivery","id":"b1","status":"delivered"}',
    JSON.stringify({ object: 'payment', id: 'x'.repeat(129) }),
  ])('is never told by %s', (message) => {
    expect(() => paymentwallApi.normalize(message, account)).toThrow('not an answer of Payment Status');
  });
  test('goes by a ref of up to 128 characters', () => {
    expect(confirm({ id: 'x'.repeat(128) }).subject?.id).toHaveLength(128);
  });
  test.each([
    [{ amount: '9.99', currency: 'USD' }, ['9.99 USD']],
    [{ amount: 9.99, currency: 'USD' }, ['9.99 USD']],
    [{ amount: undefined, currency: 'USD' }, []],
    [{ amount: '9.99', currency: undefined }, []],
    [{ amount: '9,99', currency: 'USD' }, []],
    [{ amount: '9.99', currency: 'dollars' }, []],
  ])('%j: the amounts %j', (fields, expected) => {
    expect(amounts(fields)).toEqual(expected);
  });
  test.each([
    [true, ['refunded']],
    [1, ['refunded']],
    ['1', ['refunded']],
    ['true', ['refunded']],
    [false, []],
    [0, []],
    ['0', []],
    [undefined, []],
  ])('refunded %j: %j', (refunded, expected) => {
    expect(codes({ refunded, risk: undefined })).toEqual(expected);
  });
  test.each([
    ['Approved', ['risk:approved']],
    ['on_hold', ['risk:on_hold']],
    ['1approved', []],
    ['approved!', []],
    ['', []],
    ['x'.repeat(33), []],
  ])('risk %j: %j', (risk, expected) => {
    expect(codes({ risk })).toEqual(expected);
  });
  test('is of a test where it says so, under either name', () => {
    expect(confirm({ is_test: true }).test).toBe(true);
    expect(confirm({ test: '1' }).test).toBe(true);
    expect(confirm({ is_test: false, test: true }).test).toBe(false);
    expect(confirm().test).toBe(false);
  });
  test('names the order where goodsid does', () => {
    const named = { ...account, orderParameter: 'my_order' };
    for (const aliases of [confirm({}, named).aliases, confirm({ product_id: undefined }).aliases]) {
      expect(aliases).toEqual([{ type: 'id', value: 'b123456' }]);
    }
  });
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
  test('of parts of which one names no amount, at least the others went back', () => {
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    const unnamed = fact('negative/220//m2//', 'partial_refund');
    expect(read(fact('type/0'), part, unnamed, confirm())).toMatchObject({
      status: 'partially_refunded',
      moved: usd('9.99'),
      returned: usd('4.00'),
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
