import { describe, expect, it } from 'vitest';
import {
  type Alias,
  DecisionError,
  EVENT_TYPES,
  MAX_DECISIONS,
  MAX_FACT_ENTRIES,
  type NormalizedEvent,
  orderToLoad,
  paymentKey,
  type ReadFacts,
  transition,
} from '../../shared/payment/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { Shop } from './shop.ts';
import { AT, event, KEY, normalizedOf, own, POLICY, RULES, readSynthetic, sum } from './synthetic.ts';

const LATER = '2026-03-05T10:00:00.000Z';
const paid = (amount = '100', id = '700') =>
  normalizedOf([own('completed'), sum('credit', `c${id}`, amount)], {}, id);
/** A completed payment without an amount. */
const completed = normalizedOf([own('completed')]);
const reversed = normalizedOf([event('reverse', '1')]);

function shopWithOrder(policy: ConstructorParameters<typeof Shop>[0] = {}, order = {}): Shop {
  const shop = new Shop(policy);
  shop.register(order);
  return shop;
}

describe('a paid payment', () => {
  it('a paid payment is granted once and announced with payment.paid and fulfil', () => {
    const shop = shopWithOrder();
    const made = shop.receive(paid());
    expect(made?.outcome).toBe('applied');
    expect(made?.waitsFor).toEqual([]);
    expect(shop.only()).toMatchObject({
      status: 'paid',
      holds: [],
      grant: { epoch: 1, state: 'granted' },
      version: 1,
    });
    expect(shop.effects.map(({ id }) => id)).toEqual([
      'trustly-americas:shop:700#n1#payment.paid',
      'trustly-americas:shop:700#1#fulfil',
    ]);
    expect(shop.order().paidBy).toBe('trustly-americas:shop:700');
    expect(shop.order().version).toBe(2);
  });

  it('fulfil has every field that the merchant needs', () => {
    const shop = shopWithOrder();
    shop.receive({ ...paid(), endUser: 'u1', details: { goods: ['gold'], code: 'AC100' } });
    expect(shop.effects[1]?.event).toEqual({
      schema: 1,
      id: 'trustly-americas:shop:700#1#fulfil',
      type: 'fulfil',
      sequence: 2,
      epoch: 1,
      environment: 'live',
      test: false,
      provider: 'trustly-americas',
      account: 'shop',
      orderReference: 'order-1',
      order: {
        reference: 'order-1',
        state: 'claimed',
        paidBy: { payment: 'trustly-americas:shop:700', status: 'paid' },
      },
      payment: 'trustly-americas:shop:700',
      aliases: [
        { type: 'id', value: '700' },
        { type: 'reference', value: 'order-1' },
      ],
      endUser: 'u1',
      status: 'paid',
      moved: [{ amount: '100.00', currency: 'EUR' }],
      returned: [],
      net: [{ amount: '100.00', currency: 'EUR' }],
      amountSource: 'evidence',
      goodwill: false,
      early: false,
      holds: [],
      details: { goods: ['gold'], code: 'AC100' },
      causedBy: [paid().key],
      occurredAt: AT,
    });
  });

  it('a later message without a new fact sends nothing and keeps the grant', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    const sent = shop.effects.length;
    shop.receive(normalizedOf([own('completed', 'processing')]));
    expect(shop.effects).toHaveLength(sent);
    expect(shop.only().version).toBe(2);
  });

  it('each status of a payment is announced once, with its previous status', () => {
    const shop = shopWithOrder();
    for (const code of ['pending', 'authorized', 'processing']) shop.receive(normalizedOf([own(code)]));
    shop.receive(normalizedOf([event('review', '1')]));
    shop.receive(normalizedOf([event('approve', '1')]));
    shop.receive(paid());
    expect(shop.types).toEqual([
      'payment.authorized',
      'payment.processing',
      'payment.processing',
      'payment.processing',
      'payment.paid',
      'fulfil',
    ]);
    expect(shop.effects.map(({ event: { status } }) => status).slice(1, 4)).toEqual([
      'processing',
      'in_review',
      'processing',
    ]);
    expect(shop.effects[4]?.event.previousStatus).toBe('processing');
  });

  it.each(['failed', 'denied', 'expired', 'canceled', 'voided'])(
    'a payment that %s is announced and never granted',
    (code) => {
      const shop = shopWithOrder();
      shop.receive(normalizedOf([own(code)]));
      expect(shop.types).toEqual([`payment.${code}`]);
      expect(shop.only().grant.state).toBe('none');
    },
  );
});

describe('reversals, refunds and disputes', () => {
  it('a reversal after the grant sends payment.reversed and revoke', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(reversed);
    expect(shop.types).toEqual(['payment.paid', 'fulfil', 'payment.reversed', 'revoke']);
    expect(shop.only().grant).toEqual({ epoch: 1, state: 'revoked' });
    expect(shop.effects[3]?.name).toBe('1#revoke');
  });

  it('a payment that is reversed before its completion is never granted and claims no order', () => {
    const shop = shopWithOrder();
    shop.receive(reversed);
    shop.receive(paid());
    expect(shop.types).toEqual(['payment.reversed']);
    expect(shop.only()).toMatchObject({ status: 'reversed', grant: { epoch: 0, state: 'none' } });
    expect(shop.order().paidBy).toBeUndefined();
  });

  it('a reversal of an unknown payment is announced as payment.reversed and not held', () => {
    const shop = new Shop();
    shop.receive(reversed);
    expect(shop.types).toEqual(['payment.reversed']);
    expect(shop.reasons()).toEqual([]);
  });

  it('a partial refund sends payment.refunded with the cumulative net sum; a full refund sends revoke too', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([sum('refund', '1', '30')]));
    shop.receive(normalizedOf([sum('refund', '2', '20')]));
    expect(shop.only().grant.state).toBe('granted');
    expect(shop.types.slice(2)).toEqual(['payment.refunded', 'payment.refunded']);
    expect(shop.effects[3]?.event.net).toEqual([{ amount: '50.00', currency: 'EUR' }]);
    shop.receive(normalizedOf([sum('refund', '3', '50')]));
    expect(shop.types.slice(4)).toEqual(['payment.refunded', 'revoke']);
    expect(shop.only().status).toBe('refunded');
  });

  it('a partial refund before the completion does not prevent the grant', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([sum('refund', '1', '30')]));
    shop.receive(paid());
    expect(shop.only()).toMatchObject({
      status: 'partially_refunded',
      grant: { epoch: 1, state: 'granted' },
    });
  });

  it('a dispute after the grant revokes nothing, and a won dispute sends payment.dispute_won', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([event('dispute', '1')]));
    expect(shop.only().grant.state).toBe('granted');
    shop.receive(normalizedOf([event('reconcile', '1')]));
    expect(shop.types.slice(2)).toEqual(['payment.disputed', 'payment.dispute_won']);
  });

  it('a disputed payment is not granted until the dispute is won', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([event('dispute', '1')]));
    shop.receive(paid());
    expect(shop.only().grant.state).toBe('none');
    shop.receive(normalizedOf([event('reconcile', '1')]));
    expect(shop.types).toEqual(['payment.disputed', 'payment.dispute_won', 'fulfil']);
  });
});

