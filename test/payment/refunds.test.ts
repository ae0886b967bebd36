/** Registered refunds: their form, the fact that belongs to each refund, and the sum that is still due. */
import { describe, expect, it } from 'vitest';
import { MAX_REFUNDS, matchRefunds, parseRefund, refundDueOf } from '../../shared/payment/index.ts';
import { joinRefund } from '../../shared/payment/refunds.ts';
import type { Money, Order, Payment, Refund, RefundSeen } from '../../shared/payment/types.ts';

const AT = '2026-03-01T12:00:00.000Z';
const PAYMENT = 'paymentwall:toy:p1';
const eur = (amount: string): Money => ({ amount, currency: 'EUR' });
const refund = (reference: string, amount = '4.00', over: Partial<Refund> = {}): Refund => ({
  ...{ reference, payment: PAYMENT, ...eur(amount), registeredAt: AT },
  ...over,
});
const seen = (key: string, over: Partial<RefundSeen> = {}): RefundSeen => ({ key, ...over });

type State = Partial<Omit<Payment, 'reading'>> & { readonly reading?: Partial<Payment['reading']> };
function payment({ reading, ...over }: State = {}): Payment {
  return {
    ...{ key: PAYMENT, status: 'paid', holds: [], decisions: [], refunds: [] },
    ...over,
    reading: { direction: 'in', moved: [eur('10.00')], returned: [], ...reading },
  } as unknown as Payment;
}
const named = { namesRefunds: true };
const unnamed = { namesRefunds: false };
const states = (of: Payment, rules = named) =>
  Object.fromEntries(
    matchRefunds(of, rules).map(({ reference, state, seen: by }) => [reference, [state, by?.key]]),
  );

describe('parseRefund: a refund as the merchant registers it', () => {
  const given = { reference: 'r1', payment: PAYMENT, amount: '4', currency: 'EUR' };

  it('parseRefund keeps only the given fields, with a canonical amount', () => {
    expect(parseRefund(given, AT)).toEqual(refund('r1'));
    expect(parseRefund({ ...given, id: 'R-1', replaces: 'r0' }, AT)).toEqual(
      refund('r1', '4.00', { id: 'R-1', replaces: 'r0' }),
    );
  });

  it.each([
    ['refund: found "r1"', 'r1'],
    ['refund.reference: found nothing', { ...given, reference: undefined }],
    ['refund.payment: found nothing, allowed: a text', { ...given, payment: undefined }],
    [
      'refund.payment: found "p1", allowed: a payment as events name it, <provider>:<account>:<id>',
      { ...given, payment: 'p1' },
    ],
    ['refund.currency: found "euro"', { ...given, currency: 'euro' }],
    ['refund.amount: found "0"', { ...given, amount: '0' }],
    ['refund.amount: found "4.005"', { ...given, amount: '4.005' }],
    ['refund.id: found ""', { ...given, id: '' }],
    ['refund.replaces: found ""', { ...given, replaces: '' }],
    ['refund.replaces: found "r1", allowed: the reference of another refund', { ...given, replaces: 'r1' }],
    ['refund.to: found "me", allowed: no such key', { ...given, to: 'me' }],
  ])('parseRefund refuses with the sentence %s', (sentence, value) => {
    expect(() => parseRefund(value, AT)).toThrow(sentence);
  });
});

describe('joinRefund: the refunds that a payment keeps', () => {
  const at = (minute: number): Partial<Refund> => ({ registeredAt: `2026-03-01T12:0${minute}:00.000Z` });

  it('the refunds of a payment are sorted by time of registration, then by reference', () => {
    const all = [refund('z', '1', at(1)), refund('a', '1', at(2)), refund('b', '1', at(2))];
    for (const order of [all, [...all].reverse(), [all[1], all[0], all[2]]] as Refund[][]) {
      let known: readonly Refund[] | undefined;
      for (const each of order) known = joinRefund(known, each);
      expect(known?.map(({ reference }) => reference)).toEqual(['z', 'a', 'b']);
    }
  });

  it('a refund with a known reference is not added again', () => {
    expect(joinRefund([refund('a'), refund('b')], refund('a', '9'))).toBeUndefined();
  });

  it(`a payment keeps at most ${MAX_REFUNDS} refunds: the latest refund is left out`, () => {
    const full = Array.from({ length: MAX_REFUNDS }, (_, n) => refund(`r${`${n}`.padStart(2, '0')}`));
    expect(joinRefund(full, refund('z', '1', at(1)))).toEqual(full);
  });
});

