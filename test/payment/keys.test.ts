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
  it('have the form provider:account:id', () => {
    expect(paymentKey({ provider: 'trustly-europe', account: 'shop', id: '3931155141' })).toBe(
      'trustly-europe:shop:3931155141',
    );
  });

  it('are read back, whatever the id holds, and never hold a separator in it', () => {
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
  ])('refuse %j', (text) => {
    expect(() => parsePaymentKey(text)).toThrow('not a payment key');
    expect(readPaymentKey(text)).toBeUndefined();
  });
});

describe('an order', () => {
  const goods = { provider: 'paymentwall', account: 'goods' };
  const europe = { provider: 'trustly-europe', account: 'goods' };
  const coins = { provider: 'paymentwall', account: 'coins' };
  const accountsOf = (order: Parameters<typeof mayBePaidOn>[0]) =>
    [goods, europe, coins].filter((account) => mayBePaidOn(order, account));

  it('that names no provider or no account may be paid on any', () => {
    expect(accountsOf({})).toEqual([goods, europe, coins]);
    expect(accountsOf({ provider: 'paymentwall' })).toEqual([goods, coins]);
  });

  it('that names both may be paid on that account only', () => {
    expect(accountsOf({ provider: 'paymentwall', account: 'coins' })).toEqual([coins]);
  });
});

describe('material content', () => {
  it('is equal whatever the order of fields', () => {
    expect(materialHash({ material: { a: '1', b: '2' } })).toBe(
      materialHash({ material: { b: '2', a: '1' } }),
    );
  });

  it('differs with a value, a name, or a boundary moved between them', () => {
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

  it('names a conflict by message and content', () => {
    const first = conflictName({ key: 'k', material: { a: '1' } });
    expect(first).toMatch(/^k#[0-9a-f]{16}$/);
    expect(conflictName({ key: 'k', material: { a: '2' } })).not.toBe(first);
  });

  it('a digest does not depend on the order in which a store returns keys, but on the order of lists', () => {
    expect(hashCanonical([{ a: 1, b: { c: 2, d: 3 } }])).toBe(hashCanonical([{ b: { d: 3, c: 2 }, a: 1 }]));
    expect(hashCanonical([1, 2])).not.toBe(hashCanonical([2, 1]));
  });
});
