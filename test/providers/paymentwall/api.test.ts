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

/** A payment in an answer of Payment Status, with its subscription. */
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

describe('a request to Payment Status', () => {
  test('a poll of Payment Status is signed with SHA-256 over the sorted pairs and the secret key', () => {
    const url = new URL(
      paymentwallApi.pollRequest({ about: 'payment', id: 'b1' }, account, credentials, base)?.url ?? '',
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
  test('a poll about an order names uid and ag_external_id, and needs digital goods, an end user and goodsid', () => {
    const pollRequest = (question: { reference: string; endUser?: string }, of = account) =>
      paymentwallApi.pollRequest({ about: 'order', ...question }, of, credentials, base);
    const url = new URL(pollRequest({ reference: 'order-1', endUser: 'u1' })?.url ?? '');
    expect(url.searchParams.get('uid')).toBe('u1');
    expect(url.searchParams.get('ag_external_id')).toBe('order-1');
    expect(pollRequest({ reference: 'order-1' })).toBeUndefined();
    expect(pollRequest({ reference: 'order-1', endUser: 'u1' }, { ...account, api: 'cart' })).toBeUndefined();
    const named = { ...account, orderParameter: 'my_order' };
    expect(pollRequest({ reference: 'order-1', endUser: 'u1' }, named)).toBeUndefined();
    const text = 'ag_external_id=order-1key=project-keysign_version=3uid=u1secret-key';
    expect(url.searchParams.get('sign')).toBe(createHash('sha256').update(text).digest('hex'));
    expect(pollRequest({ reference: 'order-1', endUser: 'u1' })).toEqual({
      method: 'GET',
      url: url.href,
      headers: { accept: 'application/json' },
    });
  });
  test('the project key stands beside the secret key, and an unusable project key is an UnusableSecretError', () => {
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

describe('an answer of Payment Status', () => {
  test('a payment of Payment Status is read without the e-mail address', () => {
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
    ['an attempt instead of a payment', 200, [{ object: 'payment_attempt', id: 'x' }], { type: 'unknown' }],
    ['status 404', 404, '', { type: 'unknown' }],
    ['status 400 with a payment in the body', 400, [payment()], { type: 'refused', reason: 'request' }],
    [
      'status 200 with an error',
      200,
      { error: 'API not activated', code: 1 },
      { type: 'refused', reason: 'request' },
    ],
    ['status 403', 403, '', { type: 'refused', reason: 'credentials' }],
    ['status 502', 502, '', { type: 'unavailable', reason: 'status' }],
    ['a body that is no JSON', 200, 'OK', { type: 'unavailable', reason: 'unreadable' }],
    [
      'a payment without an id',
      200,
      [payment({ id: undefined })],
      { type: 'unavailable', reason: 'unreadable' },
    ],
  ])('the outcome of a Payment Status answer follows status and body: %s', (_name, status, body, expected) =>
    expect(answer(body, status)).toEqual(expected),
  );
});

describe('the message of a Payment Status answer', () => {
  const codes = (fields: Record<string, unknown>, of = account) =>
    confirm(fields, of).facts['confirmed/payment']?.codes;
  const amounts = (fields: Record<string, unknown>) => confirm(fields).facts['confirmed/payment']?.amounts;

  test('the message of a payment is normalized with a key of id and digest', () => {
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
  test('the message of a capture is normalized as confirmed/capture', () => {
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
  ])('normalize refuses a message that is no answer of Payment Status: %s', (message) => {
    expect(() => paymentwallApi.normalize(message, account)).toThrow('not an answer of Payment Status');
  });
  test('a ref of up to 128 characters is accepted', () => {
    expect(confirm({ id: 'x'.repeat(128) }).subject?.id).toHaveLength(128);
  });
  test.each([
    [{ amount: '9.99', currency: 'USD' }, ['9.99 USD']],
    [{ amount: 9.99, currency: 'USD' }, ['9.99 USD']],
    [{ amount: undefined, currency: 'USD' }, []],
    [{ amount: '9.99', currency: undefined }, []],
    [{ amount: '9,99', currency: 'USD' }, []],
    [{ amount: '9.99', currency: 'dollars' }, []],
  ])('a Payment Status answer with %j has the amounts %j', (fields, expected) => {
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
  ])('a Payment Status answer with refunded %j has the codes %j', (refunded, expected) => {
    expect(codes({ refunded, risk: undefined })).toEqual(expected);
  });
  test.each([
    ['Approved', ['risk:approved']],
    ['on_hold', ['risk:on_hold']],
    ['1approved', []],
    ['approved!', []],
    ['', []],
    ['x'.repeat(33), []],
  ])('a Payment Status answer with risk %j has the codes %j', (risk, expected) => {
    expect(codes({ risk })).toEqual(expected);
  });
  test('a Payment Status answer is test traffic by is_test or test, and is_test counts before test', () => {
    expect(confirm({ is_test: true }).test).toBe(true);
    expect(confirm({ test: '1' }).test).toBe(true);
    expect(confirm({ is_test: false, test: true }).test).toBe(false);
    expect(confirm().test).toBe(false);
  });
  test('product_id names the order only where goodsid is the order parameter', () => {
    const named = { ...account, orderParameter: 'my_order' };
    for (const aliases of [confirm({}, named).aliases, confirm({ product_id: undefined }).aliases]) {
      expect(aliases).toEqual([{ type: 'id', value: 'b123456' }]);
    }
  });
});

describe('Payment Status joined with pingbacks', () => {
  test('Payment Status gives a paid payment its amount', () => {
    expect(read(fact('type/0'))).toMatchObject({ status: 'paid', moved: [] });
    expect(read(fact('type/0'), confirm())).toMatchObject({
      status: 'paid',
      moved: usd('9.99'),
      returned: [],
    });
  });
  test('Payment Status alone makes a payment paid: the pingback was lost', () => {
    expect(read(confirm())).toMatchObject({ status: 'paid', moved: usd('9.99') });
  });
  test('risk approved ends a review, and risk pending does not', () => {
    expect(read(fact('type/200'), confirm({ risk: 'pending' })).status).toBe('in_review');
    expect(read(fact('type/200'), confirm()).status).toBe('paid');
    expect(read(confirm({ risk: 'pending' }))).toMatchObject({ status: 'in_review', moved: [] });
  });
  test('an undocumented risk is the doubt contradictory_evidence, whatever else was received', () => {
    const doubts = [{ reason: 'contradictory_evidence', evidence: ['confirmed/payment'] }];
    expect(read(fact('type/0'), confirm({ risk: 'declined' })).doubts).toEqual(doubts);
    expect(read(confirm(), confirm({ risk: 'declined' })).doubts).toEqual(doubts);
    expect(read(fact('type/0'), confirm({ risk: 'pending' })).doubts).toEqual([]);
  });
  test('an answer without risk or with risk approved has no doubts', () => {
    expect(read(confirm({ risk: undefined }))).toMatchObject({ status: 'paid', doubts: [] });
    expect(read(confirm())).toMatchObject({ status: 'paid', doubts: [] });
  });
  test('the cancellation of a subscription beside a paid answer leaves the payment paid', () => {
    expect(read(fact('type/12'), confirm())).toMatchObject({ kind: 'payment', status: 'paid' });
  });
  test('an answer with refunded makes the payment refunded without a refund pingback', () => {
    expect(read(fact('type/0'), confirm({ refunded: true }))).toMatchObject({
      doubts: [],
      status: 'refunded',
      moved: usd('9.99'),
      returned: usd('9.99'),
    });
  });
  test('an answer with refunded beside a partial refund leaves the payment partially_refunded', () => {
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    expect(read(fact('type/0'), part, confirm({ refunded: true }))).toMatchObject({
      status: 'partially_refunded',
      moved: usd('9.99'),
      returned: usd('4.00'),
    });
  });
  test('goodwill taken back does not explain refunded, and its amount is no part of a refund', () => {
    const taken = fact('negative/2/8///', 'goodwill_taken_back');
    expect(read(fact('type/0'), fact('type/1'), taken, confirm({ refunded: true })).status).toBe('refunded');
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    expect(read(fact('type/0'), fact('type/1'), taken, part, confirm()).returned).toEqual(usd('4.00'));
  });
  test('partial refunds of which a single refund names no amount return at least the amounts of the others', () => {
    const part = { facts: { 'negative/220//m1/4.00/': { codes: [], amounts: ['4.00 XXX'] } } };
    const unnamed = fact('negative/220//m2//', 'partial_refund');
    expect(read(fact('type/0'), part, unnamed, confirm())).toMatchObject({
      status: 'partially_refunded',
      moved: usd('9.99'),
      returned: usd('4.00'),
    });
  });
  test('a refund of money that was never confirmed returns nothing', () => {
    const reading = read(fact('negative/2/9///', 'refund'), confirm({ risk: 'pending' }));
    expect(reading).toMatchObject({ status: 'refunded', moved: [], returned: [] });
  });
  test('a stale answer without refunded does not change a chargeback: the payment stays reversed', () => {
    expect(read(fact('type/0'), fact('negative/2/1///', 'chargeback'), confirm())).toMatchObject({
      status: 'reversed',
      moved: usd('9.99'),
      returned: usd('9.99'),
    });
  });
  test('two answers with different amounts move nothing: contradictory_evidence', () => {
    const reading = read(fact('type/0'), confirm(), confirm({ amount: '99.99' }));
    expect(reading.moved).toEqual([]);
    expect(reading.doubts.map(({ reason }) => reason)).toEqual(['contradictory_evidence']);
  });
  test('goodwill alone is paid and moves no money', () => {
    expect(read(fact('type/1'))).toMatchObject({ status: 'paid', goodwill: true, moved: [] });
  });
  test('physical goods stay authorized until the capture, and are then paid', () => {
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
  test('a void after the capture is voided', () => {
    expect(read(fact('type/0', 'physical'), captured(), fact('type/203')).status).toBe('voided');
  });
});
