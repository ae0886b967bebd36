/** Edges that mutation testing found no example for: each of these tests fails for a mutant that lived. */
import { describe, expect, it } from 'vitest';
import { nextGrant } from '../../shared/payment/grant.ts';
import {
  deriveHolds,
  type Effect,
  fence,
  joinAliases,
  type Order,
  type Payment,
  type ReadContext,
  transition,
} from '../../shared/payment/index.ts';
import { mayGrant } from '../../shared/payment/statuses.ts';
import { Shop } from './shop.ts';
import { AT, event, KEY, normalizedOf, own, POLICY, RULES, readSynthetic, sum } from './synthetic.ts';

const LATER = '2026-03-02T10:00:00.000Z';
const paidLines = [own('completed'), sum('credit', '1', '100')];

function granted(policy: ConstructorParameters<typeof Shop>[0] = {}): Shop {
  const shop = new Shop(policy);
  shop.register();
  shop.receive(normalizedOf(paidLines));
  return shop;
}

const fulfilOf = (shop: Shop): Effect => {
  const effect = shop.effects.find(({ type }) => type === 'fulfil');
  if (effect === undefined) throw new Error('not fulfilled');
  return effect;
};

describe('effects', () => {
  it('are numbered on without a gap or a repetition, whatever causes them', () => {
    const shop = granted();
    shop.receive(normalizedOf([event('dispute', '1')]));
    shop.receive(normalizedOf([event('reverse', '1')]));
    expect(shop.effects.length).toBeGreaterThan(3);
    expect(shop.effects.map(({ sequence }) => sequence)).toEqual(
      shop.effects.map((_effect, index) => index + 1),
    );
    expect(shop.only().sequence).toBe(shop.effects.length);
  });

  it('begin pending and untried: what is not pending is never published', () => {
    for (const { state, attempts } of granted().effects) expect([state, attempts]).toEqual(['pending', 0]);
  });

  it('only a fulfil is early, a notice before the money is not', () => {
    const shop = new Shop({ grantOn: 'processing', amountCheck: 'when-present' });
    shop.register();
    shop.receive(normalizedOf([own('processing')]));
    const early = Object.fromEntries(shop.effects.map(({ type, event: { early } }) => [type, early]));
    expect(early).toEqual({ 'payment.processing': false, fulfil: true });
  });

  it('say that goods are at risk when an authorization they were given for is voided, once', () => {
    const shop = new Shop({ grantOn: 'authorized', amountCheck: 'when-present' });
    shop.register();
    shop.receive(normalizedOf([own('authorized')]));
    shop.receive(normalizedOf([own('voided')]));
    shop.receive(normalizedOf([own('voided'), event('note', '1')]));
    const types = shop.effects.map(({ type }) => type);
    expect(types.filter((type) => type === 'payment.at_risk')).toHaveLength(1);
    expect(types.filter((type) => type === 'payment.voided')).toHaveLength(1);
  });

  it('a void before anything was given puts nothing at risk', () => {
    const shop = new Shop();
    shop.register();
    shop.receive(normalizedOf([own('authorized')]));
    shop.receive(normalizedOf([own('voided')]));
    expect(shop.effects.map(({ type }) => type)).toEqual(['payment.authorized', 'payment.voided']);
  });

  it('money that comes back with a reversal is told as the reversal, not as a refund', () => {
    const shop = granted();
    const from = shop.effects.length;
    shop.receive(normalizedOf([event('reverse', '1'), sum('refund', '1', '100')]));
    const types = shop.effects.slice(from).map(({ type }) => type);
    expect(types).toContain('payment.reversed');
    expect(types).not.toContain('payment.refunded');
  });

  it('a dispute that was won after a part was refunded is told as won', () => {
    const shop = granted();
    shop.receive(normalizedOf([event('dispute', '1')]));
    shop.receive(normalizedOf([sum('refund', '1', '40')]));
    const from = shop.effects.length;
    shop.receive(normalizedOf([event('reconcile', '1')]));
    expect(shop.only().status).toBe('partially_refunded');
    expect(shop.effects.slice(from).map(({ type }) => type)).toContain('payment.dispute_won');
  });
});

