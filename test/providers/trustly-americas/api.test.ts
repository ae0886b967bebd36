import { describe, expect, test } from 'vitest';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/trustly-americas/account.ts';
import { normalizeConfirmation, trustlyAmericasApi } from '../../../shared/providers/trustly-americas/api.ts';
import { answer, bare, completed, confirm, messagesOf, readNormalized } from './support.ts';

const account = { provider: 'trustly-americas', account: 'shop' } as TrustlyAmericasAccount;
const credentials = { accessId: 'id-1', accessKey: 'key-1' };
const base = 'https://sandbox.trustly.one/api/v1';
/** The documented example, wrapped in `transaction` and with numbers, with further documented fields. */
const WRAPPED = {
  transaction: {
    transactionId: '1006755981',
    transactionType: 1,
    payment: {
      paymentId: '1006755980',
      paymentType: 2,
      system: 1,
      country: 'US',
      merchant: { merchantId: '1002463580' },
      merchantReference: 'ABCDE12345',
      customer: { name: 'Somebody', address: { city: 'Somewhere' } },
    },
    status: 2,
    recordVersion: 3,
    updatedAt: 1701986450064,
  },
};

describe('a request to the API of Trustly Americas', () => {
  test('Get Transaction sends accessId and accessKey as Basic credentials', () => {
    expect(
      trustlyAmericasApi.pollRequest({ about: 'payment', id: '500' }, account, credentials, base),
    ).toEqual({
      method: 'GET',
      url: `${base}/transactions/500`,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from('id-1:key-1').toString('base64')}`,
      },
    });
  });
  test('a transaction id cannot leave its path segment: ../x?y is escaped', () => {
    const request = trustlyAmericasApi.pollRequest(
      { about: 'payment', id: '../x?y' },
      account,
      credentials,
      base,
    );
    expect(request?.url).toBe(`${base}/transactions/..%2Fx%3Fy`);
  });
  test('a poll about an order lists transactions by the escaped merchantReference', () => {
    const question = { about: 'order', reference: 'a&b=c' } as const;
    const request = trustlyAmericasApi.pollRequest(question, account, credentials, base);
    expect(request).toMatchObject({ method: 'GET', headers: { accept: 'application/json' } });
    expect(request?.url).toBe(`${base}/transactions?payment.merchantReference=a%26b%3Dc`);
  });
  test('the listing asks for transactions by updatedAt, oldest first', () => {
    const listing = {
      since: '2026-03-01T00:00:00.000Z',
      until: '2026-03-02T00:00:00.000Z',
      start: 100,
      count: 50,
    };
    const request = trustlyAmericasApi.list?.(listing, credentials, base);
    expect(request).toMatchObject({ method: 'GET', headers: { accept: 'application/json' } });
    const url = new URL(request?.url ?? '');
    expect(url.href).toMatch(`${base}/transactions?`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      'updatedAt.start': '1772323200000',
      'updatedAt.end': '1772409600000',
      orderBy: 'updatedAt',
      sortOrder: 'ASC',
      startIndex: '100',
      count: '50',
    });
  });
  test('the API of Trustly Americas has the documented base URLs for live and sandbox', () => {
    expect(trustlyAmericasApi.baseUrl).toEqual({
      live: 'https://trustly.one/api/v1',
      sandbox: 'https://sandbox.trustly.one/api/v1',
    });
  });
  test('the API takes credentials from the account secret, and refuses a secret without current', () => {
    expect(trustlyAmericasApi.parseCredentials({ current: credentials }, account)).toEqual(credentials);
    expect(() => trustlyAmericasApi.parseCredentials({}, account)).toThrow(UnusableSecretError);
  });
});

const UNREADABLE = { type: 'unavailable', reason: 'unreadable' };
describe('an answer of the API of Trustly Americas', () => {
  test('an answer in the wrapped shape with numbers is read as an authorization with aliases', () => {
    expect(normalizeConfirmation(messagesOf(WRAPPED)[0] ?? '')).toMatchObject({
      source: 'confirmation',
      subject: { kind: 'authorization', id: '1006755981' },
      aliases: [
        { type: 'id', value: '1006755981' },
        { type: 'reference', value: 'ABCDE12345' },
      ],
    });
  });
  test('an answer in the bare shape with names is read with status, sums, amount and aliases', () => {
    expect(confirm({ statusCode: 'SW030' })).toStrictEqual({
      source: 'confirmation',
      key: expect.stringMatching(/^confirmation\/500\/000000000007\.001701986450064\/[0-9a-f]{16}$/),
      material: {
        transactionId: '500',
        originalTransactionId: '400',
        transactionType: '3',
        paymentType: '2',
        merchantReference: 'order-1',
        status: '4',
        statusCode: 'SW030',
        recordVersion: '7',
        updatedAt: '1701986450064',
        currency: 'USD',
        amount: '10.0',
        paid: '10.00',
        refunded: '0.00',
        reversed: '0.00',
      },
      subject: { kind: 'payment', id: '500' },
      precedence: { side: 'for', rank: 1, describes: 'all' },
      facts: {
        'confirmed/500/000000000007.001701986450064': {
          codes: [
            'Confirmed:4',
            'paid:10.00 USD',
            'paymentType:2',
            'refunded:0.00 USD',
            'reversed:0.00 USD',
            'type:3',
          ],
          amounts: ['10.00 USD'],
        },
      },
      aliases: [
        { type: 'id', value: '500' },
        { type: 'parent', value: '400' },
        { type: 'reference', value: 'order-1' },
      ],
      test: false,
      details: {
        eventType: 'Confirmation',
        code: 'SW030',
        transactionType: '3',
        paymentType: '2',
        parentId: '400',
      },
    });
  });
  test('an answer with only transactionId and status is read as a payment without amounts', () => {
    const [message = ''] = messagesOf({ transactionId: 500, status: 4 });
    expect(normalizeConfirmation(message)).toStrictEqual({
      source: 'confirmation',
      key: expect.stringMatching(/^confirmation\/500\/000000000000\.000000000000000\/[0-9a-f]{16}$/),
      material: { transactionId: '500', status: '4' },
      subject: { kind: 'payment', id: '500' },
      precedence: { side: 'for', rank: 1, describes: 'all' },
      facts: { 'confirmed/500/000000000000.000000000000000': { codes: ['Confirmed:4'], amounts: [] } },
      aliases: [{ type: 'id', value: '500' }],
      test: false,
      details: { eventType: 'Confirmation' },
    });
  });
  const orderOf = (fields: Record<string, unknown>) => Object.keys(confirm(fields).facts)[0]?.split('/')[2];
  test.each([
    [{ recordVersion: '12' }, '000000000012.001701986450064'],
    [{ recordVersion: 'v12' }, '000000000000.001701986450064'],
    [{ recordVersion: '12b' }, '000000000000.001701986450064'],
    [{ recordVersion: '1234567890123' }, '000000000000.001701986450064'],
    [{ updatedAt: '2026-01-01' }, '000000000007.001767225600000'],
    [{ updatedAt: '2026-01-01T00:00:00Z' }, '000000000007.001767225600000'],
    [{ updatedAt: '1234567890123456' }, '000000000007.000000000000000'],
    [{ updatedAt: 'yesterday' }, '000000000007.000000000000000'],
  ])('the answer %j is ordered by recordVersion and updatedAt as %s', (fields, order) =>
    expect(orderOf(fields)).toBe(order),
  );
  test.each<[Record<string, unknown>, string[], string[]]>([
    [{ currency: 'dollars' }, [], []],
    [{ paid: 'ten' }, ['refunded:0.00 USD', 'reversed:0.00 USD'], ['10.00 USD']],
    [{ amount: '1e3', paid: 10.5 }, ['paid:10.50 USD', 'refunded:0.00 USD', 'reversed:0.00 USD'], []],
  ])('an answer with %j keeps only the sums and amounts that can be read', (fields, sums, amounts) => {
    const [entry] = Object.values(confirm(fields).facts);
    expect(entry?.codes.filter((code) => /^(paid|refunded|reversed):/.test(code))).toEqual(sums);
    expect(entry?.amounts).toEqual(amounts);
  });
  test('an answer may have an amount in any currency of ISO 4217, not only in USD and CAD', () => {
    const known = Intl.supportedValuesOf('currency');
    expect(known.length).toBeGreaterThan(100);
    for (const currency of known) {
      const [entry] = Object.values(confirm({ currency }).facts);
      expect(entry?.amounts, currency).toEqual([`10.00 ${currency}`]);
      expect(readNormalized(confirm({ currency })).moved, currency).toEqual([{ amount: '10.00', currency }]);
    }
  });
  test.each(['', '[]', '{}', '{"transactionId":"500"}', '{"transactionId":"5x","status":"4"}'])(
    'normalizeConfirmation refuses a message that is no transaction of the API: %s',
    (message) => expect(() => normalizeConfirmation(message)).toThrow('not a transaction of the API'),
  );
  test('answers with the amounts "10.0" and "10.00" have equal facts and different keys: they cannot conflict', () => {
    const [one, other] = [confirm({ amount: '10.0' }), confirm({ amount: '10.00' })];
    expect(other.facts).toEqual(one.facts);
    expect(other.key).not.toBe(one.key);
    expect(confirm({ amount: '10.0' }).key).toBe(one.key);
  });
  test.each([
    ['Partially Refunded', '11'],
    ['PARTIALLY_REFUNDED', '11'],
    ['OnHold', '14'],
    ['4', '4'],
    [13, '13'],
  ])('an answer with the status %s is read with the status number %s', (status, number) => {
    expect(Object.values(confirm({ status }).facts)[0]?.codes).toContain(`Confirmed:${number}`);
  });
  test('the message of an answer holds no name and no address of the customer', () => {
    const text = messagesOf(WRAPPED)[0] ?? '';
    expect(text).not.toMatch(/Somebody|Somewhere/);
  });
  test.each([
    ['a list', { transactions: [bare(), bare({ transactionId: '501' })], startIndex: 0, itemsPerPage: 2 }],
    ['an object keyed by number', { 0: { transaction: bare() }, 10: { transaction: bare() }, startIndex: 0 }],
    ['an object with names like numbers', { 0: bare(), 1: bare(), '1x': 7, x1: 7 }],
  ])('messagesOf finds both transactions in the listing as %s', (_name, body) => {
    expect(messagesOf(body)).toHaveLength(2);
  });
  test('an empty listing is found without messages', () => {
    expect(answer({ transactions: [] })).toEqual({ type: 'found', messages: [] });
  });
  test.each([
    ['no such transaction, 404', 404, {}, { type: 'unknown' }],
    [
      'no such transaction, code 200',
      400,
      { errors: [{ domain: 'x', code: 200, message: 'Could not find a transaction using Id 500' }] },
      { type: 'unknown' },
    ],
    [
      'another invalid parameter with code 200',
      400,
      { errors: [{ code: 200, message: 'amount' }] },
      { type: 'refused', reason: 'request' },
    ],
    [
      'another error code with the same message',
      400,
      { errors: [{ code: 380, message: 'Could not find a transaction using Id 500' }] },
      { type: 'refused', reason: 'request' },
    ],
    [
      'no such transaction, beside other errors',
      400,
      { errors: [null, { code: 200 }, { code: '200', message: 'could not find a transaction' }] },
      { type: 'unknown' },
    ],
    ['status 400 without an error', 400, '', { type: 'refused', reason: 'request' }],
    [
      'wrong credentials, status 401',
      401,
      { errors: [{ code: 375 }] },
      { type: 'refused', reason: 'credentials' },
    ],
    ['status 429', 429, '', { type: 'unavailable', reason: 'throttled' }],
    ['status 503', 503, '<html>', { type: 'unavailable', reason: 'status' }],
    ['status 302', 302, '', { type: 'unavailable', reason: 'status' }],
    ['status 200 with a body that is no JSON', 200, '<html>', { type: 'unavailable', reason: 'unreadable' }],
    [
      'an unknown transaction status',
      200,
      bare({ status: 'Sparkling' }),
      { type: 'unavailable', reason: 'unreadable' },
    ],
    ['a transaction without an id', 200, { status: 'Completed', transaction: {} }, UNREADABLE],
    ['an id of letters', 200, bare({ transactionId: 'x500' }), UNREADABLE],
    ['an id with letters', 200, bare({ transactionId: '500x' }), UNREADABLE],
    [
      'a list with a transaction that cannot be read',
      200,
      { transactions: [bare(), {}] },
      { type: 'unavailable', reason: 'unreadable' },
    ],
  ])(
    'the outcome of an answer follows the HTTP status, the error code and the shape: %s',
    (_name, status, body, expected) => expect(answer(body, status)).toEqual(expected),
  );
  test('an amount without a currency is not counted as an amount', () => {
    const { facts } = confirm({ currency: undefined });
    expect(Object.values(facts)[0]).toMatchObject({ amounts: [] });
    expect(readNormalized(confirm({ currency: undefined })).moved).toEqual([]);
  });
  test('an answer about a refund makes the payment of originalTransactionId partially_refunded', () => {
    const one = confirm({ transactionId: '900', originalTransactionId: '500', transactionType: 'Refund' });
    expect(one.subject?.id).toBe('500');
    expect(one.facts).toEqual({
      'refund/900': { codes: ['Confirmed:4', 'paymentType:2', 'type:4'], amounts: ['10.00 USD'] },
    });
    expect(one.aliases).toEqual([{ type: 'id', value: '500' }]);
    expect(readNormalized(...completed(), one).status).toBe('partially_refunded');
  });
});