describe('a second grant after a revoke', () => {
  const represented = normalizedOf([event('represent', '1')]);
  it('a represented payment after a revoke is held with regrant; a release sends 2#fulfil', () => {
    const shop = shopWithOrder();
    for (const normalized of [paid(), reversed, represented]) shop.receive(normalized);
    expect(shop.reasons()).toEqual(['regrant']);
    expect(shop.only().grant).toEqual({ epoch: 1, state: 'revoked' });
    expect(shop.types.slice(4)).toEqual(['payment.held']);
    shop.decide(shop.hold('regrant'), 'release');
    expect(shop.types.slice(5)).toEqual(['payment.paid', 'fulfil']);
    expect(shop.effects.at(-1)?.name).toBe('2#fulfil');
  });

  it('a represented payment is granted again without a hold when the policy has regrant true', () => {
    const shop = shopWithOrder({ regrant: true });
    for (const normalized of [paid(), reversed, represented]) shop.receive(normalized);
    expect(shop.only().grant).toEqual({ epoch: 2, state: 'granted' });
    expect(shop.order().version).toBe(2);
  });

  it('a release of regrant covers only the present revoke: a further revoke is held again', () => {
    const shop = shopWithOrder();
    for (const normalized of [paid(), reversed, represented]) shop.receive(normalized);
    shop.decide(shop.hold('regrant'), 'release');
    shop.receive(normalizedOf([event('reverse', '2')]));
    shop.receive(normalizedOf([event('represent', '2')]));
    expect(shop.reasons()).toEqual(['regrant']);
    expect(shop.only().grant).toEqual({ epoch: 2, state: 'revoked' });
  });
});

describe('grants before the payment is paid', () => {
  it.each([
    ['authorized', 'authorized'],
    ['authorized', 'processing'],
    ['processing', 'processing'],
  ] as const)(
    'a policy with grantOn %s grants on %s with early true, and a failed payment is revoked',
    (grantOn, code) => {
      const shop = shopWithOrder({ grantOn, amountCheck: 'when-present' });
      shop.receive(normalizedOf([own(code)]));
      expect(shop.types).toEqual([`payment.${code}`, 'fulfil']);
      expect(shop.effects[1]?.event).toMatchObject({ early: true, amountSource: 'none', moved: [] });
      shop.receive(normalizedOf([own('failed')]));
      expect(shop.types.slice(2)).toEqual(['payment.failed', 'revoke']);
    },
  );

  it('grantOn processing does not grant on authorized, and grantOn paid does not grant on processing', () => {
    for (const [grantOn, code] of [
      ['processing', 'authorized'],
      ['paid', 'processing'],
    ] as const) {
      const shop = shopWithOrder({ grantOn, amountCheck: 'when-present' });
      shop.receive(normalizedOf([own(code)]));
      expect(shop.only().grant.state).toBe('none');
    }
  });

  it('an early grant needs a known amount when amountCheck is required: awaiting_confirmation', () => {
    const shop = shopWithOrder({ grantOn: 'authorized' });
    shop.receive(normalizedOf([own('authorized')]));
    // The payment waits for its amount with a status that operators see, as a paid payment does.
    expect(shop.only()).toMatchObject({ status: 'awaiting_confirmation', grant: { state: 'none' } });
  });

  it('a completion after an early grant sends payment.paid and no second fulfil', () => {
    const shop = shopWithOrder({ grantOn: 'authorized', amountCheck: 'when-present' });
    shop.receive(normalizedOf([own('authorized')]));
    shop.receive(paid());
    expect(shop.types).toEqual(['payment.authorized', 'fulfil', 'payment.paid']);
  });
});

describe('payments that are never granted', () => {
  it.each([
    ['an authorization', normalizedOf([own('authorized', 'authorization')]), ['authorization.authorized']],
    ['a completed authorization', normalizedOf([own('completed', 'authorization')]), []],
    ['a payout', normalizedOf([own('completed', 'payout'), sum('credit', '1', '100')]), ['payout.paid']],
  ])('%s is never granted', (_name, normalized, notices) => {
    const shop = new Shop({ unknownOrder: 'trust', grantOn: 'authorized' });
    shop.receive(normalized);
    expect(shop.only().grant.state).toBe('none');
    expect(shop.types).toEqual(notices);
  });

  it('a completed subscription sends only its announcements', () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    shop.receive(
      normalizedOf([own('completed', 'subscription'), { kind: 'say', id: 'subscription.ended#12' }]),
    );
    expect(shop.types).toEqual(['subscription.ended']);
  });

  it('a payment for an order with fulfilled external sends notices but neither fulfil nor revoke', () => {
    const shop = shopWithOrder({}, { fulfilled: 'external' });
    shop.receive(paid());
    expect(shop.only().grant).toEqual({ epoch: 1, state: 'granted', observed: true });
    expect(shop.types).toEqual(['payment.paid']);
    shop.receive(reversed);
    expect(shop.types).toEqual(['payment.paid', 'payment.reversed']);
  });
});

describe('amounts of payments and orders', () => {
  it('a completed payment without its required amount waits as awaiting_confirmation until a confirmation', () => {
    const shop = shopWithOrder();
    shop.receive(completed);
    expect(shop.only()).toMatchObject({
      status: 'awaiting_confirmation',
      grant: { state: 'none' },
      holds: [],
    });
    expect(shop.types).toEqual(['payment.processing']);
    shop.receive(normalizedOf([sum('credit', '1', '100')], { source: 'confirmation' }));
    expect(shop.types).toEqual(['payment.processing', 'payment.paid', 'fulfil']);
  });

  it('a completed payment without an amount is granted with amountSource order when amountCheck is when-present', () => {
    const shop = shopWithOrder({ amountCheck: 'when-present' });
    shop.receive(completed);
    expect(shop.effects.at(-1)?.event).toMatchObject({
      type: 'fulfil',
      amountSource: 'order',
      moved: [{ amount: '100.00', currency: 'EUR' }],
    });
  });

  it('fulfil for an open order without a known amount has amountSource none', () => {
    const shop = shopWithOrder(
      { amountCheck: 'when-present' },
      { amounts: [{ currency: 'EUR', open: true }] },
    );
    shop.receive(completed);
    expect(shop.effects.at(-1)?.event).toMatchObject({ type: 'fulfil', amountSource: 'none', moved: [] });
  });

  it('a payment 40.00 short is held with amount_differs, and granted when the rest arrives', () => {
    const shop = shopWithOrder({ amountCheck: 'when-present' });
    shop.receive(paid('60'));
    expect(shop.reasons()).toEqual(['amount_differs']);
    expect(shop.types).toEqual(['payment.held']);
    shop.receive(normalizedOf([sum('credit', 'rest', '40.00')]));
    expect(shop.reasons()).toEqual([]);
    expect(shop.types).toEqual(['payment.held', 'payment.paid', 'fulfil']);
  });

  it('a payment of 100.01 for an order of 100 is held with amount_differs', () => {
    const shop = shopWithOrder();
    shop.receive(paid('100.01'));
    expect(shop.reasons()).toEqual(['amount_differs']);
  });

  it('more money after the grant sends payment.at_risk with amount_differs and revokes nothing', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([sum('credit', 'more', '5')]));
    expect(shop.only().grant.state).toBe('granted');
    expect(shop.types.slice(2)).toEqual(['payment.at_risk']);
    expect(shop.effects[2]?.event.holds).toEqual(['amount_differs']);
  });

  it('a goodwill payment is granted without money, with goodwill true and amountSource none', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([own('completed', 'goodwill')]));
    expect(shop.effects.at(-1)?.event).toMatchObject({
      type: 'fulfil',
      goodwill: true,
      amountSource: 'none',
    });
  });
});

