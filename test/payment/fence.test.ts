import { describe, expect, it } from 'vitest';
import { type Effect, type EffectState, fence, type Payment } from '../../shared/payment/index.ts';
import { Shop } from './shop.ts';
import { event, normalizedOf, own, sum } from './synthetic.ts';

const NOW = '2026-03-01T12:00:00.000Z';

/** A payment granted, and revoked when `reversed`, with its effects. */
function scene(reversed: boolean): { payment: Payment; fulfil: Effect; revoke: Effect; notice: Effect } {
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
  it('delivers a fulfil while its grant stands', () => {
    const { payment, fulfil } = scene(false);
    expect(fence(fulfil, payment, [fulfil])).toBe('deliver');
  });

  it('supersedes a fulfil whose grant was revoked', () => {
    const { payment, fulfil, revoke } = scene(true);
    expect(payment.grant).toEqual({ epoch: 1, state: 'revoked' });
    expect(fence(fulfil, payment, [fulfil, revoke])).toBe('supersede');
  });

  it('supersedes a fulfil of an older epoch', () => {
    const { payment, fulfil } = scene(false);
    expect(fence(fulfil, { ...payment, grant: { epoch: 2, state: 'granted' } }, [fulfil])).toBe('supersede');
  });

  it.each([
    ['never tried: both are superseded', 'pending', 0, undefined, 'supersede'],
    ['queued and never tried: both are superseded', 'queued', 0, undefined, 'supersede'],
    ['tried and queued again: the target may have seen it', 'queued', 1, undefined, 'deliver'],
    ['being delivered: wait', 'delivering', 1, '2026-03-01T12:00:01.000Z', 'wait'],
    ['being delivered without a known end: wait', 'delivering', 1, undefined, 'wait'],
    ['lease over, outcome unknown', 'delivering', 1, '2026-03-01T12:00:00.000Z', 'deliver'],
    ['delivered', 'delivered', 1, undefined, 'deliver'],
    ['superseded untried', 'superseded', 0, undefined, 'supersede'],
    ['superseded after a try', 'superseded', 2, undefined, 'deliver'],
    ['given up after tries', 'failed', 56, undefined, 'deliver'],
  ] as const)('a revoke of a fulfil %s', (_name, state, attempts, leaseUntil, verdict) => {
    const { payment, fulfil, revoke } = scene(true);
    expect(fence(revoke, payment, [as(fulfil, state, attempts, leaseUntil), revoke], NOW)).toBe(verdict);
  });

  it('treats a lease as running when it does not know the time', () => {
    const { payment, fulfil, revoke } = scene(true);
    const stale = as(fulfil, 'delivering', 1, '2020-01-01T00:00:00.000Z');
    expect(fence(revoke, payment, [stale, revoke])).toBe('wait');
  });

  it('delivers a revoke whose fulfil cannot be found', () => {
    const { payment, revoke } = scene(true);
    expect(fence(revoke, payment, [revoke])).toBe('deliver');
  });

  it.each([
    ['pending', 'wait'],
    ['queued', 'wait'],
    ['delivering', 'wait'],
    ['delivered', 'deliver'],
    ['superseded', 'deliver'],
    ['failed', 'deliver'],
  ] as const)('a second fulfil while the first revoke is %s: %s', (state, verdict) => {
    const { payment, fulfil, revoke } = scene(true);
    const again: Payment = { ...payment, grant: { epoch: 2, state: 'granted' } };
    const second: Effect = { ...fulfil, name: '2#fulfil', epoch: 2 };
    expect(fence(second, again, [fulfil, as(revoke, state, 0), second])).toBe(verdict);
  });

  it.each([
    ['delivered', 'delivered', 1, 'supersede'],
    ['being delivered', 'delivering', 1, 'supersede'],
    ['tried, outcome unknown', 'queued', 1, 'supersede'],
    ['given up after tries', 'failed', 56, 'supersede'],
    ['superseded after a try', 'superseded', 1, 'supersede'],
    ['never tried', 'pending', 0, 'deliver'],
  ] as const)(
    'a revoke whose goods were given again, the second fulfil %s',
    (_, state, attempts, verdict) => {
      const { payment, fulfil, revoke } = scene(true);
      const again: Payment = { ...payment, grant: { epoch: 2, state: 'granted' } };
      const second = as({ ...fulfil, name: '2#fulfil', epoch: 2 }, state, attempts);
      const siblings = [as(fulfil, 'delivered', 1), revoke, second];
      expect(fence(revoke, again, siblings, NOW)).toBe(verdict);
    },
  );

  it('the revoke of the second grant ignores the fulfil of an earlier grant', () => {
    const { payment, fulfil, revoke } = scene(true);
    const over: Payment = { ...payment, grant: { epoch: 2, state: 'revoked' } };
    const [second, last] = [
      as({ ...fulfil, name: '2#fulfil', epoch: 2 }, 'delivered', 1),
      { ...revoke, name: '2#revoke', epoch: 2 },
    ];
    expect(fence(last, over, [as(fulfil, 'delivered', 1), revoke, second, last], NOW)).toBe('deliver');
  });

  it('delivers a notice that no later one contradicts, whatever the payment’s status', () => {
    const { payment, notice, revoke } = scene(true);
    expect(fence(notice, payment, [])).toBe('deliver');
    expect(fence(notice, payment, [notice, revoke])).toBe('deliver');
  });
});
