/** The times, the order and the aliases that a transition keeps with a payment. */
import { describe, expect, it } from 'vitest';
import {
  deriveHolds,
  joinAliases,
  type Order,
  type ReadContext,
  transition,
} from '../../shared/payment/index.ts';
import { granted, paidLines, Shop } from './shop.ts';
import { AT, KEY, normalizedOf, own, POLICY, RULES, readSynthetic } from './synthetic.ts';

const LATER = '2026-03-02T10:00:00.000Z';
describe('the times of a payment', () => {
  it('firstSeenAt is the earliest time of a message, also when that message is processed last', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('processing')]), LATER);
    shop.receive(normalizedOf([own('completed')]), AT);
    expect(shop.only()).toMatchObject({ firstSeenAt: AT, updatedAt: LATER });
  });

  it('a later message changes updatedAt and leaves firstSeenAt', () => {
    const shop = new Shop();
    shop.receive(normalizedOf([own('processing')]), AT);
    shop.receive(normalizedOf([own('completed')]), LATER);
    expect(shop.only()).toMatchObject({ firstSeenAt: AT, updatedAt: LATER });
  });
});

describe('the order of a payment', () => {
  it('the provider’s readFacts gets the kind and the amounts of the order', () => {
    const shop = new Shop();
    shop.register();
    const contexts: ReadContext[] = [];
    transition(
      { payment: undefined, order: [...shop.orders.values()][0] },
      { type: 'normalized', normalized: normalizedOf(paidLines), conflict: false },
      {
        policy: POLICY,
        rules: RULES,
        read: (facts, context) => {
          contexts.push(context);
          return readSynthetic(facts, context);
        },
        at: AT,
        key: KEY,
        cause: 'test',
      },
    );
    expect(contexts[0]).toMatchObject({ orderKind: 'payment', amounts: [{ currency: 'EUR' }] });
  });

  it('a granted payment keeps its order when another order is found', () => {
    const shop = granted();
    const payment = shop.only();
    const [order] = shop.orders.values();
    const other = { ...(order as Order), reference: 'order-2', paidBy: undefined } as unknown as Order;
    const context = { policy: POLICY, read: readSynthetic, rules: RULES, at: AT, key: KEY, cause: 'test' };
    const made = transition({ payment, order: other }, { type: 'reevaluate', cause: 'test' }, context);
    expect(made.payment.orderReference).toBe(payment.orderReference);
    expect(made.order).toBeUndefined();
  });

  it('only a once order holds a second payment with order_already_paid, an open or recurring order does not', () => {
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

describe('the aliases of a payment', () => {
  it('joinAliases sorts the ids before the references and by value, whatever the order of arrival', () => {
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
