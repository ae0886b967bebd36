/** A notice that a later notice contradicts is not sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effect, EVENT_TYPES, fence, isNegative } from '../../shared/payment/index.ts';
import { CONTRADICTED_BY, contradictedBy } from '../../shared/payment/stale.ts';
import { isGone } from '../../shared/payment/statuses.ts';
import { Shop } from './shop.ts';
import { event, normalizedOf, own, sum } from './synthetic.ts';
import { orders, policies, run, steps } from './walks.ts';

const completed = (amount = '100') => normalizedOf([own('completed'), sum('credit', '1', amount)]);

/** The types of the payment's notices that are sent when none was delivered before the last message. */
function late(shop: Shop, verdict: typeof fence = fence): string[] {
  const open = shop.effects.filter(({ type }) => type !== 'fulfil' && type !== 'revoke');
  return open
    .filter((effect) => verdict(effect, shop.payment(effect.payment), shop.effects) === 'deliver')
    .map(({ type }) => type);
}

function shopAfter(...messages: Parameters<Shop['receive']>[0][]): Shop {
  const shop = new Shop({ regrant: true });
  shop.register();
  for (const message of messages) shop.receive(message);
  return shop;
}

describe('the notices that are sent to a merchant after an outage', () => {
  it.each([
    ['paid, then reversed', [completed(), normalizedOf([event('reverse', '1')])], ['payment.reversed']],
    [
      'reversed, then paid again',
      [completed(), normalizedOf([event('reverse', '1')]), normalizedOf([event('represent', '1')])],
      ['payment.paid'],
    ],
    [
      'disputed, then won',
      [completed(), normalizedOf([event('dispute', '1')]), normalizedOf([event('reconcile', '1')])],
      ['payment.paid', 'payment.dispute_won'],
    ],
    [
      'won, then disputed again',
      [
        ...[completed(), normalizedOf([event('dispute', '1')]), normalizedOf([event('reconcile', '1')])],
        normalizedOf([event('dispute', '2')]),
      ],
      ['payment.paid', 'payment.disputed'],
    ],
    [
      'authorized, then failed',
      [normalizedOf([own('authorized')]), normalizedOf([own('failed')])],
      ['payment.failed'],
    ],
    [
      'refunded in part',
      [completed(), normalizedOf([sum('refund', '1', '30')])],
      ['payment.paid', 'payment.refunded'],
    ],
    [
      'refunded in part, then in full',
      [completed(), normalizedOf([sum('refund', '1', '30')]), normalizedOf([sum('refund', '2', '70')])],
      ['payment.refunded', 'payment.refunded'],
    ],
  ])(
    'only notices that no later notice contradicts are sent for a payment that was %s',
    (_name, messages, types) => {
      expect(late(shopAfter(...messages))).toEqual(types);
    },
  );

  it('payment.held is not sent any more after the release; payment.paid is', () => {
    const shop = shopAfter(completed('90'));
    expect(late(shop)).toEqual(['payment.held']);
    shop.decide(shop.hold('amount_differs'), 'release');
    expect(late(shop)).toEqual(['payment.paid']);
  });

  it('payment.held is not sent any more after the reject; payment.rejected is', () => {
    const shop = shopAfter(completed('90'));
    shop.decide(shop.hold('amount_differs'), 'reject');
    expect(late(shop)).toEqual(['payment.rejected']);
  });

  it('payment.rejected is not sent any more after all money was reversed or refunded', () => {
    for (const [returned, type] of [
      [event('reverse', '1'), 'payment.reversed'],
      [sum('refund', '1', '90'), 'payment.refunded'],
    ] as const) {
      const shop = shopAfter(completed('90'));
      shop.decide(shop.hold('amount_differs'), 'reject');
      shop.receive(normalizedOf([returned]));
      expect(late(shop)).toEqual([type]);
    }
  });

  it('only the last payment.rejected is sent when more money came, with the whole net sum', () => {
    const shop = shopAfter(completed('90'));
    shop.decide(shop.hold('amount_differs'), 'reject');
    shop.receive(normalizedOf([sum('credit', '2', '30')]));
    expect(late(shop)).toEqual(['payment.rejected']);
    expect(shop.effects.at(-1)?.event.net).toEqual([{ amount: '120.00', currency: 'EUR' }]);
  });

  it('payment.rejected is sent after a rejected payment was reversed and paid again', () => {
    const shop = shopAfter(completed('90'));
    shop.decide(shop.hold('amount_differs'), 'reject');
    shop.receive(normalizedOf([event('reverse', '1')]));
    shop.receive(normalizedOf([event('represent', '1')]));
    expect(late(shop)).toEqual(['payment.reversed', 'payment.rejected']);
  });

  it('payment.duplicate is not sent any more after the release of the second payment; fulfil is', () => {
    const shop = shopAfter(completed());
    shop.receive(normalizedOf([own('completed'), sum('credit', '2', '100')], {}, '701'));
    const second = shop.payment('trustly-americas:shop:701');
    const of = () => shop.effects.filter(({ payment }) => payment === second.key);
    const types = () =>
      of()
        .filter((each) => contradictedBy(each, of()) === undefined)
        .map(({ type }) => type);
    expect(types()).toContain('payment.duplicate');
    shop.decide(shop.hold('order_already_paid', second), 'release', second);
    expect(types()).not.toContain('payment.duplicate');
    expect(types()).toContain('fulfil');
  });
});

