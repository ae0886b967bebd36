/** One notice for each refund, with its known id and amount, for every kind of message and every order of arrival. */
import { describe, expect, it } from 'vitest';
import { type Money, type NormalizedEvent, type Payment, transition } from '../../shared/payment/index.ts';
import {
  failedRefunds,
  type RefundChanges,
  refundChanges,
  refundNotices,
  refundStatusNotice,
  returnNotice,
  withAnnounceableRefunds,
} from '../../shared/payment/refund-notices.ts';
import type { RefundSeen } from '../../shared/payment/types.ts';
import { child, own } from '../providers/trustly-americas/support.ts';
import {
  AMERICAS,
  americas,
  EUROPE,
  europe,
  goodsPingback,
  PAYMENTWALL,
  paymentStatus,
  permutations,
  Road,
  type Setting,
  transaction,
} from './messages.ts';

const part = (id: string, amount: string) =>
  goodsPingback({ type: '220', merchant_refund_id: id, refund_amount: amount });
const money = (notificationid: string, amount: string) => ({ notificationid, amount, currency: 'EUR' });
const apiAnswer = (fields: Readonly<Record<string, unknown>>) =>
  transaction({ transactionId: '500', transactionType: 3, status: 4, currency: 'EUR', ...fields });
const apiAnswerOfRefund = (id: string, amount: string) =>
  apiAnswer({ transactionId: id, originalTransactionId: '500', transactionType: 4, amount });

/** The messages, and the number of refunds. */
const CASES: readonly (readonly [string, Setting, readonly NormalizedEvent[], number])[] = [
  [
    'Paymentwall: three partial refunds and their purchase',
    PAYMENTWALL,
    [part('R1', '1'), part('R2', '2'), part('R3', '3'), goodsPingback({ type: '0' })],
    3,
  ],
  [
    'Paymentwall: one full refund, by its pingback and by Payment Status',
    PAYMENTWALL,
    [
      goodsPingback({ type: '2', reason: '9' }),
      paymentStatus({ amount: '9.99', currency: 'EUR', risk: 'approved', refunded: true }),
      goodsPingback({ type: '0' }),
    ],
    1,
  ],
  [
    'Paymentwall: a chargeback is no refund',
    PAYMENTWALL,
    [goodsPingback({ type: '2', reason: '1' }), goodsPingback({ type: '0' })],
    0,
  ],
  [
    'Trustly Americas: one refund, by its own events and by its parent’s',
    AMERICAS,
    [
      americas(own('Complete', '4')),
      americas(child('4', 'Process', '3')),
      americas(child('4', 'Complete', '4')),
      americas(own('Refund', '12')),
    ],
    1,
  ],
  [
    'Trustly Americas: one refund, by its events and the sums of the API',
    AMERICAS,
    [
      americas(own('Complete', '4')),
      americas(child('4', 'Complete', '4')),
      apiAnswer({ amount: '100.00', refunded: '30.00', recordVersion: 3 }),
      apiAnswerOfRefund('900', '30.00'),
    ],
    1,
  ],
  [
    'Trustly Americas: two refunds, one of them known only by the sums',
    AMERICAS,
    [
      americas(own('Complete', '4')),
      americas(child('4', 'Complete', '4')),
      apiAnswer({ amount: '100.00', refunded: '30.00', recordVersion: 3 }),
      apiAnswer({ amount: '100.00', refunded: '50.00', recordVersion: 4 }),
    ],
    2,
  ],
  [
    'Trustly Americas: three refunds and their payment',
    AMERICAS,
    [
      americas(child('4', 'Complete', '4', '901')),
      americas(child('4', 'Complete', '4', '902')),
      americas(child('4', 'Complete', '4', '903')),
      americas(own('Refund', '11')),
      americas(own('Complete', '4')),
    ],
    3,
  ],
  [
    'Trustly Europe: two refunds of equal amounts, each notified by two methods',
    EUROPE,
    [
      europe('credit', money('1', '100')),
      europe('payoutconfirmation', money('2', '40')),
      europe('debit', { ...money('3', '40'), refund: '1' }),
      europe('payoutconfirmation', money('4', '40')),
      europe('debit', { ...money('5', '40'), refund: '1' }),
    ],
    2,
  ],
  [
    'Trustly Europe: two refunds and their deposit',
    EUROPE,
    [
      europe('credit', money('1', '100')),
      europe('payoutconfirmation', money('2', '40')),
      europe('payoutconfirmation', money('3', '60')),
    ],
    2,
  ],
  [
    'Trustly Europe: a failed refund is no further refund',
    EUROPE,
    [
      europe('credit', money('1', '100')),
      europe('payoutconfirmation', money('2', '40')),
      europe('credit', money('3', '40')),
      europe('payoutfailed', money('4', '40')),
    ],
    1,
  ],
  [
    'Trustly Europe: one of two refunds of the whole sum fails',
    EUROPE,
    [
      europe('credit', money('1', '100')),
      europe('payoutconfirmation', money('2', '40')),
      europe('payoutconfirmation', money('3', '60')),
      europe('credit', money('4', '40')),
    ],
    2,
  ],
];

