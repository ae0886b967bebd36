/** The fence beside a delivery that is under way or over. */
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

  it('waits for a delivery without a known end, though the time is known', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivering', attempts: 1 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('wait');
  });

  it('delivers a revoke whose fulfil was delivered, whatever the number of attempts', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivered', attempts: 0 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('deliver');
  });

  it('delivers a notice before a fulfil that was never tried', () => {
    const shop = granted();
    const notice = shop.effects.find(({ type }) => type === 'payment.paid') as Effect;
    const beside: Effect = { ...notice, epoch: fulfilOf(shop).epoch };
    expect(fence(beside, payment(shop), [fulfilOf(shop), beside], LATER)).toBe('deliver');
  });
});