describe('contradictedBy: the notice that contradicts an earlier notice', () => {
  it('a notice is contradicted by the first later notice about the same kind of money', () => {
    const shop = shopAfter(completed(), normalizedOf([event('reverse', '1')]));
    const find = (type: string): Effect => {
      const found = shop.effects.find((each) => each.type === type);
      if (found === undefined) throw new Error(`no ${type}`);
      return found;
    };
    const [paid, reversed] = [find('payment.paid'), find('payment.reversed')];
    expect(contradictedBy(paid, [reversed, paid])).toBe(reversed);
    expect(contradictedBy(reversed, [reversed, paid])).toBeUndefined();
    expect(contradictedBy(paid, [{ ...reversed, type: 'payout.reversed' }])).toBeUndefined();
    expect(contradictedBy(paid, [{ ...reversed, sequence: paid.sequence }])).toBeUndefined();
    const last = { ...reversed, type: 'payment.denied', sequence: 99 };
    expect(contradictedBy(paid, [last, reversed])).toBe(reversed);
  });

  it('each word of CONTRADICTED_BY is an event type of the catalogue', () => {
    const words = new Set(Object.keys(EVENT_TYPES).map((type) => type.split('.')[1] ?? type));
    const named = [...Object.keys(CONTRADICTED_BY), ...Object.values(CONTRADICTED_BY).flat()];
    expect(named.filter((word) => !words.has(word) && word !== 'all_refunded')).toEqual([]);
  });
});

const GOOD = ['payment.authorized', 'payment.processing', 'payment.paid', 'payment.dispute_won'];
const LOST = ['denied', 'failed', 'expired', 'canceled', 'voided', 'reversed'].map(
  (word) => `payment.${word}`,
);

/** The property: no notice that is sent at the end of a history contradicts the state of the payment. */
function truthful(verdict: typeof fence) {
  return fc.property(steps, policies, orders, (walk, policy, order) => {
    const shop = run(walk, new Shop(policy), order);
    for (const payment of shop.payments.values()) {
      const mine = shop.effects.filter((each) => each.payment === payment.key);
      const sent = mine
        .filter((each) => each.type.startsWith('payment.'))
        .filter((each) => verdict(each, payment, mine) === 'deliver')
        .map(({ type }) => type);
      const isPaid = payment.status === 'paid' && payment.grant.state === 'granted';
      const wrong = isNegative(payment.status) ? GOOD : isPaid ? LOST : [];
      expect(sent.filter((type) => wrong.includes(type))).toEqual([]);
      // The refund of a rejected payment is demanded at most once, and not for money that was returned.
      const demands = mine.filter(
        (each) => each.type === 'payment.rejected' && verdict(each, payment, mine) === 'deliver',
      );
      expect(demands.length).toBeLessThanOrEqual(1);
      if (isGone(payment.status)) expect(demands.every(({ event: { status } }) => isGone(status))).toBe(true);
      if (isPaid && payment.holds.length === 0) expect(sent).not.toContain('payment.held');
    }
  });
}

describe('the notices of generated histories', () => {
  it('no pending notice contradicts the payment’s status', () => {
    fc.assert(truthful(fence), { numRuns: 1_000 });
  });

  it('control: a fence that delivers every notice is found', () => {
    expect(
      fc.check(
        truthful(() => 'deliver'),
        { numRuns: 1_000, seed: 7, endOnFailure: true },
      ).failed,
    ).toBe(true);
  });
});