describe('payments without a known order', () => {
  it('a payment without an order is held with unknown_order, and granted by the registration of the order', () => {
    const shop = new Shop();
    const made = shop.receive(paid());
    expect(made?.waitsFor).toEqual(paid().aliases);
    expect(shop.reasons()).toEqual(['unknown_order']);
    expect(shop.types).toEqual(['payment.held']);
    shop.register();
    expect(shop.types).toEqual(['payment.held', 'payment.paid', 'fulfil']);
    expect(shop.order().paidBy).toBe(shop.only().key);
  });

  it('a processing payment without an order is not held yet', () => {
    const shop = new Shop();
    const made = shop.receive(normalizedOf([own('processing')]));
    expect(shop.reasons()).toEqual([]);
    expect(made?.waitsFor).toHaveLength(2);
  });

  it('unknownOrder trust grants without an order; an order registered later is claimed without a second fulfil', () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    const made = shop.receive(completed);
    expect(made?.waitsFor).toHaveLength(2);
    expect(shop.types).toEqual(['payment.paid', 'fulfil']);
    shop.register();
    expect(shop.order().paidBy).toBe(shop.only().key);
    expect(shop.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('unknownOrder trust does not cover a payment that had an order before: unknown_order', () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    shop.register();
    shop.receive(normalizedOf([own('processing')]));
    shop.orders.clear();
    shop.receive(paid());
    expect(shop.reasons()).toEqual(['unknown_order']);
  });

  it.each([
    { provider: 'trustly-americas', account: 'other' },
    { provider: 'paymentwall' },
    { provider: 'paymentwall', account: 'shop' },
  ])('an order of another provider or account does not match the payment: %o', (of) => {
    const shop = shopWithOrder({}, of);
    shop.receive(paid());
    expect(shop.reasons()).toEqual(['unknown_order']);
    expect(shop.only().orderReference).toBeUndefined();
  });

  it('an order with the payment’s own id is found before an order with its reference', () => {
    const shop = shopWithOrder();
    shop.register({ reference: 'order-2', aliases: [{ type: 'id', value: '700' }] });
    shop.receive(paid());
    expect(shop.only().orderReference).toBe('order-2');
    expect(shop.order('order-1').paidBy).toBeUndefined();
  });

  it('an order of the payment’s provider and account matches', () => {
    const shop = shopWithOrder({}, { provider: 'trustly-americas', account: 'shop' });
    shop.receive(paid());
    expect(shop.only().grant.state).toBe('granted');
  });

  it('a payment that is not granted changes to the more specific order', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([own('processing')]));
    expect(shop.only().orderReference).toBe('order-1');
    shop.register({ reference: 'order-2', aliases: [{ type: 'id', value: '700' }] });
    shop.receive(paid());
    expect(shop.only()).toMatchObject({ orderReference: 'order-2', grant: { state: 'granted' } });
  });

  it('orderToLoad lists the payment’s own id and all aliases of the message', () => {
    expect(orderToLoad(undefined, undefined)).toEqual({ aliases: [] });
    const reference: Alias = { type: 'reference', value: 'r' };
    expect(orderToLoad(undefined, { aliases: [reference], subject: { kind: 'payment', id: '700' } })).toEqual(
      {
        aliases: [{ type: 'id', value: '700' }, reference],
      },
    );
  });

  it('a payment granted by unknownOrder trust does not take an order that another payment claims', () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    shop.receive(paid());
    shop.register();
    shop.orders.set('order-1', { ...shop.order(), paidBy: 'trustly-americas:shop:1' });
    shop.reevaluate(shop.only());
    expect(shop.order().paidBy).toBe('trustly-americas:shop:1');
    expect(shop.types.slice(2)).toEqual(['payment.duplicate', 'payment.at_risk']);
  });

  it('a granted payment keeps its order and never pays a second order', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.register({ reference: 'order-2', aliases: [{ type: 'id', value: '700' }] });
    expect(orderToLoad(shop.only(), undefined)).toEqual({ reference: 'order-1' });
    shop.receive(normalizedOf([own('completed', 'late')]));
    expect(shop.only().orderReference).toBe('order-1');
    expect(shop.order('order-2').paidBy).toBeUndefined();
  });
});

