/** The fence for an effect whose fulfil is being delivered, is delivered or was never tried. */
import { describe, expect, it } from 'vitest';
import { type Effect, fence, type Payment } from '../../shared/payment/index.ts';
import { granted, type Shop } from './shop.ts';

const LATER = '2026-03-02T10:00:00.000Z';
const fulfilOf = (shop: Shop): Effect => {
  const effect = shop.effects.find(({ type }) => type === 'fulfil');
  if (effect === undefined) throw new Error('not fulfilled');
  return effect;
};

describe('the fence', () => {
  const revokeOf = (fulfil: Effect): Effect => ({ ...fulfil, name: '1#revoke', type: 'revoke' });
  const payment = (shop: Shop): Payment => shop.only();

  it('a revoke waits while its fulfil is delivering without a lease end', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivering', attempts: 1 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('wait');
  });

  it('a revoke whose fulfil is delivered is delivered, also with 0 attempts of the fulfil', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivered', attempts: 0 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('deliver');
  });

  it('a payment.paid notice is delivered although the fulfil was never tried', () => {
    const shop = granted();
    const notice = shop.effects.find(({ type }) => type === 'payment.paid') as Effect;
    const beside: Effect = { ...notice, epoch: fulfilOf(shop).epoch };
    expect(fence(beside, payment(shop), [fulfilOf(shop), beside], LATER)).toBe('deliver');
  });
});