describe('matchRefunds: the registered refund that a fact is about', () => {
  it('a registered refund without a fact has state asked', () => {
    expect(states(payment({ refunds: [refund('a')] }))).toEqual({ a: ['asked', undefined] });
    expect(matchRefunds({ reading: payment().reading }, named)).toEqual([]);
  });

  it('a fact with the id of a registered refund belongs to the refund of this id, whatever its amount', () => {
    const refunds = [refund('a', '4.00'), refund('b', '4.00', { id: 'R-2' })];
    const refundsSeen = [seen('k', { id: 'R-2', amount: eur('4.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen } }))).toEqual({
      ...{ a: ['asked', undefined], b: ['sent', 'k'] },
    });
    const other = [seen('k', { id: 'R-2', amount: eur('3.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen: other } })).b).toEqual(['sent', 'k']);
  });

  it('a fact without an id belongs to the oldest refund of equal amount, and each fact to a single refund', () => {
    const refunds = [refund('a', '4.00'), refund('b', '4'), refund('c', '3.00')];
    const refundsSeen = [seen('k', { amount: eur('4.0') })];
    expect(states(payment({ refunds, reading: { refundsSeen } }))).toEqual({
      ...{ a: ['sent', 'k'], b: ['asked', undefined], c: ['asked', undefined] },
    });
    const two = [...refundsSeen, seen('l', { amount: eur('4.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen: two } }))).toEqual({
      ...{ a: ['sent', 'k'], b: ['sent', 'l'], c: ['asked', undefined] },
    });
  });

  it('a fact of another amount or currency belongs to no refund; currency XXX matches by amount alone', () => {
    const refunds = [refund('a', '4.00')];
    const by = (amount: Money) =>
      states(payment({ refunds, reading: { refundsSeen: [seen('k', { amount })] } })).a;
    expect(by(eur('4.01'))).toEqual(['asked', undefined]);
    expect(by({ amount: '4.00', currency: 'USD' })).toEqual(['asked', undefined]);
    expect(by({ amount: '4.00', currency: 'XXX' })).toEqual(['sent', 'k']);
  });

  it('a fact without an amount belongs to the oldest refund that has no fact yet', () => {
    const refunds = [refund('a', '3.00'), refund('b', '4.00')];
    const refundsSeen = [seen('k'), seen('l', { amount: eur('3.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen } }))).toEqual({
      ...{ a: ['sent', 'l'], b: ['sent', 'k'] },
    });
  });

  it('a fact of another id belongs to no refund when the provider names refunds', () => {
    const refunds = [refund('a', '4.00', { id: 'R-1' })];
    for (const one of [seen('k', { id: 'R-9', amount: eur('4.00') }), seen('k', { id: 'R-9' })]) {
      const of = payment({ refunds, reading: { refundsSeen: [one] } });
      expect(states(of).a).toEqual(['asked', undefined]);
      // A provider without names for refunds has ids that the merchant does not know.
      expect(states(of, unnamed).a).toEqual(['sent', 'k']);
    }
    for (const one of [seen('k', { amount: eur('4.00') }), seen('k')])
      expect(states(payment({ refunds, reading: { refundsSeen: [one] } })).a).toEqual(['sent', 'k']);
  });

  it('ids are ignored when the provider’s ids are not the merchant’s: the oldest refund of equal amount is sent', () => {
    const refunds = [refund('a', '4.00', { id: 'R-1' }), refund('b', '4.00', { id: 'R-2' })];
    const refundsSeen = [seen('k', { id: 'R-2', amount: eur('4.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen } }), unnamed)).toEqual({
      ...{ a: ['sent', 'k'], b: ['asked', undefined] },
    });
  });

  it('a refund whose fact is both sent and failed has state failed', () => {
    const refunds = [refund('a', '4.00'), refund('b', '4.00')];
    const both = [seen('k', { amount: eur('4.00') })];
    expect(states(payment({ refunds, reading: { refundsSeen: both, refundsFailed: both } }))).toEqual({
      ...{ a: ['failed', 'k'], b: ['asked', undefined] },
    });
  });
});

describe('refundDueOf: the refund that is due to the shopper', () => {
  const due = (of: Payment, order?: Order) => refundDueOf(of, order, named);
  const reject = { decisions: [{ verdict: 'reject' }] } as unknown as State;
  const duplicate = { holds: [{ reason: 'order_already_paid' }] } as unknown as State;
  const order = (...amounts: Order['amounts']) => ({ amounts }) as Order;

  it('no refund is due without a failed refund for a payment without a reject and without order_already_paid', () => {
    expect(due(payment())).toBeUndefined();
    expect(due(payment({ holds: [{ reason: 'amount_differs' }] } as unknown as State))).toBeUndefined();
    expect(due(payment({ ...reject, reading: { direction: 'out' } }))).toBeUndefined();
    expect(due(payment({ refunds: [refund('a')], reading: { direction: 'out' } }))).toBeUndefined();
  });

  it('the sum of failed refunds without a replacement is due; unfinished refunds are under way', () => {
    const refunds = [
      refund('a', '4.00'),
      refund('b', '3.00'),
      refund('c', '2.00'),
      refund('d', '4.00', { replaces: 'a' }),
    ];
    const failed = (key: string, amount: string) => seen(key, { amount: eur(amount) });
    const reading = {
      refundsFailed: [failed('k', '4.00'), failed('l', '3.00')],
      refundsSeen: [seen('m', { amount: eur('2.00') })],
    };
    expect(due(payment({ refunds, reading }))).toEqual({
      ...{ due: [eur('3.00')], underWay: [eur('4.00')], isUnknown: false },
    });
  });

  it('the refund that is due is at most what the payment still has', () => {
    const refunds = [refund('a', '4.00')];
    const refundsFailed = [seen('k', { amount: eur('4.00') })];
    const dueAfter = (status: Payment['status'], ...returned: readonly string[]) =>
      due(payment({ status, refunds, reading: { refundsFailed, returned: returned.map(eur) } }))?.due;
    expect(dueAfter('paid')).toEqual([eur('4.00')]);
    expect(dueAfter('partially_refunded', '6.00')).toEqual([eur('4.00')]);
    expect(dueAfter('partially_refunded', '7.00')).toEqual([eur('3.00')]);
    expect(dueAfter('reversed', '10.00')).toEqual([]);
    expect(dueAfter('refunded')).toEqual([]);
    const elsewhere = { refundsFailed, moved: [{ amount: '10.00', currency: 'USD' }] };
    expect(due(payment({ refunds, reading: elsewhere }))?.due).toEqual([eur('4.00')]);
  });

  it('the refund that is due is unknown after a partial refund without an amount, unless a registration names it', () => {
    const unknown = { due: [], underWay: [], isUnknown: true };
    const parts = { refundsSeen: [seen('k'), seen('l')] };
    expect(due(payment({ ...reject, reading: parts }))).toEqual(unknown);
    expect(due(payment({ ...reject, refunds: [refund('a', '2.00')], reading: parts }))).toEqual(unknown);
    const refunds = [refund('a', '2.00'), refund('b', '1.00')];
    expect(due(payment({ ...reject, refunds, reading: parts }))?.due).toEqual([eur('7.00')]);
    expect(due(payment({ ...reject, status: 'partially_refunded' }))).toEqual(unknown);
    expect(due(payment({ ...reject, reading: { ...parts, returned: [eur('3.00')] } }))?.due).toEqual([
      eur('7.00'),
    ]);
  });

  it.each([
    ['rejected', reject],
    ['the second payment of its order', duplicate],
  ])('all money that was not returned is due for a payment that is %s', (_, state) => {
    const refunds = [refund('a', '2.00')];
    expect(due(payment(state))).toEqual({ due: [eur('10.00')], underWay: [], isUnknown: false });
    expect(due(payment({ ...state, refunds, reading: { returned: [eur('3.00')] } }))).toEqual({
      ...{ due: [eur('5.00')], underWay: [eur('2.00')], isUnknown: false },
    });
    expect(due(payment({ ...state, reading: { returned: [eur('10.00')] } }))).toEqual({
      ...{ due: [], underWay: [], isUnknown: false },
    });
    expect(due(payment({ ...state, reading: { returned: [eur('11.00')] } }))?.due).toEqual([]);
  });

  it('a sent refund without a returned sum counts with its registered amount', () => {
    const refunds = [refund('a', '2.00'), refund('b', '1.00')];
    const reading = { refundsSeen: [seen('k')] };
    expect(due(payment({ ...reject, refunds, reading }))).toEqual({
      ...{ due: [eur('7.00')], underWay: [eur('1.00')], isUnknown: false },
    });
    // The returned sum already includes the refund.
    const summed = { ...reading, returned: [eur('2.00')] };
    expect(due(payment({ ...reject, refunds, reading: summed }))?.due).toEqual([eur('7.00')]);
  });

  it.each(['refunded', 'reversed'] as const)(
    'no refund is due for a rejected payment with the status %s',
    (status) => {
      expect(due(payment({ ...reject, status }))).toEqual({ due: [], underWay: [], isUnknown: false });
      expect(due(payment({ ...reject, status, reading: { moved: [] } }))?.isUnknown).toBe(false);
    },
  );

  it('the exact amount of the order is due when the evidence names none; another order leaves it unknown', () => {
    const none = payment({ ...reject, reading: { moved: [] } });
    expect(due(none, order({ currency: 'EUR', exact: '10.00' }))).toEqual({
      ...{ due: [eur('10.00')], underWay: [], isUnknown: false },
    });
    for (const of of [undefined, order({ currency: 'EUR', min: '1', max: '9' })])
      expect(due(none, of)).toEqual({ due: [], underWay: [], isUnknown: true });
  });
});
