/** The account on file in an event, and the splitToken that an event gives or ends. */
import { describe, expect, it } from 'vitest';
import { normalize } from '../../../shared/providers/trustly-americas/normalize.ts';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';

type Fields = Record<string, string>;
const normalizedOf = (fields: Fields) =>
  normalize(
    parseNotification(
      new URLSearchParams({ eventId: '7', eventType: 'Authorize', objectId: '500', ...fields }).toString(),
    ),
  );
const authorized = { transactionType: '1', status: '2' };
const declined = (fields: Fields) =>
  normalizedOf({ eventType: 'Fail', status: '5', transactionType: '3', parentObjectId: '400', ...fields })
    .onFile;

describe('the account on file of an authorization', () => {
  it('an authorization gives a splitToken and the account on file without number and holder', () => {
    const { onFile, details } = normalizedOf({
      ...authorized,
      createdAt: '1701986450064',
      fiCode: '200005501',
      fiName: 'Demo Bank',
      paymentProviderType: 'PWMB',
      accountVerified: 'TRUE',
      'customer.name': 'John Doe',
    });
    const account = { bankCode: '200005501', bankName: 'Demo Bank', provider: 'PWMB', verified: true };
    expect(onFile).toStrictEqual({
      transactionId: '500',
      rank: `0001701986450064.${'7'.padStart(32, '0')}`,
      account,
      splitToken: 'given',
    });
    expect(details.bankAccount).toStrictEqual(account);
  });
  it('the account on file holds the bank data of the event, each value cut to 128 characters', () => {
    expect(normalizedOf(authorized).onFile?.account).toStrictEqual({});
    const long = { fiCode: 'c'.repeat(200), fiName: 'n'.repeat(200), paymentProviderType: 'p'.repeat(200) };
    expect(normalizedOf({ ...authorized, ...long, accountVerified: 'false' }).onFile?.account).toStrictEqual({
      bankCode: 'c'.repeat(128),
      bankName: 'n'.repeat(128),
      provider: 'p'.repeat(128),
      verified: false,
    });
  });
  it.each<[why: string, fields: Fields]>([
    ['of a capture', { ...authorized, transactionType: '3' }],
    ['of a preauthorization', { ...authorized, transactionType: '10' }],
    ['without a transaction type', { status: '2' }],
    ['of an authorization with status 1', { ...authorized, status: '1' }],
    ['of type Update', { ...authorized, eventType: 'Update' }],
  ])('an event %s gives no account on file', (_, fields) => {
    const one = normalizedOf(fields);
    expect(one.onFile).toBeUndefined();
    expect(one).not.toHaveProperty('onFile');
    expect(one.details).not.toHaveProperty('bankAccount');
  });
});

describe('the splitToken after a decline', () => {
  const CODE = 'paymentProviderTransaction.status';
  it.each<[fields: Fields, splitToken: string | undefined]>([
    [{ errorCode: '326' }, 'expired'],
    [{ [CODE]: 'SW057' }, 'expired'],
    [{ errorCode: '326', [CODE]: 'SW051' }, 'expired'],
    [{ errorCode: '380', [CODE]: 'SW057' }, 'expired'],
    [{ errorCode: '380' }, 'invalid'],
    [{ errorCode: '397' }, 'invalid'],
    [{ errorCode: '380', [CODE]: 'SW051' }, 'invalid'],
    [{ [CODE]: 'SW051' }, 'invalid'],
    // A mistake of the merchant that does not concern the splitToken.
    [{ errorCode: '200', [CODE]: 'SW051' }, undefined],
    [{ errorCode: '331', [CODE]: 'SW021' }, undefined],
    [{}, undefined],
  ])('a decline with the codes %j makes the splitToken %s', (fields, splitToken) => {
    const onFile = declined(fields);
    expect(onFile?.splitToken).toBe(splitToken);
    expect(onFile?.transactionId).toBe(splitToken === undefined ? undefined : '400');
    expect(onFile ?? {}).not.toHaveProperty('account');
  });

  it.each<[why: string, fields: Fields, transactionId: string | undefined]>([
    ['a declined capture ends the splitToken of its authorization', {}, '400'],
    ['a declined deposit ends the splitToken of its authorization', { transactionType: '6' }, '400'],
    ['a declined authorization ends its own splitToken', { transactionType: '1', parentObjectId: '' }, '500'],
    ['a declined preauthorization ends its own splitToken', { transactionType: '10' }, '500'],
    ['a declined capture without parentObjectId ends no splitToken', { parentObjectId: '' }, undefined],
  ])('%s', (_, fields, transactionId) => {
    const onFile = declined({ errorCode: '326', ...fields });
    expect(onFile).toEqual(
      transactionId && { transactionId, rank: expect.any(String), splitToken: 'expired' },
    );
  });
});

describe('the rank of an account on file', () => {
  const rank = (createdAt: string, eventId = '7') =>
    normalizedOf({ ...authorized, createdAt, eventId }).onFile?.rank;
  it.each<[older: [string, string?], newer: [string, string?]]>([
    [['999'], ['1000']],
    [
      ['1701986450064', '9'],
      ['1701986450064', '10'],
    ],
    [
      ['1701986450064', '10'],
      ['1701986450065', '9'],
    ],
    [['2026-01-01T00:00:00Z'], ['2026-01-02T00:00:00Z']],
    [['2026-01-01T00:00:00Z'], [String(Date.UTC(2026, 0, 1) + 1)]],
    [
      ['1969-12-31T00:00:00Z', '1'],
      ['0', '2'],
    ],
    // An unreadable createdAt is older than every readable createdAt.
    [['2026-99-99'], ['1']],
    [[''], ['1']],
  ])('an event with createdAt and eventId %j ranks below an event with %j', (older, newer) => {
    const [a = '', b = ''] = [rank(...older), rank(...newer)];
    expect(a).toMatch(/^\d{16}\.\d{32}$/);
    expect(b).toMatch(/^\d{16}\.\d{32}$/);
    expect(a < b).toBe(true);
  });
});