const roadsOf = (
  setting: Setting,
  messages: readonly NormalizedEvent[],
  core = transition,
): readonly Road[] =>
  permutations(messages).map((each) => new Road(setting, core).register().receive(...each));

describe('payment.refunded: one for each refund, in every order of arrival', () => {
  it.each(CASES)(
    'payment.refunded is sent once for each refund in every order of arrival: %s',
    (_name, setting, messages, refunds) => {
      const counts = roadsOf(setting, messages).map((road) => road.count('payment.refunded'));
      expect(new Set(counts)).toEqual(new Set([refunds]));
    },
  );

  /** The former rule: one notice for each message that changes the status or the sums. */
  const byChange: typeof transition = (world, input, context) => {
    const read: typeof context.read = (facts, about) => {
      const { refundsSeen: _, ...reading } = context.read(facts, about);
      return reading;
    };
    const made = transition(world, input, { ...context, read });
    return made;
  };

  it('control: a core that does not distinguish refunds is found by the histories of each provider', () => {
    // Two histories are missing: in each the sums show the refunds one after the other, so the former rule is enough.
    const isFound = ([, setting, messages, refunds]: (typeof CASES)[number]): boolean =>
      roadsOf(setting, messages, byChange).some((road) => road.count('payment.refunded') !== refunds);
    const several = CASES.filter(([, , , refunds]) => refunds > 1);
    expect(several.filter(isFound).map(([name]) => name)).toEqual([
      'Paymentwall: three partial refunds and their purchase',
      'Trustly Americas: two refunds, one of them known only by the sums',
      'Trustly Americas: three refunds and their payment',
      'Trustly Europe: one of two refunds of the whole sum fails',
    ]);
  });
});