describe('the comparison of a payment with its order', () => {
  it('a payment for an order of another kind is held with order_kind_differs', () => {
    const shop = shopWithOrder({}, { kind: 'payout' });
    shop.receive(paid());
    expect(shop.reasons()).toEqual(['order_kind_differs']);
  });

  it('a payout is compared with its order as soon as it is processing; an incoming payment is not', () => {
    for (const [order, reason] of [
      [{ kind: 'withdrawal' }, 'order_kind_differs'],
      [{ kind: 'payout', endUser: 'u1' }, 'end_user_differs'],
    ] as const) {
      const shop = shopWithOrder({}, order);
      shop.receive({ ...normalizedOf([own('processing', 'payout')]), endUser: 'u2' });
      expect(shop.only().status).toBe('processing');
      expect(shop.reasons()).toEqual([reason]);
      expect(shop.types).toEqual(['payout.processing', 'payout.held']);
    }
    // An incoming payment that is not completed gets no hold: its amount and its end user may still change.
    const incoming = shopWithOrder({}, { amounts: [{ currency: 'EUR', exact: '1' }], endUser: 'u1' });
    incoming.receive({ ...normalizedOf([own('processing')]), endUser: 'u2' });
    expect(incoming.reasons()).toEqual([]);
    // A payout without an order gets no hold: the order may still be registered.
    const unknown = new Shop();
    unknown.receive(normalizedOf([own('processing', 'payout')]));
    expect(unknown.reasons()).toEqual([]);
  });

  it('a completed payout of another amount sends payout.paid and payout.held', () => {
    const shop = shopWithOrder({}, { kind: 'payout' });
    shop.receive(normalizedOf([own('completed', 'payout'), sum('credit', '1', '99')]));
    expect(shop.reasons()).toEqual(['amount_differs']);
    expect(shop.types).toEqual(['payout.paid', 'payout.held']);
  });

  it('another end user is held with end_user_differs when both end users are known', () => {
    const shop = shopWithOrder({}, { endUser: 'u1' });
    shop.receive(paid());
    expect(shop.reasons()).toEqual([]);
    const other = shopWithOrder({}, { endUser: 'u1' });
    other.receive({ ...paid(), endUser: 'U1' });
    expect(other.reasons()).toEqual(['end_user_differs']);
  });

  it('two end users in one payment are held with end_user_differs, whatever their order of arrival', () => {
    const [a, b] = [normalizedOf([own('processing')], { endUser: 'u1' }), { ...paid(), endUser: 'u2' }];
    for (const messages of [[a, b] as const, [b, a] as const]) {
      const shop = shopWithOrder({}, { endUser: 'u1' });
      for (const normalized of messages) shop.receive(normalized);
      expect(shop.reasons()).toEqual(['end_user_differs']);
      expect(shop.effects.at(-1)?.event.endUser).toBeUndefined();
    }
  });

  it('end users are compared without case for paymentwall, and with case for trustly-americas', () => {
    const shop = shopWithOrder({}, { endUser: 'JohnDoe' });
    const seen = { ...paid(), endUser: 'johndoe' };
    const reasons = (provider: 'paymentwall' | 'trustly-americas', endUser: string) =>
      transition(
        { payment: undefined, order: shop.order() },
        { type: 'normalized', normalized: { ...seen, endUser }, conflict: false },
        {
          ...{ policy: POLICY, read: readSynthetic, at: AT, key: { ...KEY, provider }, cause: 'test' },
          rules: providers[provider].rules,
        },
      ).payment.holds.map(({ reason }) => reason);
    expect(reasons('paymentwall', 'johndoe')).toEqual([]);
    expect(reasons('paymentwall', 'janedoe')).toEqual(['end_user_differs']);
    expect(reasons('trustly-americas', 'johndoe')).toEqual(['end_user_differs']);
  });

  it('a payment at the time of validUntil is not held', () => {
    const shop = shopWithOrder({}, { validUntil: AT });
    shop.receive(paid(), AT);
    expect(shop.reasons()).toEqual([]);
  });

  it('a payment after validUntil is held with order_expired, unless its first message came before validUntil', () => {
    const late = shopWithOrder({}, { validUntil: '2026-03-02T00:00:00Z' });
    late.receive(paid(), LATER);
    expect(late.reasons()).toEqual(['order_expired']);
    const inTime = shopWithOrder({}, { validUntil: '2026-03-02T00:00:00Z' });
    inTime.receive(paid(), LATER);
    inTime.receive(normalizedOf([own('processing')]), AT);
    expect(inTime.reasons()).toEqual([]);
    expect(inTime.only()).toMatchObject({ firstSeenAt: AT, updatedAt: LATER, grant: { state: 'granted' } });
  });
});

describe('payouts of a closed order', () => {
  it('a payout is held with order_closed only when its first message came after the close', () => {
    const closedAt = '2026-03-01T12:00:00.000Z';
    for (const [firstAt, held] of [
      ['2026-03-01T11:00:00.000Z', []],
      ['2026-03-01T13:00:00.000Z', ['order_closed']],
    ] as const) {
      const shop = shopWithOrder({}, { kind: 'payout' });
      const before = firstAt < closedAt;
      const payoutMessage = (code: string) => normalizedOf([own('payout', code)]);
      if (before) shop.receive(payoutMessage('processing'), firstAt);
      shop.orders.set('order-1', { ...shop.order(), closedAt });
      shop.receive(payoutMessage('completed'), before ? '2026-03-01T14:00:00.000Z' : firstAt);
      expect(shop.reasons(), firstAt).toEqual(held);
    }
  });
});

describe('payouts of an order whose close was requested before their first message', () => {
  const [CLOSE_REQUESTED, FIRST_AT] = ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:05.000Z'];
  const payoutMessage = (code: string) => normalizedOf([own('payout', code)]);
  const shopOf = () => shopWithOrder({}, { kind: 'payout' });
  const close = (shop: ReturnType<typeof shopOf>, closedAt = CLOSE_REQUESTED) =>
    shop.orders.set('order-1', { ...shop.order(), closedAt });
  const reopen = (shop: ReturnType<typeof shopOf>) => {
    const { closedAt: _, ...open } = shop.order();
    shop.orders.set('order-1', open);
  };

  it.each(['authorized', 'processing', 'completed'])(
    'a payout whose first message (%s) was decided before the close was written is not held',
    (code) => {
      const shop = shopOf();
      shop.receive(payoutMessage(code), FIRST_AT);
      expect(shop.only().sentUnder).toBe('order-1');
      close(shop);
      shop.reevaluate(shop.only());
      expect(shop.reasons()).toEqual([]);
      shop.receive(payoutMessage('completed'), LATER);
      expect(shop.reasons()).toEqual([]);
    },
  );

  it('a payout whose first message was decided after the close was written is held with order_closed', () => {
    const shop = shopOf();
    close(shop);
    shop.receive(payoutMessage('processing'), FIRST_AT);
    shop.receive(payoutMessage('completed'), LATER);
    shop.reevaluate(shop.only());
    expect(shop.reasons()).toEqual(['order_closed']);
    expect(shop.only().sentUnder).toBeUndefined();
  });

  it('a payout that a reopen freed is not held by a second close', () => {
    const shop = shopOf();
    close(shop);
    shop.receive(payoutMessage('processing'), FIRST_AT);
    reopen(shop);
    shop.reevaluate(shop.only());
    expect(shop.reasons()).toEqual([]);
    close(shop, LATER);
    shop.reevaluate(shop.only());
    expect(shop.reasons()).toEqual([]);
  });

  it('a payout that was decided under another order is held with order_closed', () => {
    const shop = shopOf();
    shop.receive(payoutMessage('processing'), FIRST_AT);
    shop.orders.set('order-1', { ...shop.order(), reference: 'order-2', closedAt: CLOSE_REQUESTED });
    shop.reevaluate(shop.only());
    expect(shop.reasons()).toEqual(['order_closed']);
  });

  it('a payment whose first message names no direction is held with order_closed after a close', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([own('processing')]), FIRST_AT);
    expect(shop.only().sentUnder).toBeUndefined();
    close(shop);
    shop.receive(paid(), LATER);
    expect(shop.reasons()).toEqual(['order_closed']);
  });
});