describe('times', () => {
  it('the first news count, in whatever order they are worked on', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('processing')]), LATER);
    shop.receive(normalizedOf([own('completed')]), AT);
    expect(shop.only()).toMatchObject({ firstSeenAt: AT, updatedAt: LATER });
  });

  it('later news do not make a payment younger', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('processing')]), AT);
    shop.receive(normalizedOf([own('completed')]), LATER);
    expect(shop.only()).toMatchObject({ firstSeenAt: AT, updatedAt: LATER });
  });
});

describe('orders', () => {
  it("are what the provider's tables are asked with", () => {
    const shop = new Shop();
    shop.register();
    const asked: ReadContext[] = [];
    transition(
      { payment: undefined, order: [...shop.orders.values()][0] },
      { type: 'normalized', normalized: normalizedOf(paidLines), conflict: false },
      {
        policy: POLICY,
        rules: RULES,
        read: (facts, context) => {
          asked.push(context);
          return readSynthetic(facts, context);
        },
        at: AT,
        key: KEY,
        cause: 'test',
      },
    );
    expect(asked[0]).toMatchObject({ orderKind: 'payment', amounts: [{ currency: 'EUR' }] });
  });

  it('a granted payment keeps its order, also when it is given another one', () => {
    const shop = granted();
    const payment = shop.only();
    const [order] = shop.orders.values();
    const other = { ...(order as Order), reference: 'order-2', paidBy: undefined } as unknown as Order;
    const context = { policy: POLICY, read: readSynthetic, rules: RULES, at: AT, key: KEY, cause: 'test' };
    const made = transition({ payment, order: other }, { type: 'reevaluate', cause: 'test' }, context);
    expect(made.payment.orderReference).toBe(payment.orderReference);
    expect(made.order).toBeUndefined();
  });

  it('one that is not for once may be paid by several', () => {
    const shop = granted();
    const payment = shop.only();
    const [order] = shop.orders.values();
    const holds = (use: Order['use']) =>
      deriveHolds({
        payment,
        order: { ...(order as Order), use, paidBy: 'somebody:else:1' },
        reading: payment.reading,
        amount: 'passes',
        status: payment.status,
        policy: POLICY,
        rules: RULES,
      }).map(({ reason }) => reason);
    expect(holds('open')).toEqual([]);
    expect(holds('recurring')).toEqual([]);
    expect(holds('once')).toEqual(['order_already_paid']);
  });
});