describe('the refund that a notice names', () => {
  const refundsIn = (road: Road, type = 'payment.refunded') => road.events(type).map(({ refund }) => refund);

  it('Paymentwall: payment.refunded has merchant_refund_id and amount; payment.refund_updated adds the currency', () => {
    const road = new Road(PAYMENTWALL).register().receive(part('R1', '1'), part('R2', '2.5'));
    expect(refundsIn(road)).toEqual([
      { id: 'R1', amount: { amount: '1.00', currency: 'XXX' } },
      { id: 'R2', amount: { amount: '2.50', currency: 'XXX' } },
    ]);
    road.receive(paymentStatus({ amount: '9.99', currency: 'EUR', risk: 'approved' }));
    expect(refundsIn(road, 'payment.refund_updated')).toEqual([
      { id: 'R1', amount: { amount: '1.00', currency: 'EUR' } },
      { id: 'R2', amount: { amount: '2.50', currency: 'EUR' } },
    ]);
    expect(road.count('payment.refunded')).toBe(2);
  });

  it('Paymentwall: the amount of a full refund is the rest after earlier refunds', () => {
    const paid = paymentStatus({ amount: '9.99', currency: 'EUR', risk: 'approved' });
    const road = new Road(PAYMENTWALL).register().receive(paid, part('R1', '1'));
    road.receive(goodsPingback({ type: '2', reason: '9', merchant_refund_id: 'R2' }));
    expect(refundsIn(road)[1]).toEqual({ id: 'R2', amount: { amount: '8.99', currency: 'EUR' } });
  });

  it('Paymentwall: a refund without an id gets a digest as its id', () => {
    const road = new Road(PAYMENTWALL).register().receive(goodsPingback({ type: '2', reason: '10' }));
    expect(refundsIn(road)[0]?.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('Trustly Americas: payment.refund_updated adds the id of the child and later the amount of the API', () => {
    const road = new Road(AMERICAS)
      .register()
      .receive(americas(own('Complete', '4')), americas(own('Refund', '11')));
    expect(refundsIn(road)).toEqual([{}]);
    road.receive(americas(child('4', 'Complete', '4')));
    road.receive(apiAnswer({ amount: '100.00', refunded: '30.00', status: 11, recordVersion: 3 }));
    expect(refundsIn(road)).toHaveLength(1);
    expect(refundsIn(road, 'payment.refund_updated')).toEqual([
      { id: '900' },
      { id: '900', amount: { amount: '30.00', currency: 'EUR' } },
    ]);
  });

  it('Trustly Americas: a full refund after a refund notice sends payment.refund_updated and revoke', () => {
    const road = new Road(AMERICAS).register();
    road.receive(
      americas(own('Complete', '4')),
      americas(child('4', 'Complete', '4')),
      americas(own('Refund', '12')),
    );
    expect(road.effects.slice(2).map(({ type }) => type)).toEqual([
      ...['payment.refunded', 'payment.refund_updated', 'revoke'],
    ]);
    expect(road.events('payment.refund_updated')[0]?.status).toBe('refunded');
  });

  it('Trustly Europe: payment.refunded has the notification’s id and amount', () => {
    const road = new Road(EUROPE).register().receive(europe('credit', money('1', '100')));
    road.receive(europe('payoutconfirmation', money('2', '40')));
    expect(refundsIn(road)).toEqual([{ id: '2', amount: { amount: '40.00', currency: 'EUR' } }]);
  });

  it('Trustly Americas: a payout with two reclaims sends two payout.refunded', () => {
    const payout = (eventType: string, status: string) =>
      americas({ ...own(eventType, status), transactionType: '6' });
    const road = new Road({ ...AMERICAS, order: { kind: 'payout' } })
      .register()
      .receive(payout('Complete', '4'));
    road.receive(americas(child('7', 'Complete', '4', '901')), americas(child('7', 'Complete', '4', '902')));
    expect(refundsIn(road, 'payout.refunded')).toEqual([{ id: '901' }, { id: '902' }]);
  });
});

describe('a payment row of an older version', () => {
  it('a row without refundsSeen announces no known refund again, but announces the next refund', () => {
    const road = new Road(PAYMENTWALL).register().receive(goodsPingback({ type: '0' }), part('R1', '1'));
    if (road.payment === undefined) throw new Error('no payment');
    const { refundsSeen: _, ...reading } = road.payment.reading;
    road.payment = { ...road.payment, reading };
    expect(road.reevaluate().count('payment.refunded')).toBe(1);
    road.payment = { ...road.payment, reading };
    expect(road.receive(part('R2', '2')).count('payment.refunded')).toBe(2);
  });
});

const eur = (amount: string): Money => ({ amount, currency: 'EUR' });

describe('refundStatusNotice: a refund status without a known refund', () => {
  const payment = (status: Payment['status'], ...returned: readonly Money[]) =>
    ({ status, reading: { returned, refundsSeen: [] } }) as unknown as Payment;
  const noticeFrom = (before: Payment | undefined, after: Payment) =>
    refundStatusNotice(before, after, { fresh: [], updated: [] });

  it.each([
    ['refunded, when the payment is new', undefined, payment('refunded', eur('60')), 'refunded'],
    [
      'refunded, when more is returned than was announced',
      payment('awaiting_confirmation', eur('10')),
      payment('partially_refunded', eur('60')),
      'refunded',
    ],
    ['refunded, when no amount is named', payment('paid'), payment('refunded'), 'refunded'],
    [
      'refund_updated, when the returned sum is as announced',
      payment('awaiting_confirmation', eur('60')),
      payment('partially_refunded', eur('60')),
      'refund_updated',
    ],
    [
      'refund_updated, when less is returned than was announced',
      payment('awaiting_confirmation', eur('60')),
      payment('partially_refunded', eur('10')),
      'refund_updated',
    ],
    [
      'refund_updated, when nothing of the announced sum is returned',
      payment('awaiting_confirmation', eur('60')),
      payment('refunded'),
      'refund_updated',
    ],
  ])('refundStatusNotice returns %s', (_name, before, after, notice) => {
    expect(noticeFrom(before, after)).toBe(notice);
  });
});

const NONE: RefundChanges = { fresh: [], updated: [] };
const read = (reading: Partial<Payment['reading']>, status: Payment['status'] = 'partially_refunded') =>
  ({ status, reading: { returned: [], ...reading } }) as unknown as Payment;
const seen = (...refundsSeen: readonly RefundSeen[]) => read({ refundsSeen });
const keysOf = (refunds: readonly RefundSeen[] | undefined) => refunds?.map(({ key }) => key);
const numbered = (count: number, make: (name: string) => RefundSeen) =>
  Array.from({ length: count }, (_, index) => make(String(index + 1)));

describe('refundChanges: new and changed refunds', () => {
  const changed = (before: Payment | undefined, after: Payment) => {
    const { fresh, updated } = refundChanges(before, after);
    return { fresh: keysOf(fresh), updated: keysOf(updated) };
  };

  it.each<readonly [string, Payment | undefined, Payment, readonly string[], readonly string[]]>([
    ['a first refund is fresh', undefined, seen({ key: 'a' }), ['a'], []],
    ['a known refund is neither fresh nor updated', seen({ key: 'a' }), seen({ key: 'a' }), [], []],
    [
      'a refund whose id becomes known is updated',
      seen({ key: 'a' }),
      seen({ key: 'a', id: '1' }),
      [],
      ['a'],
    ],
    [
      'a refund whose amount becomes known is updated',
      seen({ key: 'a' }),
      seen({ key: 'a', amount: eur('1') }),
      [],
      ['a'],
    ],
    [
      'a refund whose amount is no longer named is not updated',
      seen({ key: 'a', amount: eur('1') }),
      seen({ key: 'a' }),
      [],
      [],
    ],
    [
      'a new refund updates an earlier refund without an id',
      seen({ key: 'a' }),
      seen({ key: 'b' }),
      [],
      ['b'],
    ],
    [
      'a new refund beside an earlier refund with an id is fresh',
      seen({ key: 'a', id: '1' }),
      seen({ key: 'b' }),
      ['b'],
      [],
    ],
    [
      'of two new refunds beside a refund without an id, only the second is fresh',
      seen({ key: 'a' }),
      seen({ key: 'b' }, { key: 'c' }),
      ['c'],
      ['b'],
    ],
  ])('%s', (_name, before, after, fresh, updated) => {
    expect(changed(before, after)).toEqual({ fresh, updated });
  });

  it('a fresh refund is announced as refunded, an updated refund as refund_updated', () => {
    const changes = { fresh: [{ key: 'a' }], updated: [{ key: 'b' }] };
    expect(refundNotices(changes)).toEqual([
      { type: 'refunded', refund: { key: 'a' } },
      { type: 'refund_updated', refund: { key: 'b' } },
    ]);
  });

  it('a failed refund is announced once as refund.failed', () => {
    const one = { key: 'a' };
    const both = read({ refundsFailed: [one, { key: 'b' }] });
    expect(failedRefunds(undefined, read({}))).toEqual([]);
    expect(failedRefunds(undefined, read({ refundsFailed: [one] }))).toEqual([
      { type: 'refund.failed', refund: one },
    ]);
    expect(failedRefunds(read({ refundsFailed: [one] }), both)).toEqual([
      { type: 'refund.failed', refund: { key: 'b' } },
    ]);
  });
});

describe('withAnnounceableRefunds: at most 20 refunds are announced at once', () => {
  it.each([
    [20, undefined],
    [21, 20],
    [45, 20],
  ])('withAnnounceableRefunds limits %s new refunds to %s announcements', (count, announced) => {
    const after = seen(...numbered(count, (key) => ({ key })));
    expect(withAnnounceableRefunds(undefined, after)?.reading.refundsSeen?.length).toBe(announced);
  });

  it('the first 20 of 25 new refunds are announced at once, the other 5 with the next change', () => {
    const after = seen(...numbered(25, (key) => ({ key })));
    const part = withAnnounceableRefunds(undefined, after);
    expect(keysOf(refundChanges(part, after).fresh)).toEqual(['21', '22', '23', '24', '25']);
    expect(withAnnounceableRefunds(part, after)).toBeUndefined();
  });

  it('the first 20 of 25 refunds whose amounts become known are updated at once, the other 5 later', () => {
    const before = seen(...numbered(25, (key) => ({ key })));
    const after = seen(...numbered(25, (key) => ({ key, amount: eur('1') })));
    const part = withAnnounceableRefunds(before, after);
    expect(part?.reading.refundsSeen).toHaveLength(25);
    expect(keysOf(refundChanges(part, after).updated)).toEqual(['21', '22', '23', '24', '25']);
  });

  it('the first 20 of 25 refunds whose ids become known are updated at once, 5 later, and none is fresh', () => {
    const before = seen(...numbered(25, (name) => ({ key: `sum${name}` })));
    const after = seen(...numbered(25, (id) => ({ key: id, id })));
    const part = withAnnounceableRefunds(before, after);
    expect(part?.reading.refundsSeen).toHaveLength(25);
    const { fresh, updated } = refundChanges(part, after);
    expect(keysOf(updated)).toEqual(['21', '22', '23', '24', '25']);
    expect(fresh).toEqual([]);
  });

  it('withAnnounceableRefunds keeps refunds without an id until replaced, and drops ids no longer in the facts', () => {
    const rest = numbered(25, (key) => ({ key }));
    const before = seen({ key: 'sum1' }, { key: 'sum2' }, { key: 'x', id: 'x' }, ...rest);
    const after = seen({ key: 'n', id: 'n' }, ...rest.map((refund) => ({ ...refund, amount: eur('1') })));
    const part = withAnnounceableRefunds(before, after);
    expect(keysOf(part?.reading.refundsSeen)).toEqual(['n', ...rest.map(({ key }) => key), 'sum2']);
  });

  it('the first 20 of 25 failed refunds are announced beside the known failed refunds', () => {
    const failed = numbered(25, (key) => ({ key }));
    const before = read({ refundsFailed: [{ key: 'known' }] });
    const after = read({ refundsFailed: [{ key: 'known' }, ...failed] });
    const part = withAnnounceableRefunds(before, after);
    expect(keysOf(part?.reading.refundsFailed)).toEqual([
      'known',
      ...failed.slice(0, 20).map(({ key }) => key),
    ]);
    expect(withAnnounceableRefunds(part, after)).toBeUndefined();
  });
});

describe('returnNotice: a changed sum of returned money', () => {
  const refundsOf = (...amounts: readonly string[]) =>
    amounts.map((amount, index) => ({ key: String(index), amount: eur(amount) }));

  it.each<readonly [string, Partial<Payment['reading']>, Partial<Payment['reading']>, string | undefined]>([
    ['nothing, when the sum is the same', { returned: [eur('1')] }, { returned: [eur('1.00')] }, undefined],
    [
      'refund_updated, when the refunds add up to the sum',
      {},
      { returned: [eur('3')], refundsSeen: refundsOf('1', '2') },
      'refund_updated',
    ],
    [
      'refunded, when more is returned than the refunds add up to',
      {},
      { returned: [eur('4')], refundsSeen: refundsOf('1') },
      'refunded',
    ],
    ['refunded, when more is returned and no refund is known', {}, { returned: [eur('4')] }, 'refunded'],
    [
      'refund_updated, when a refund without an amount may be the difference',
      {},
      { returned: [eur('4')], refundsSeen: [...refundsOf('1'), { key: 'x' }] },
      'refund_updated',
    ],
    [
      'refund_updated, when less is returned',
      { returned: [eur('4')] },
      { returned: [eur('3')] },
      'refund_updated',
    ],
    [
      'nothing, when less is returned because a refund failed',
      { returned: [eur('4')] },
      { returned: [eur('3')], refundsFailed: [{ key: 'a' }] },
      undefined,
    ],
    [
      'refunded, when less is returned in one currency and more in another',
      { returned: [eur('4')] },
      { returned: [eur('3'), { amount: '1', currency: 'USD' }] },
      'refunded',
    ],
  ])('returnNotice returns %s', (_name, before, after, notice) => {
    expect(returnNotice(read(before), read(after), NONE)).toBe(notice);
  });

  it('returnNotice returns nothing when single refunds are announced', () => {
    const after = read({ returned: [eur('3')] });
    expect(returnNotice(undefined, after, { fresh: [{ key: 'a' }], updated: [] })).toBeUndefined();
    expect(returnNotice(undefined, after, { fresh: [], updated: [{ key: 'a' }] })).toBeUndefined();
  });

  it('returnNotice of a reversed payment returns reversed', () => {
    expect(returnNotice(undefined, read({ returned: [eur('3')] }, 'reversed'), NONE)).toBe('reversed');
  });
});