describe('a second payment for a claimed order', () => {
  it('a second payment is held with order_already_paid and announced as payment.duplicate', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    const second = shop.payment(paymentKey({ ...KEY, id: '701' }));
    expect(shop.reasons(second)).toEqual(['order_already_paid']);
    expect(second.grant.state).toBe('none');
    expect(shop.types.slice(2)).toEqual(['payment.duplicate']);
    expect(shop.order().paidBy).toBe('trustly-americas:shop:700');
  });

  it('payment.duplicate is announced once, also when the amount becomes known later', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([own('completed')], {}, '701'));
    const before = shop.types.length;
    shop.receive(paid('100', '701'));
    expect(shop.types.filter((type) => type === 'payment.duplicate')).toHaveLength(1);
    expect(shop.types.slice(before)).toEqual(['payment.held']);
    expect(shop.effects.at(-1)?.event).toMatchObject({
      ...{ holds: ['order_already_paid'], moved: [{ amount: '100.00', currency: 'EUR' }] },
    });
  });

  const second = (shop: Shop) => shop.payment(paymentKey({ ...KEY, id: '701' }));
  /** Each way in which the claimant loses its goods, and the status that it then has. */
  const LOST: readonly (readonly [string, string, (shop: Shop) => void])[] = [
    ['reversed', 'reversed', (shop) => shop.receive(reversed)],
    ['refunded', 'refunded', (shop) => shop.receive(normalizedOf([sum('refund', 'r1', '100')]))],
    [
      'rejected',
      'paid',
      (shop) => {
        shop.receive(normalizedOf([own('failed')]));
        shop.decide(shop.hold('contradictory_evidence'), 'reject');
      },
    ],
  ];

  it('a second payment after the claimant’s reversal is held with order_payment_reversed: payment.held', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(reversed);
    shop.receive(paid('100', '701'));
    expect(shop.reasons(second(shop))).toEqual(['order_payment_reversed']);
    const announced = shop.effects.filter(({ payment }) => payment === second(shop).key);
    expect(announced.map(({ type }) => type)).toEqual(['payment.held']);
    expect(announced[0]?.event.order).toEqual({
      reference: 'order-1',
      state: 'open',
      paidBy: { payment: 'trustly-americas:shop:700', status: 'reversed' },
    });
    shop.decide(shop.hold('order_payment_reversed', second(shop)), 'release', second(shop));
    expect(second(shop).grant).toEqual({ epoch: 1, state: 'granted' });
    expect(shop.order()).toMatchObject({ paidBy: second(shop).key, paidBefore: [shop.only().key] });
    expect(shop.effects.at(-1)?.event.order).toEqual({
      reference: 'order-1',
      state: 'claimed',
      paidBy: { payment: second(shop).key, status: 'paid' },
    });
  });

  it.each(LOST)(
    'a second payment is granted after the claimant is %s when the policy has paidAgain grant',
    (_, status, lose) => {
      const shop = shopWithOrder({ paidAgain: 'grant' });
      shop.receive(paid());
      lose(shop);
      expect(shop.only()).toMatchObject({ status, grant: { state: 'revoked' } });
      shop.receive(paid('100', '701'));
      expect(second(shop)).toMatchObject({ holds: [], grant: { epoch: 1, state: 'granted' } });
      expect(shop.order().paidBy).toBe(second(shop).key);
    },
  );

  it('a second payment is held with order_already_paid beside granted goods, also when paidAgain is grant', () => {
    const standing = shopWithOrder({ paidAgain: 'grant' });
    standing.receive(paid());
    standing.receive(paid('100', '701'));
    expect(standing.reasons(second(standing))).toEqual(['order_already_paid']);
  });

  it.each(LOST)(
    'the hold order_already_paid becomes order_payment_reversed when the claimant is %s: payment.held',
    (_, status, lose) => {
      const shop = shopWithOrder();
      shop.receive(paid());
      shop.receive(paid('100', '701'));
      lose(shop);
      expect(shop.reasons(second(shop))).toEqual(['order_payment_reversed']);
      expect(shop.effects.at(-1)).toMatchObject({ type: 'payment.held', payment: second(shop).key });
      expect(shop.effects.at(-1)?.event.order?.paidBy?.status).toBe(status);
    },
  );

  it('a second payment is held with order_already_paid again when the first is granted again: payment.duplicate', () => {
    const shop = shopWithOrder({ regrant: true });
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    shop.receive(reversed);
    shop.receive(normalizedOf([event('represent', '1')]));
    expect(shop.only().grant).toEqual({ epoch: 2, state: 'granted' });
    expect(shop.reasons(second(shop))).toEqual(['order_already_paid']);
    expect(shop.effects.at(-1)).toMatchObject({ type: 'payment.duplicate', payment: second(shop).key });
  });

  it('a third payment stays order_already_paid when the claim returns to a payment that was never revoked', () => {
    const shop = shopWithOrder();
    const third = () => shop.payment(paymentKey({ ...KEY, id: '702' }));
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    shop.receive(paid('100', '702'));
    // The second payment is released and then reversed. The first payment still has its goods.
    shop.decide(shop.hold('order_already_paid', second(shop)), 'release', second(shop));
    expect(shop.order().paidBy).toBe(second(shop).key);
    shop.receive(normalizedOf([event('reverse', '1')], {}, '701'));
    expect(shop.order().paidBy).toBe(shop.only().key);
    expect(shop.order().paidBefore).toBeUndefined();
    expect(shop.reasons(third())).toEqual(['order_already_paid']);
    const lost = shop.effects.find(({ type }) => type === 'payment.reversed')?.event;
    expect(lost?.order).toMatchObject({
      state: 'claimed',
      paidBy: { payment: shop.only().key, status: 'paid' },
    });
    expect(shop.misstated).toEqual([]);
  });

  it('a third payment is held with order_already_paid beside granted goods, also when paidAgain is grant', () => {
    const shop = shopWithOrder({ paidAgain: 'grant' });
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    shop.decide(shop.hold('order_already_paid', second(shop)), 'release', second(shop));
    shop.receive(normalizedOf([event('reverse', '1')], {}, '701'));
    shop.receive(paid('100', '702'));
    const third = shop.payment(paymentKey({ ...KEY, id: '702' }));
    expect(third).toMatchObject({ grant: { state: 'none' }, holds: [{ reason: 'order_already_paid' }] });
    // When the first payment is reversed as well, the third payment is granted.
    shop.receive(reversed);
    expect(shop.payment(third.key).grant.state).toBe('granted');
  });

  it('a second payment granted by unknownOrder trust takes the order when the claimant is reversed', () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    shop.register();
    expect(shop.reasons(second(shop))).toEqual(['order_already_paid']);
    shop.receive(reversed);
    expect(second(shop)).toMatchObject({ holds: [], grant: { epoch: 1, state: 'granted' } });
    expect(shop.order()).toMatchObject({ paidBy: second(shop).key, paidBefore: [shop.only().key] });
  });

  it('the claim passes to the released payment with granted goods after more than 20 revoked claimants', () => {
    const shop = shopWithOrder({ paidAgain: 'grant' });
    for (let id = 100; id <= 120; id++) {
      shop.receive(paid('100', `${id}`));
      shop.receive(normalizedOf([event('reverse', '1')], {}, `${id}`));
    }
    const kept = ({ paidBefore = [] }: ReturnType<typeof shop.order>) => paidBefore;
    expect(kept(shop.order())).toHaveLength(20);
    shop.receive(paid('100', '950'));
    shop.receive(paid('100', '960'));
    const of = (id: string) => shop.payment(paymentKey({ ...KEY, id }));
    shop.decide(shop.hold('order_already_paid', of('960')), 'release', of('960'));
    expect(shop.order().paidBy).toBe(of('960').key);
    shop.receive(normalizedOf([event('reverse', '1')], {}, '960'));
    expect(shop.order().paidBy).toBe(of('950').key);
    shop.receive(paid('100', '970'));
    expect(of('970')).toMatchObject({ grant: { state: 'none' }, holds: [{ reason: 'order_already_paid' }] });
  });

  it('an order lists at most 5 contenders', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    for (const id of ['701', '702', '703', '704', '705', '706']) shop.receive(paid('100', id));
    expect(shop.order().contenders).toHaveLength(5);
  });

  it('a second payment of a recurring order is granted, and no payment claims the order', () => {
    const shop = shopWithOrder({}, { use: 'recurring' });
    shop.receive(paid());
    shop.receive(paid('100', '701'));
    expect(shop.types.filter((type) => type === 'fulfil')).toHaveLength(2);
    expect(shop.order()).toMatchObject({ version: 1 });
    expect(shop.order().paidBy).toBeUndefined();
  });
});