describe('holds', () => {
  it('stand in the order of their reasons, each with a digest of 32', () => {
    const shop = new Shop();
    shop.register();
    shop.receive(
      normalizedOf([own('completed', 'failed'), sum('credit', '1', '90')], { endUser: 'somebody' }),
    );
    const { holds } = shop.only();
    expect(holds.map(({ reason }) => reason)).toEqual(['amount_differs', 'contradictory_evidence']);
    for (const { digest } of holds) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('what a hold covers', () => {
  it('a release of an unknown order lapses when more money comes', () => {
    const shop = new Shop();
    shop.receive(normalizedOf(paidLines));
    shop.decide(shop.hold('unknown_order'), 'release');
    expect(shop.reasons()).toEqual([]);
    shop.receive(normalizedOf([sum('credit', '2', '5')]));
    expect(shop.reasons()).toEqual(['unknown_order']);
  });

  it('evidence beyond the bound cannot be released, but rejected', () => {
    const shop = new Shop();
    shop.register();
    for (let n = 0; n < 102; n += 1) shop.receive(normalizedOf([sum('credit', String(n), '1')]));
    expect(() => shop.decide(shop.hold('too_many_entries'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('too_many_entries'), 'reject');
    expect(shop.types).toContain('payment.rejected');
  });

  it('too many conflicts forbid releasing the conflict, and nothing else', () => {
    const shop = new Shop();
    shop.register();
    const first = normalizedOf([own('completed'), sum('credit', '1', '90')]);
    for (let n = 0; n <= 20; n += 1) shop.receive({ ...first, material: { copy: String(n) } });
    expect(() => shop.decide(shop.hold('conflicting_duplicate'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('amount_differs'), 'release');
    expect(shop.reasons()).toEqual(['conflicting_duplicate']);
  });

  it('a second payment of a wrong amount is told as both', () => {
    const shop = granted();
    shop.receive(normalizedOf([own('completed'), sum('credit', '9', '90')], {}, '701'));
    expect(shop.types).toEqual(expect.arrayContaining(['payment.duplicate', 'payment.held']));
  });
});

describe('aliases', () => {
  it('are joined to one list in one order, the smallest first, whatever came first', () => {
    const reference = (value: string) => ({ type: 'reference', value }) as const;
    const all = ['d', 'b', 'c', 'a'].map(reference);
    const sorted = ['a', 'b', 'c'].map(reference);
    expect(joinAliases(all, [], 3)).toEqual(sorted);
    expect(joinAliases([], [...all].reverse(), 3)).toEqual(sorted);
    const own = { type: 'id', value: 'z' } as const;
    expect(joinAliases(all, [own], 3)).toEqual([own, ...sorted.slice(0, 2)]);
    expect(joinAliases([own], all, 3)).toEqual([own, ...sorted.slice(0, 2)]);
  });
});

describe('authorizations', () => {
  it('need no order: nothing moved that an order could expect', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('authorization'), event('dispute', '1')]));
    expect(shop.only().status).toBe('disputed');
    expect(shop.reasons()).toEqual([]);
  });
});

describe('payouts', () => {
  it('do not wait for an amount: it is the merchant who named it', () => {
    const shop = new Shop();
    shop.register({ kind: 'payout' });
    shop.receive(normalizedOf([own('completed', 'payout')]));
    expect(shop.only().status).toBe('paid');
    expect(shop.types).toEqual(['payout.paid']);
  });
});

describe('grants', () => {
  it('are only for payments: a subscription or an authorization is never granted, whatever its status', () => {
    const reading = { ...readSynthetic({}, { orderKind: undefined }), direction: 'in' } as const;
    expect(mayGrant({ ...reading, kind: 'payment' }, 'paid', POLICY)).toBe(true);
    expect(mayGrant({ ...reading, kind: 'subscription' }, 'paid', POLICY)).toBe(false);
    expect(mayGrant({ ...reading, kind: 'authorization' }, 'paid', POLICY)).toBe(false);
  });

  it('a revoked one is not revoked again', () => {
    const revoked = { epoch: 1, state: 'revoked' } as const;
    expect(nextGrant(revoked, { allowed: false, over: true, as: 'act' })).toBe(revoked);
  });
});

describe('the fence', () => {
  const revokeOf = (fulfil: Effect): Effect => ({ ...fulfil, name: '1#revoke', type: 'revoke' });
  const payment = (shop: Shop): Payment => shop.only();

  it('waits for a delivery without a known end, though the time is known', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivering', attempts: 1 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('wait');
  });

  it('revokes what was delivered, however it came about', () => {
    const shop = granted();
    const fulfil: Effect = { ...fulfilOf(shop), state: 'delivered', attempts: 0 };
    expect(fence(revokeOf(fulfil), payment(shop), [fulfil], LATER)).toBe('deliver');
  });

  it('lets a notice through beside a fulfil that nobody has tried', () => {
    const shop = granted();
    const notice = shop.effects.find(({ type }) => type === 'payment.paid') as Effect;
    const beside: Effect = { ...notice, epoch: fulfilOf(shop).epoch };
    expect(fence(beside, payment(shop), [fulfilOf(shop), beside], LATER)).toBe('deliver');
  });
});
