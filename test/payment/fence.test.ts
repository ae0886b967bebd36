import { describe, expect, it } from 'vitest';
import { type Effect, type EffectState, fence, type Payment } from '../../shared/payment/index.ts';
import { Shop } from './shop.ts';
import { event, normalizedOf, own, sum } from './synthetic.ts';

const NOW = '2026-03-01T12:00:00.000Z';

/** A granted payment with its effects; with `reversed` the payment is revoked. */
function paymentWithEffects(reversed: boolean): {
  payment: Payment;
  fulfil: Effect;
  revoke: Effect;
  notice: Effect;
} {
  const shop = new Shop();
  shop.register();
  shop.receive(normalizedOf([own('completed'), sum('credit', '1', '100')]));
  if (reversed) shop.receive(normalizedOf([event('reverse', '1')]));
  const find = (type: string): Effect => {
    const effect = shop.effects.find((each) => each.type === type);
    return effect ?? ({ ...shop.effects[0], name: `1#${type}`, type, epoch: 1 } as Effect);
  };
  return {
    payment: shop.only(),
    fulfil: find('fulfil'),
    revoke: find('revoke'),
    notice: find('payment.paid'),
  };
}

const as = (effect: Effect, state: EffectState, attempts: number, leaseUntil?: string): Effect => ({
  ...effect,
  state,
  attempts,
  ...(leaseUntil === undefined ? {} : { leaseUntil }),
});

describe('the fence', () => {
  it('a fulfil is delivered while its grant stands', () => {
    const { payment, fulfil } = paymentWithEffects(false);
    expect(fence(fulfil, payment, [fulfil])).toBe('deliver');
  });

  it('a fulfil whose grant was revoked is superseded', () => {
    const { payment, fulfil, revoke } = paymentWithEffects(true);
    expect(payment.grant).toEqual({ epoch: 1, state: 'revoked' });
    expect(fence(fulfil, payment, [fulfil, revoke])).toBe('supersede');
  });

  it('a fulfil of an earlier epoch is superseded', () => {
    const { payment, fulfil } = paymentWithEffects(false);
    expect(fence(fulfil, { ...payment, grant: { epoch: 2, state: 'granted' } }, [fulfil])).toBe('supersede');
  });

  it.each([
    ['was never tried: supersede', 'pending', 0, undefined, 'supersede'],
    ['is queued and was never tried: supersede', 'queued', 0, undefined, 'supersede'],
    ['was tried and is queued again: deliver', 'queued', 1, undefined, 'deliver'],
    ['is being delivered: wait', 'delivering', 1, '2026-03-01T12:00:01.000Z', 'wait'],
    ['is being delivered without a lease end: wait', 'delivering', 1, undefined, 'wait'],
    [
      'has an expired lease and no known result: deliver',
      'delivering',
      1,
      '2026-03-01T12:00:00.000Z',
      'deliver',
    ],
    ['was delivered: deliver', 'delivered', 1, undefined, 'deliver'],
    ['was superseded before any attempt: supersede', 'superseded', 0, undefined, 'supersede'],
    ['was superseded after an attempt: deliver', 'superseded', 2, undefined, 'deliver'],
    ['failed after all attempts: deliver', 'failed', 56, undefined, 'deliver'],
  ] as const)(
    'the fence’s verdict on a revoke whose fulfil %s',
    (_name, state, attempts, leaseUntil, verdict) => {
      const { payment, fulfil, revoke } = paymentWithEffects(true);
      expect(fence(revoke, payment, [as(fulfil, state, attempts, leaseUntil), revoke], NOW)).toBe(verdict);
    },
  );

  it('a revoke waits for a delivering fulfil with a past lease when the fence is given no time', () => {
    const { payment, fulfil, revoke } = paymentWithEffects(true);
    const stale = as(fulfil, 'delivering', 1, '2020-01-01T00:00:00.000Z');
    expect(fence(revoke, payment, [stale, revoke])).toBe('wait');
  });

  it('a revoke whose fulfil cannot be found is delivered', () => {
    const { payment, revoke } = paymentWithEffects(true);
    expect(fence(revoke, payment, [revoke])).toBe('deliver');
  });

  it.each([
    ['pending', 'wait'],
    ['queued', 'wait'],
    ['delivering', 'wait'],
    ['delivered', 'deliver'],
    ['superseded', 'deliver'],
    ['failed', 'deliver'],
  ] as const)('a second fulfil while the first revoke is %s: the fence says %s', (state, verdict) => {
    const { payment, fulfil, revoke } = paymentWithEffects(true);
    const again: Payment = { ...payment, grant: { epoch: 2, state: 'granted' } };
    const second: Effect = { ...fulfil, name: '2#fulfil', epoch: 2 };
    expect(fence(second, again, [fulfil, as(revoke, state, 0), second])).toBe(verdict);
  });

  it.each([
    ['was delivered: supersede', 'delivered', 1, 'supersede'],
    ['is being delivered: supersede', 'delivering', 1, 'supersede'],
    ['was tried without a known result: supersede', 'queued', 1, 'supersede'],
    ['failed after all attempts: supersede', 'failed', 56, 'supersede'],
    ['was superseded after an attempt: supersede', 'superseded', 1, 'supersede'],
    ['was never tried: deliver', 'pending', 0, 'deliver'],
  ] as const)('the fence’s verdict on a revoke when the second fulfil %s', (_, state, attempts, verdict) => {
    const { payment, fulfil, revoke } = paymentWithEffects(true);
    const again: Payment = { ...payment, grant: { epoch: 2, state: 'granted' } };
    const second = as({ ...fulfil, name: '2#fulfil', epoch: 2 }, state, attempts);
    const siblings = [as(fulfil, 'delivered', 1), revoke, second];
    expect(fence(revoke, again, siblings, NOW)).toBe(verdict);
  });

  it('the revoke of epoch 2 is delivered whatever the fulfil of epoch 1', () => {
    const { payment, fulfil, revoke } = paymentWithEffects(true);
    const over: Payment = { ...payment, grant: { epoch: 2, state: 'revoked' } };
    const [second, last] = [
      as({ ...fulfil, name: '2#fulfil', epoch: 2 }, 'delivered', 1),
      { ...revoke, name: '2#revoke', epoch: 2 },
    ];
    expect(fence(last, over, [as(fulfil, 'delivered', 1), revoke, second, last], NOW)).toBe('deliver');
  });

  it('a payment.paid notice is delivered also after the payment is reversed', () => {
    const { payment, notice, revoke } = paymentWithEffects(true);
    expect(fence(notice, payment, [])).toBe('deliver');
    expect(fence(notice, payment, [notice, revoke])).toBe('deliver');
  });
});