describe('the order in an event about another payment', () => {
  it.each([
    ['denied', 'payment.denied'],
    ['failed', 'payment.failed'],
    ['expired', 'payment.expired'],
    ['canceled', 'payment.canceled'],
    ['voided', 'payment.voided'],
    ['processing', 'payment.processing'],
  ])('a late %s event says that the order is claimed, and by which payment', (code, type) => {
    const shop = shopWithOrder();
    shop.receive(paid('100', '701'));
    shop.receive(normalizedOf([own(code)]));
    const announced = shop.effects.at(-1);
    expect(announced).toMatchObject({ type, payment: 'trustly-americas:shop:700' });
    expect(announced?.event.order).toEqual({
      reference: 'order-1',
      state: 'claimed',
      paidBy: { payment: 'trustly-americas:shop:701', status: 'paid' },
    });
  });

  it('an event says that an unpaid order is open, and has no order when none is known', () => {
    const shop = shopWithOrder();
    shop.receive(normalizedOf([own('denied')]));
    expect(shop.effects.at(-1)?.event.order).toEqual({ reference: 'order-1', state: 'open' });
    const without = new Shop();
    without.receive(normalizedOf([own('denied')]));
    expect(without.effects.at(-1)?.event).not.toHaveProperty('order');
  });

  it('an event says that an order with fulfilled external is claimed', () => {
    const shop = shopWithOrder({}, { fulfilled: 'external' });
    shop.receive(normalizedOf([own('denied')]));
    expect(shop.effects.at(-1)?.event.order).toEqual({ reference: 'order-1', state: 'claimed' });
  });
});

describe('test traffic and test users', () => {
  const test = (endUser?: string): NormalizedEvent => ({
    ...paid(),
    test: true,
    ...(endUser === undefined ? {} : { endUser }),
  });

  it('test traffic is held with test_traffic_in_live in live, and granted in sandbox', () => {
    const live = shopWithOrder();
    live.receive(test());
    expect(live.reasons()).toEqual(['test_traffic_in_live']);
    const sandbox = shopWithOrder({ environment: 'sandbox' });
    sandbox.receive(test());
    expect(sandbox.only().grant.state).toBe('granted');
    expect(sandbox.effects[0]?.event).toMatchObject({ test: true, environment: 'sandbox' });
  });

  it.each([
    ['from a test user before its until', 'reviewer', '2026-03-02T00:00:00Z', []],
    ['from a test user at its until', 'reviewer', AT, []],
    ['from a test user on the day of a plain until date', 'reviewer', '2026-03-01', []],
    ['from a test user after its until', 'reviewer', '2026-02-28', ['test_traffic_in_live']],
    ['from a user that is no test user', 'someone', '2026-04-01', ['test_traffic_in_live']],
    ['without an end user', undefined, '2026-04-01', ['test_traffic_in_live']],
    ['from a test user with an invalid until', 'reviewer', 'soon', ['test_traffic_in_live']],
  ] as const)(
    'test traffic in live %s is granted or held with test_traffic_in_live',
    (_name, endUser, until, reasons) => {
      const shop = shopWithOrder({
        testUsers: [
          { endUser: 'reviewer', until },
          { endUser: 'other', until: '2027-01-01' },
        ],
      });
      shop.receive(test(endUser));
      expect(shop.reasons()).toEqual(reasons);
    },
  );

  it('test traffic of a test user and another user is held with test_traffic_in_live', () => {
    const shop = shopWithOrder({ testUsers: [{ endUser: 'reviewer', until: '2026-04-01' }] });
    shop.receive(normalizedOf([own('processing')], { endUser: 'someone' }));
    shop.receive(test('reviewer'));
    expect(shop.reasons()).toEqual(['test_traffic_in_live']);
  });
});

describe('contradictory and incomplete evidence', () => {
  const failedToo = normalizedOf([own('failed')]);

  it('a failed and completed payment is held with contradictory_evidence', () => {
    const shop = shopWithOrder();
    shop.receive(failedToo);
    shop.receive(paid());
    expect(shop.reasons()).toEqual(['contradictory_evidence']);
    expect(shop.types).toEqual(['payment.failed', 'payment.held']);
  });

  it('contradictory evidence after the grant sends payment.at_risk and revokes nothing', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(failedToo);
    expect(shop.types.slice(2)).toEqual(['payment.at_risk']);
    expect(shop.only().grant.state).toBe('granted');
  });

  it('a review after the grant sends payment.at_risk', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([event('review', '1')]));
    expect(shop.types.slice(2)).toEqual(['payment.at_risk']);
  });

  it('a payment with more than MAX_FACT_ENTRIES entries is held with too_many_entries and cannot be released', () => {
    const shop = shopWithOrder();
    const many = Array.from({ length: MAX_FACT_ENTRIES + 1 }, (_, id) => event('say', `a${id}#x`));
    shop.receive(normalizedOf(many));
    shop.receive(paid());
    expect(shop.reasons()).toEqual(['too_many_entries']);
    expect(() => shop.decide(shop.hold('too_many_entries'), 'release')).toThrow('evidence is incomplete');
    expect(shop.only().grant.state).toBe('none');
  });
});

