/** One notice for each refund, with its id and amount where they are known, however it is told and in every order. */
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
const asked = (fields: Readonly<Record<string, unknown>>) =>
  transaction({ transactionId: '500', transactionType: 3, status: 4, currency: 'EUR', ...fields });
const askedRefund = (id: string, amount: string) =>
  asked({ transactionId: id, originalTransactionId: '500', transactionType: 4, amount });

/** What is told, and the refunds there are. */
const CASES: readonly (readonly [string, Setting, readonly NormalizedEvent[], number])[] = [
  [
    'Paymentwall: three parts and their purchase',
    PAYMENTWALL,
    [part('R1', '1'), part('R2', '2'), part('R3', '3'), goodsPingback({ type: '0' })],
    3,
  ],
  [
    'Paymentwall: one refund of the whole, by its pingback and by Payment Status',
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
      asked({ amount: '100.00', refunded: '30.00', recordVersion: 3 }),
      askedRefund('900', '30.00'),
    ],
    1,
  ],
  [
    'Trustly Americas: two refunds, one of them by the sums alone',
    AMERICAS,
    [
      americas(own('Complete', '4')),
      americas(child('4', 'Complete', '4')),
      asked({ amount: '100.00', refunded: '30.00', recordVersion: 3 }),
      asked({ amount: '100.00', refunded: '50.00', recordVersion: 4 }),
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
    'Trustly Europe: two refunds of one amount, each told by two methods',
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
    'Trustly Europe: a refund that comes back is none more',
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
    'Trustly Europe: of two refunds that took all, one comes back',
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

describe('one payment.refunded for each refund, in every order of arrival', () => {
  it.each(CASES)('%s', (_name, setting, messages, refunds) => {
    const counts = roadsOf(setting, messages).map((road) => road.count('payment.refunded'));
    expect(new Set(counts)).toEqual(new Set([refunds]));
  });

  /** The old rule: a notice for each change of the status or the sums, all of one message in one. */
  const byChange: typeof transition = (world, input, context) => {
    const read: typeof context.read = (facts, about) => {
      const { refundsSeen: _, ...reading } = context.read(facts, about);
      return reading;
    };
    const made = transition(world, input, { ...context, read });
    return made;
  };

  it('control: a core that does not distinguish refunds is found by the stories of each provider', () => {
    // In the two that are missing the sums alone show each refund, one after the other.
    const isFound = ([, setting, messages, refunds]: (typeof CASES)[number]): boolean =>
      roadsOf(setting, messages, byChange).some((road) => road.count('payment.refunded') !== refunds);
    const several = CASES.filter(([, , , refunds]) => refunds > 1);
    expect(several.filter(isFound).map(([name]) => name)).toEqual([
      'Paymentwall: three parts and their purchase',
      'Trustly Americas: two refunds, one of them by the sums alone',
      'Trustly Americas: three refunds and their payment',
      'Trustly Europe: of two refunds that took all, one comes back',
    ]);
  });
});

describe('a notice names its refund', () => {
  const refundsIn = (road: Road, type = 'payment.refunded') => road.events(type).map(({ refund }) => refund);

  it('Paymentwall: with its id, and its amount in the payment’s currency once that is known', () => {
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

  it('Paymentwall: a refund of the whole is what other refunds left', () => {
    const paid = paymentStatus({ amount: '9.99', currency: 'EUR', risk: 'approved' });
    const road = new Road(PAYMENTWALL).register().receive(paid, part('R1', '1'));
    road.receive(goodsPingback({ type: '2', reason: '9', merchant_refund_id: 'R2' }));
    expect(refundsIn(road)[1]).toEqual({ id: 'R2', amount: { amount: '8.99', currency: 'EUR' } });
  });

  it('Paymentwall: without an id by a digest of what was signed', () => {
    const road = new Road(PAYMENTWALL).register().receive(goodsPingback({ type: '2', reason: '10' }));
    expect(refundsIn(road)[0]?.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('Trustly Americas: the parent’s status comes first, the child adds the id, the API adds the amount', () => {
    const road = new Road(AMERICAS)
      .register()
      .receive(americas(own('Complete', '4')), americas(own('Refund', '11')));
    expect(refundsIn(road)).toEqual([{}]);
    road.receive(americas(child('4', 'Complete', '4')));
    road.receive(asked({ amount: '100.00', refunded: '30.00', status: 11, recordVersion: 3 }));
    expect(refundsIn(road)).toHaveLength(1);
    expect(refundsIn(road, 'payment.refund_updated')).toEqual([
      { id: '900' },
      { id: '900', amount: { amount: '30.00', currency: 'EUR' } },
    ]);
  });

  it('Trustly Americas: that all of it went back is an update, and takes the goods back', () => {
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

  it('Trustly Europe: with the notification’s id and its amount', () => {
    const road = new Road(EUROPE).register().receive(europe('credit', money('1', '100')));
    road.receive(europe('payoutconfirmation', money('2', '40')));
    expect(refundsIn(road)).toEqual([{ id: '2', amount: { amount: '40.00', currency: 'EUR' } }]);
  });

  it('of a payout: each reclaim', () => {
    const payout = (eventType: string, status: string) =>
      americas({ ...own(eventType, status), transactionType: '6' });
    const road = new Road({ ...AMERICAS, order: { kind: 'payout' } })
      .register()
      .receive(payout('Complete', '4'));
    road.receive(americas(child('7', 'Complete', '4', '901')), americas(child('7', 'Complete', '4', '902')));
    expect(refundsIn(road, 'payout.refunded')).toEqual([{ id: '901' }, { id: '902' }]);
  });
});

describe('a row of an older version', () => {
  it('does not announce a refund again that its facts contain, and announces the next one', () => {
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

describe('a status that means returned money, where no single refund is known', () => {
  const payment = (status: Payment['status'], ...returned: readonly Money[]) =>
    ({ status, reading: { returned, refundsSeen: [] } }) as unknown as Payment;
  const noticeFrom = (before: Payment | undefined, after: Payment) =>
    refundStatusNotice(before, after, { fresh: [], updated: [] });

  it.each([
    ['nothing was known before', undefined, payment('refunded', eur('60')), 'refunded'],
    [
      'more went back than was announced',
      payment('awaiting_confirmation', eur('10')),
      payment('partially_refunded', eur('60')),
      'refunded',
    ],
    ['no amount is named', payment('paid'), payment('refunded'), 'refunded'],
    [
      'as much went back as was announced: the operator confirms it, and it is no further refund',
      payment('awaiting_confirmation', eur('60')),
      payment('partially_refunded', eur('60')),
      'refund_updated',
    ],
    [
      'less went back than was announced: a correction, and no refund',
      payment('awaiting_confirmation', eur('60')),
      payment('partially_refunded', eur('10')),
      'refund_updated',
    ],
    [
      'nothing of what was announced went back: a correction, and no refund',
      payment('awaiting_confirmation', eur('60')),
      payment('refunded'),
      'refund_updated',
    ],
  ])('%s', (_name, before, after, notice) => {
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

describe('what changes for a refund', () => {
  const changed = (before: Payment | undefined, after: Payment) => {
    const { fresh, updated } = refundChanges(before, after);
    return { fresh: keysOf(fresh), updated: keysOf(updated) };
  };

  it.each<readonly [string, Payment | undefined, Payment, readonly string[], readonly string[]]>([
    ['a first refund is new', undefined, seen({ key: 'a' }), ['a'], []],
    ['a known refund is not announced again', seen({ key: 'a' }), seen({ key: 'a' }), [], []],
    ['its id becomes known', seen({ key: 'a' }), seen({ key: 'a', id: '1' }), [], ['a']],
    ['its amount becomes known', seen({ key: 'a' }), seen({ key: 'a', amount: eur('1') }), [], ['a']],
    ['its amount is no longer named', seen({ key: 'a', amount: eur('1') }), seen({ key: 'a' }), [], []],
    ['one without an id is replaced by the first new one', seen({ key: 'a' }), seen({ key: 'b' }), [], ['b']],
    ['one with an id is replaced by none', seen({ key: 'a', id: '1' }), seen({ key: 'b' }), ['b'], []],
    ['what replaces one is not also new', seen({ key: 'a' }), seen({ key: 'b' }, { key: 'c' }), ['c'], ['b']],
  ])('%s', (_name, before, after, fresh, updated) => {
    expect(changed(before, after)).toEqual({ fresh, updated });
  });

  it('a new refund is "refunded", a changed one "refund_updated"', () => {
    const changes = { fresh: [{ key: 'a' }], updated: [{ key: 'b' }] };
    expect(refundNotices(changes)).toEqual([
      { type: 'refunded', refund: { key: 'a' } },
      { type: 'refund_updated', refund: { key: 'b' } },
    ]);
  });

  it('a refund that failed is announced once', () => {
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

describe('twenty refunds at most are announced at once; the others are still news afterwards', () => {
  it.each([
    [20, undefined],
    [21, 20],
    [45, 20],
  ])('of %s new ones %s', (count, announced) => {
    const after = seen(...numbered(count, (key) => ({ key })));
    expect(withAnnounceableRefunds(undefined, after)?.reading.refundsSeen?.length).toBe(announced);
  });

  it('of new refunds the first twenty are announced', () => {
    const after = seen(...numbered(25, (key) => ({ key })));
    const part = withAnnounceableRefunds(undefined, after);
    expect(keysOf(refundChanges(part, after).fresh)).toEqual(['21', '22', '23', '24', '25']);
    expect(withAnnounceableRefunds(part, after)).toBeUndefined();
  });

  it('of refunds whose amount becomes known the first twenty get it; the others stay without it', () => {
    const before = seen(...numbered(25, (key) => ({ key })));
    const after = seen(...numbered(25, (key) => ({ key, amount: eur('1') })));
    const part = withAnnounceableRefunds(before, after);
    expect(part?.reading.refundsSeen).toHaveLength(25);
    expect(keysOf(refundChanges(part, after).updated)).toEqual(['21', '22', '23', '24', '25']);
  });

  it('of refunds whose id becomes known the first twenty get it; the others stay without one, and none counts as new', () => {
    const before = seen(...numbered(25, (name) => ({ key: `sum${name}` })));
    const after = seen(...numbered(25, (id) => ({ key: id, id })));
    const part = withAnnounceableRefunds(before, after);
    expect(part?.reading.refundsSeen).toHaveLength(25);
    const { fresh, updated } = refundChanges(part, after);
    expect(keysOf(updated)).toEqual(['21', '22', '23', '24', '25']);
    expect(fresh).toEqual([]);
  });

  it('a refund without an id that none replaces stays; one with an id that is no longer read goes', () => {
    const rest = numbered(25, (key) => ({ key }));
    const before = seen({ key: 'sum1' }, { key: 'sum2' }, { key: 'x', id: 'x' }, ...rest);
    const after = seen({ key: 'n', id: 'n' }, ...rest.map((refund) => ({ ...refund, amount: eur('1') })));
    const part = withAnnounceableRefunds(before, after);
    expect(keysOf(part?.reading.refundsSeen)).toEqual(['n', ...rest.map(({ key }) => key), 'sum2']);
  });

  it('of failed refunds the first twenty are announced, beside the known ones', () => {
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

describe('a changed sum of returned money', () => {
  const refundsOf = (...amounts: readonly string[]) =>
    amounts.map((amount, index) => ({ key: String(index), amount: eur(amount) }));

  it.each<readonly [string, Partial<Payment['reading']>, Partial<Payment['reading']>, string | undefined]>([
    ['the same sum is no news', { returned: [eur('1')] }, { returned: [eur('1.00')] }, undefined],
    [
      'the refunds are its sum',
      {},
      { returned: [eur('3')], refundsSeen: refundsOf('1', '2') },
      'refund_updated',
    ],
    [
      'more went back than the refunds say',
      {},
      { returned: [eur('4')], refundsSeen: refundsOf('1') },
      'refunded',
    ],
    ['more went back, and no refund is known', {}, { returned: [eur('4')] }, 'refunded'],
    [
      'the amount of one refund is not known: it may be the difference',
      {},
      { returned: [eur('4')], refundsSeen: [...refundsOf('1'), { key: 'x' }] },
      'refund_updated',
    ],
    ['less: a correction', { returned: [eur('4')] }, { returned: [eur('3')] }, 'refund_updated'],
    [
      'less, because a refund failed: its own notice says so',
      { returned: [eur('4')] },
      { returned: [eur('3')], refundsFailed: [{ key: 'a' }] },
      undefined,
    ],
    [
      'less in one currency and more in another: more',
      { returned: [eur('4')] },
      { returned: [eur('3'), { amount: '1', currency: 'USD' }] },
      'refunded',
    ],
  ])('%s', (_name, before, after, notice) => {
    expect(returnNotice(read(before), read(after), NONE)).toBe(notice);
  });

  it('is covered by the notices of single refunds', () => {
    const after = read({ returned: [eur('3')] });
    expect(returnNotice(undefined, after, { fresh: [{ key: 'a' }], updated: [] })).toBeUndefined();
    expect(returnNotice(undefined, after, { fresh: [], updated: [{ key: 'a' }] })).toBeUndefined();
  });

  it('of a payment that is reversed is a reversal', () => {
    expect(returnNotice(undefined, read({ returned: [eur('3')] }, 'reversed'), NONE)).toBe('reversed');
  });
});
