/** The kinds of payment that are granted, and those that need no order or amount. */
import { describe, expect, it } from 'vitest';
import { nextGrant } from '../../shared/payment/grant.ts';
import { mayGrant } from '../../shared/payment/statuses.ts';
import { Shop } from './shop.ts';
import { event, normalizedOf, own, POLICY, readSynthetic } from './synthetic.ts';

describe('authorizations without an order', () => {
  it('a disputed authorization without an order is not held', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('authorization'), event('dispute', '1')]));
    expect(shop.only().status).toBe('disputed');
    expect(shop.reasons()).toEqual([]);
  });
});

describe('payouts without an amount', () => {
  it('a completed payout without an amount is paid: the merchant named the amount', () => {
    const shop = new Shop();
    shop.register({ kind: 'payout' });
    shop.receive(normalizedOf([own('completed', 'payout')]));
    expect(shop.only().status).toBe('paid');
    expect(shop.types).toEqual(['payout.paid']);
  });
});

describe('mayGrant and nextGrant', () => {
  it('only a payment may be granted: a paid subscription or authorization is not', () => {
    const reading = { ...readSynthetic({}, { orderKind: undefined }), direction: 'in' } as const;
    expect(mayGrant({ ...reading, kind: 'payment' }, 'paid', POLICY)).toBe(true);
    expect(mayGrant({ ...reading, kind: 'subscription' }, 'paid', POLICY)).toBe(false);
    expect(mayGrant({ ...reading, kind: 'authorization' }, 'paid', POLICY)).toBe(false);
  });

  it('a revoked grant is not revoked again', () => {
    const revoked = { epoch: 1, state: 'revoked' } as const;
    expect(nextGrant(revoked, { isAllowed: false, isLost: true, mode: 'act' })).toBe(revoked);
  });
});