describe('the digest of a contradictory_evidence hold', () => {
  const doubting =
    (...evidence: readonly (readonly string[])[]): ReadFacts =>
    (facts, context) => ({
      ...readSynthetic(facts, context),
      doubts: evidence.map((keys) => ({ reason: 'contradictory_evidence', evidence: keys })),
    });
  const holdsOf = (read: ReadFacts, normalized: NormalizedEvent = paid()) =>
    transition(
      { payment: undefined, order: undefined },
      { type: 'normalized', normalized, conflict: false },
      { policy: { ...POLICY, unknownOrder: 'trust' }, read, rules: RULES, at: AT, key: KEY, cause: 'test' },
    ).payment.holds;

  it('the digest of a hold does not depend on the order or the repetition of the evidence', () => {
    const [plain] = holdsOf(doubting(['credit/c700', 'own/x']));
    expect(holdsOf(doubting(['own/x', 'credit/c700', 'own/x']))).toEqual([plain]);
    expect(holdsOf(doubting(['own/x', 'credit/c700'], ['credit/c700', 'own/x']))).toEqual([plain]);
  });

  it('the digest of a hold changes with the content of its evidence, not with other facts', () => {
    const read = doubting(['own/x']);
    const more = normalizedOf([own('completed', 'processing'), sum('credit', 'c700', '100')]);
    const beside = normalizedOf([own('completed'), sum('credit', 'c700', '90')]);
    expect(holdsOf(read, more)).not.toEqual(holdsOf(read));
    expect(holdsOf(read, beside)).toEqual(holdsOf(read));
    expect(holdsOf(doubting(['credit/c700']), beside)).not.toEqual(holdsOf(doubting(['credit/c700'])));
  });

  it('the digest of a hold changes when missing evidence arrives', () => {
    const read = doubting(['credit/c700']);
    const absent = holdsOf(read, completed);
    expect(absent).toHaveLength(1);
    expect(holdsOf(read, normalizedOf([own('completed'), { kind: 'credit', id: 'c700' }]))).toEqual(absent);
    expect(holdsOf(read)).not.toEqual(absent);
  });

  it('holds of the same reason are sorted by their digests', () => {
    const three = [['own/x'], ['credit/c700'], ['own/x', 'credit/c700']];
    const sorted = holdsOf(doubting(...three));
    expect(sorted.map(({ digest }) => digest)).toEqual([...sorted.map(({ digest }) => digest)].sort());
    expect(holdsOf(doubting(...three.toReversed()))).toEqual(sorted);
  });
});

