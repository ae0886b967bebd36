import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conflictName,
  hashCanonical,
  materialHash,
  mayBePaidOn,
  parsePaymentKey,
  paymentKey,
  readPaymentKey,
} from '../../shared/payment/index.ts';

describe('payment keys', () => {
  it('a payment key has the form provider:account:id', () => {
    expect(paymentKey({ provider: 'trustly-europe', account: 'shop', id: '3931155141' })).toBe(
      'trustly-europe:shop:3931155141',
    );
  });

  it('a payment key of any id is parsed back to the same id and contains no further colon and no #', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        const name = { provider: 'paymentwall', account: 'goods', id } as const;
        const key = paymentKey(name);
        expect(parsePaymentKey(key)).toEqual(name);
        expect(key.split(':')).toHaveLength(3);
        expect(key).not.toContain('#');
      }),
    );
  });

  it.each([
    '',
    'paymentwall',
    'paymentwall:goods',
    'paymentwall::b1',
    'Paymentwall:goods:b1',
    'paymentwall:goods:b1:2',
  ])('parsePaymentKey refuses %j as not a payment key', (text) => {
    expect(() => parsePaymentKey(text)).toThrow('not a payment key');
    expect(readPaymentKey(text)).toBeUndefined();
  });
});

describe('mayBePaidOn: the accounts of an order', () => {
  const goods = { provider: 'paymentwall', account: 'goods' };
  const europe = { provider: 'trustly-europe', account: 'goods' };
  const coins = { provider: 'paymentwall', account: 'coins' };
  const accountsOf = (order: Parameters<typeof mayBePaidOn>[0]) =>
    [goods, europe, coins].filter((account) => mayBePaidOn(order, account));

  it('an order without provider or account may be paid on every matching account', () => {
    expect(accountsOf({})).toEqual([goods, europe, coins]);
    expect(accountsOf({ provider: 'paymentwall' })).toEqual([goods, coins]);
  });

  it('an order with provider and account may be paid only on that account', () => {
    expect(accountsOf({ provider: 'paymentwall', account: 'coins' })).toEqual([coins]);
  });
});

describe('the material fields of a notification', () => {
  it('materialHash does not depend on the order of the fields', () => {
    expect(materialHash({ material: { a: '1', b: '2' } })).toBe(
      materialHash({ material: { b: '2', a: '1' } }),
    );
  });

  it('materialHash differs for another value, another name, or another boundary between them', () => {
    const hashes = [
      { a: '1' },
      { a: '2' },
      { b: '1' },
      { a: '1', b: '' },
      { a: '', b: '1' },
      { 'a,1': '' },
      {},
    ];
    expect(
      new Set(hashes.map((material) => materialHash({ material: material as Record<string, string> }))).size,
    ).toBe(hashes.length);
  });

  it('conflictName has the key of the notification and a hash of its material fields', () => {
    const first = conflictName({ key: 'k', material: { a: '1' } });
    expect(first).toMatch(/^k#[0-9a-f]{16}$/);
    expect(conflictName({ key: 'k', material: { a: '2' } })).not.toBe(first);
  });

  it('hashCanonical ignores the order of keys but not the order of a list', () => {
    expect(hashCanonical([{ a: 1, b: { c: 2, d: 3 } }])).toBe(hashCanonical([{ b: { d: 3, c: 2 }, a: 1 }]));
    expect(hashCanonical([1, 2])).not.toBe(hashCanonical([2, 1]));
  });
});