describe('a conflicting duplicate', () => {
  const first = normalizedOf([own('processing')]);
  const forged: NormalizedEvent = { ...paid(), key: first.key, material: { other: 'content' } };

  it('a conflicting duplicate is not applied, and the payment is held with conflicting_duplicate', () => {
    const shop = shopWithOrder();
    shop.receive(first);
    const made = shop.receive(forged);
    expect(made?.outcome).toBe('conflict');
    expect(shop.only().facts).toEqual(first.facts);
    expect(shop.only().conflicts).toEqual([expect.stringMatching(/#[0-9a-f]{16}$/)]);
    expect(shop.reasons()).toEqual(['conflicting_duplicate']);
    shop.receive(paid());
    expect(shop.only().grant.state).toBe('none');
  });

  it('a duplicate with equal material fields and other details is absorbed', () => {
    const shop = shopWithOrder();
    shop.receive(first);
    expect(shop.receive({ ...first, details: { reason: 'other words' } })).toBeUndefined();
    expect(shop.only().version).toBe(1);
  });

  it('a conflicting duplicate after the grant sends payment.at_risk', () => {
    const shop = shopWithOrder();
    shop.receive(first);
    shop.receive(paid());
    shop.receive(forged);
    expect(shop.types.at(-1)).toBe('payment.at_risk');
  });

  it('a release of conflicting_duplicate covers the present copies, not a later copy', () => {
    const shop = shopWithOrder();
    shop.receive(first);
    shop.receive(forged);
    shop.receive(paid());
    shop.decide(shop.hold('conflicting_duplicate'), 'release');
    expect(shop.only().grant.state).toBe('granted');
    shop.receive({ ...forged, material: { yet: 'another' } });
    expect(shop.reasons()).toEqual(['conflicting_duplicate']);
  });

  it('a payment keeps 20 conflicting duplicates, and with more it cannot be released: evidence is incomplete', () => {
    const shop = shopWithOrder();
    shop.receive(first);
    for (let copy = 0; copy < 25; copy++) shop.receive({ ...forged, material: { copy: `${copy}` } });
    expect(shop.only().conflicts).toHaveLength(20);
    expect(() => shop.decide(shop.hold('conflicting_duplicate'), 'release')).toThrow(
      'evidence is incomplete',
    );
  });
});

describe('operator decisions', () => {
  it('a release grants and is kept with by, note and time', () => {
    const shop = shopWithOrder();
    shop.receive(paid('60'));
    const made = shop.decide(shop.hold('amount_differs'), 'release');
    expect(made.outcome).toBe('applied');
    expect(shop.only().holds).toEqual([]);
    expect(shop.only().decisions).toEqual([
      expect.objectContaining({
        reason: 'amount_differs',
        verdict: 'release',
        by: 'operator',
        note: 'seen',
        at: AT,
      }),
    ]);
    expect(shop.types).toEqual(['payment.held', 'payment.paid', 'fulfil']);
  });

  it('a release is refused when the evidence has changed since', () => {
    const shop = shopWithOrder();
    shop.receive(paid('60'));
    const seen = shop.hold('amount_differs');
    shop.receive(normalizedOf([sum('credit', 'more', '10')]));
    expect(() => shop.decide(seen, 'release')).toThrow(DecisionError);
    expect(() => shop.decide(seen, 'release')).toThrow(
      `hold amount_differs is not what was decided on: its digest is now ${shop.hold('amount_differs').digest}`,
    );
  });

  it('a release covers only the hold of its own reason', () => {
    const shop = shopWithOrder({}, { endUser: 'u1' });
    shop.receive({ ...paid('60'), endUser: 'u2' });
    expect(shop.reasons()).toEqual(['amount_differs', 'end_user_differs']);
    shop.decide(shop.hold('amount_differs'), 'release');
    expect(shop.reasons()).toEqual(['end_user_differs']);
    expect(shop.only().grant.state).toBe('none');
    const digest = shop.hold('end_user_differs').digest;
    expect(() => shop.decide({ reason: 'order_expired', digest }, 'release')).toThrow('it is gone');
  });

  it('a repeated decision changes nothing; the opposite decision is refused', () => {
    const shop = shopWithOrder();
    shop.receive(paid('60'));
    const hold = shop.hold('amount_differs');
    shop.decide(hold, 'release');
    const before = shop.only();
    const again = shop.decide(hold, 'release');
    expect(again).toMatchObject({ outcome: 'recorded', effects: [], waitsFor: [] });
    expect(again.payment).toBe(before);
    expect(() => shop.decide(hold, 'reject')).toThrow('already answered with release');
  });

  it('a reject sends payment.rejected with the net sum and is final', () => {
    const shop = new Shop();
    shop.receive(paid());
    shop.decide(shop.hold('unknown_order'), 'reject');
    expect(shop.types).toEqual(['payment.held', 'payment.rejected']);
    expect(shop.effects[1]?.event.net).toEqual([{ amount: '100.00', currency: 'EUR' }]);
    shop.register();
    shop.receive(normalizedOf([own('completed', 'late')]));
    expect(shop.only()).toMatchObject({ holds: [], grant: { state: 'none' } });
    expect(shop.types).toEqual(['payment.held', 'payment.rejected']);
  });

  it('a reject of contradictory_evidence after the grant sends payment.rejected and revoke', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive(normalizedOf([own('failed')]));
    shop.decide(shop.hold('contradictory_evidence'), 'reject');
    expect(shop.types.slice(2)).toEqual(['payment.at_risk', 'payment.rejected', 'revoke']);
    expect(shop.reasons(), 'final: no hold is left').toEqual([]);
  });

  it('a payment takes at most MAX_DECISIONS operator decisions', () => {
    const shop = shopWithOrder();
    shop.receive(paid('0.01'));
    for (let more = 0; more < MAX_DECISIONS; more++) {
      shop.decide(shop.hold('amount_differs'), 'release');
      shop.receive(normalizedOf([sum('credit', `more${more}`, '0.01')]));
    }
    expect(() => shop.decide(shop.hold('amount_differs'), 'release')).toThrow(
      'the most one payment can store',
    );
  });

  it('a release is refused after another hold of the payment was rejected: final', () => {
    const shop = new Shop();
    shop.register({ endUser: 'u1' });
    shop.receive(normalizedOf([own('completed'), sum('credit', '1', '90')], { endUser: 'u2' }));
    const [amount, user] = [shop.hold('amount_differs'), shop.hold('end_user_differs')];
    shop.decide(amount, 'reject');
    expect(() => shop.decide(user, 'release')).toThrow('it was rejected, which is final');
    expect(shop.only().decisions).toHaveLength(1);
    // The same reject again and a second reject change nothing.
    expect(shop.decide(amount, 'reject').effects).toEqual([]);
    expect(shop.decide(user, 'reject').effects).toEqual([]);
  });

  it('decide and reevaluate throw when there is no payment', () => {
    const context = { policy: POLICY, read: readSynthetic, rules: RULES, at: AT, key: KEY, cause: 'test' };
    const nothing = { payment: undefined, order: undefined };
    expect(() => transition(nothing, { type: 'reevaluate', cause: 'test' }, context)).toThrow(
      'reevaluate: there is no payment trustly-americas:shop:700',
    );
    const decision = { reason: 'regrant', digest: '', verdict: 'release', by: '', note: '', at: AT } as const;
    expect(() => transition(nothing, { type: 'decide', decision }, context)).toThrow(
      'decide: there is no payment',
    );
  });
});

describe('mode observe and imports', () => {
  it('mode observe keeps status, grant and claim, and sends no effect', () => {
    const shop = shopWithOrder({ mode: 'observe' });
    shop.receive(paid());
    expect(shop.only()).toMatchObject({
      status: 'paid',
      sequence: 0,
      grant: { epoch: 1, state: 'granted', observed: true },
    });
    expect(shop.order().paidBy).toBe(shop.only().key);
    shop.receive(reversed);
    expect(shop.only().grant.state).toBe('revoked');
    expect(shop.effects).toEqual([]);
  });

  it('a payment granted in mode observe is neither fulfilled nor revoked in mode act', () => {
    const shop = shopWithOrder({ mode: 'observe' });
    shop.receive(paid());
    shop.policy = { ...shop.policy, mode: 'act' };
    shop.receive(normalizedOf([own('completed', 'late')]));
    expect(shop.effects).toEqual([]);
    shop.receive(reversed);
    expect(shop.types).toEqual(['payment.reversed']);
  });

  it('a payment that is completed after mode observe is fulfilled', () => {
    const shop = shopWithOrder({ mode: 'observe' });
    shop.receive(normalizedOf([own('processing')]));
    shop.policy = { ...shop.policy, mode: 'act' };
    shop.receive(paid());
    expect(shop.types).toEqual(['payment.paid', 'fulfil']);
  });

  it('a fulfil that was sent before mode observe is revoked in the next mode act', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.policy = { ...shop.policy, mode: 'observe' };
    shop.receive(reversed);
    expect(shop.only().grant.state).toBe('granted');
    shop.policy = { ...shop.policy, mode: 'act' };
    shop.reevaluate(shop.only());
    expect(shop.types.at(-1)).toBe('revoke');
  });

  it('an imported payment is granted as observed and sends no effect', () => {
    const shop = shopWithOrder();
    shop.receive({ ...paid(), source: 'import' });
    expect(shop.only().grant).toEqual({ epoch: 1, state: 'granted', observed: true });
    expect(shop.effects).toEqual([]);
  });

  it('an import of a reversal after a fulfil sends revoke', () => {
    const shop = shopWithOrder();
    shop.receive(paid());
    shop.receive({ ...reversed, source: 'import' });
    expect(shop.types).toEqual(['payment.paid', 'fulfil', 'revoke']);
  });
});

describe('announcements of the evidence', () => {
  it('each announcement is sent once, and a suffix #1 or #2 makes a repeated announcement another', () => {
    const shop = new Shop();
    const say = (...ids: string[]) => normalizedOf(ids.map((id) => event('say', id)));
    shop.receive(say('account.received'));
    shop.receive(say('account.received', 'subscription.renewed#1'));
    shop.receive(say('subscription.renewed#2'));
    expect(shop.types).toEqual(['account.received', 'subscription.renewed', 'subscription.renewed']);
  });
});

describe('aliases and details that a payment keeps', () => {
  it('a payment keeps at most 5 aliases, the most specific ones, its own id always', () => {
    const shop = new Shop();
    const many: Alias[] = Array.from({ length: 9 }, (_, n) => ({ type: 'reference', value: `r${n}` }));
    shop.receive(normalizedOf([own('processing')], { aliases: many }));
    expect(shop.only().aliases).toHaveLength(5);
    expect(shop.only().aliases[0]).toEqual({ type: 'id', value: '700' });
  });

  it('codes and reasons are in the event of their message only, goods in every event', () => {
    const shop = shopWithOrder();
    shop.receive(
      normalizedOf([own('processing')], { details: { goods: ['gold'], code: 'AC1', reason: 'slow' } }),
    );
    const precedence = { side: 'for', rank: 0, describes: 'all' } as const;
    shop.receive({ ...paid(), details: { code: 'AC2' }, precedence });
    shop.receive(normalizedOf([own('processing', 'again')], { details: { goods: ['silver'] } }));
    expect(shop.only().details).toEqual({ goods: ['gold'] });
    expect(shop.effects.at(-1)?.event.details).toEqual({ goods: ['gold'], code: 'AC2' });
  });
});

describe('the details of a payment', () => {
  it('a payment keeps the lasting details; the event has the codes and reasons too', () => {
    const shop = new Shop();
    const lasting = {
      goods: ['gold'],
      coins: '5',
      subscription: { length: '1', period: 'month' },
      paymentType: '2',
      transactionType: '3',
      parentId: '9',
    };
    const passing = { eventType: 'Deny', code: 'AC', reason: 'r', reasonCode: 'c', shopperMessage: 'm' };
    shop.receive(
      normalizedOf([own('denied')], { details: { ...lasting, ...passing, suggestedRetryAmount: '5' } }),
    );
    expect(shop.only().details).toEqual(lasting);
    expect(shop.effects[0]?.event.details).toEqual({ ...lasting, ...passing, suggestedRetryAmount: '5' });
  });
});

describe('the catalogue of events', () => {
  it('each event type of the catalogue has a sentence', () => {
    for (const [type, text] of Object.entries(EVENT_TYPES)) {
      expect(type).toMatch(/^(fulfil|revoke|(payment|refund|payout|authorization)\.[a-z_]+)$/);
      expect(text).toMatch(/^[A-Z].*\.$/s);
    }
  });
});
