/** Operator decisions for a payment that is not settled: each state has one that settles the payment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waitingOf as waiting, withConfirmation, withEvidence } from '../../shared/payment/confirmations.ts';
import {
  ALARM_DAYS,
  DecisionError,
  isNegative,
  isRejected,
  type Payment,
  STATUSES,
  transition,
  WAITS_FOR,
  waitingOf,
} from '../../shared/payment/index.ts';
import type { Facts, HoldDecision, Order, Reading } from '../../shared/payment/types.ts';
import { Shop } from './shop.ts';
import { event, normalizedOf, own, sum } from './synthetic.ts';
import { type Core, orders, policies, run, steps } from './walks.ts';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
/** A completed payment without an amount: the payment waits for a confirmation. */
const completed = normalizedOf([own('completed')]);

function shopWith(...lines: Parameters<typeof normalizedOf>[0][]): Shop {
  const shop = new Shop();
  shop.register();
  for (const each of lines) shop.receive(normalizedOf(each));
  return shop;
}

/** Whether the payment waits for nothing and needs no operator decision. */
function isSettled(payment: Payment): boolean {
  const { status, holds, reading, grant } = payment;
  if (isRejected(payment)) return true;
  if (holds.length > 0) return false;
  if (isNegative(status)) return true;
  if (reading.kind !== 'payment') return status === 'authorized' || status === 'paid';
  const isPaid = status === 'paid' || status === 'partially_refunded';
  return isPaid && (reading.direction === 'out' || grant.state === 'granted');
}

/** The operator decisions that the payment takes: for its holds and for its confirmation. */
function answers(shop: Shop, payment: Payment): readonly (() => void)[] {
  const waiting = waitingOf(payment);
  return [
    ...payment.holds.map((hold) => () => void shop.decide(hold, 'reject', payment)),
    ...(waiting === undefined ? [] : [() => void shop.answer('reject', {}, payment)]),
    ...(waiting?.confirmable === true
      ? [() => void shop.answer('confirm', { paid: eur('100') }, payment)]
      : []),
  ];
}

/** The property: from each state that a history reaches, an operator decision settles the payment. */
function settlingDecision(core: Core) {
  return fc.property(steps, policies, orders, (walk, policy, order) => {
    const settledBy = (key: string, answer: number): boolean => {
      const shop = run(walk, new Shop(policy, core), order);
      const payment = shop.payment(key);
      const offered = answers(shop, payment);
      if (offered[answer] === undefined) return false;
      try {
        offered[answer]();
      } catch (error) {
        if (!(error instanceof DecisionError)) throw error;
      }
      return isSettled(shop.payment(key));
    };
    const end = run(walk, new Shop(policy, core), order);
    for (const payment of end.payments.values()) {
      if (isSettled(payment)) continue;
      const ways = answers(end, payment).map((_, answer) => settledBy(payment.key, answer));
      if (!ways.includes(true)) throw new Error(`no decision settles ${payment.status}: ${payment.key}`);
    }
  });
}

describe('a payment that is not settled', () => {
  it('every state that a history reaches has an operator decision that settles the payment', () => {
    fc.assert(settlingDecision(transition), { numRuns: 1_000 });
  });

  it('negative control: the property finds a core that refuses every answer to a payment that waits', () => {
    const broken: Core = (world, input, context) => {
      if (input.type === 'decide' && input.decision.reason === 'waiting') throw new DecisionError('no');
      return transition(world, input, context);
    };
    const result = fc.check(settlingDecision(broken), { numRuns: 500, seed: 7, endOnFailure: true });
    expect(String(result.errorInstance)).toContain('no decision settles');
  });

  it('every status that is not final says what the payment waits for and has an alarm after some days', () => {
    const open = STATUSES.filter((status) => !isNegative(status) && status !== 'paid');
    expect(open.filter((status) => WAITS_FOR[status] === undefined)).toEqual([]);
    const ringing = open.filter((status) => status !== 'partially_refunded');
    expect(ringing.filter((status) => (ALARM_DAYS[status] ?? 0) < 1)).toEqual([]);
    expect(STATUSES.filter((status) => isNegative(status) && WAITS_FOR[status] !== undefined)).toEqual([]);
  });

  it.each([
    ['pending', []],
    ['authorized', [own('authorized')]],
    ['processing', [own('processing')]],
    ['in_review', [event('review', '1')]],
    ['awaiting_confirmation', [own('completed')]],
    ['disputed', [own('completed'), sum('credit', '1', '100'), event('dispute', '1')]],
  ])(
    'a payment in %s that is confirmed with the amount of its order becomes paid and is granted',
    (status, lines) => {
      const shop = shopWith(lines);
      expect(shop.only()).toMatchObject({ status, grant: { state: 'none' } });
      shop.answer('confirm', { paid: eur('100') });
      expect(shop.only()).toMatchObject({ status: 'paid', holds: [], grant: { epoch: 1, state: 'granted' } });
      const fulfil = shop.effects.at(-1)?.event;
      expect(fulfil).toMatchObject({ type: 'fulfil', moved: [eur('100.00')], confirmedBy: 'operator' });
    },
  );

  it('a payment that is confirmed with another amount than ordered is held with amount_differs', () => {
    const shop = shopWith([own('completed')]);
    shop.answer('confirm', { paid: eur('60') });
    expect(shop.reasons()).toEqual(['amount_differs']);
    expect(shop.only().grant.state).toBe('none');
  });

  it('a wrong confirmed sum is corrected by another confirmation, as long as no goods are granted', () => {
    const shop = shopWith([own('completed')]);
    shop.answer('confirm', { paid: eur('10') });
    shop.answer('confirm', { paid: eur('100') });
    expect(shop.only()).toMatchObject({ status: 'paid', holds: [], grant: { state: 'granted' } });
    expect(waitingOf(shop.only())).toBeUndefined();
  });

  it('a partial refund that is confirmed as full makes the payment refunded and revokes', () => {
    const shop = shopWith([own('completed'), sum('credit', '1', '100')], [sum('refund', '1', '50')]);
    expect(shop.only()).toMatchObject({ status: 'partially_refunded', grant: { state: 'granted' } });
    shop.answer('confirm', { paid: eur('100'), returned: eur('100') });
    expect(shop.only()).toMatchObject({ status: 'refunded', grant: { state: 'revoked' } });
    expect(shop.effects.at(-1)).toMatchObject({ type: 'revoke', event: { net: [eur('0.00')] } });
  });

  it('a second dispute opens a payment again whose first dispute was confirmed as won', () => {
    const shop = shopWith([own('completed'), sum('credit', '1', '100')], [event('dispute', '1')]);
    shop.answer('confirm', { paid: eur('100') });
    expect(shop.effects.at(-1)?.type).toBe('payment.dispute_won');
    shop.receive(normalizedOf([event('dispute', '2')]));
    expect(shop.only().status).toBe('disputed');
  });

  it('a later reversal outweighs a confirmation; a later other amount is held as contradictory_evidence', () => {
    const lost = shopWith([own('completed')]);
    lost.answer('confirm', { paid: eur('100') });
    lost.receive(normalizedOf([event('reverse', '1')]));
    expect(lost.only()).toMatchObject({ status: 'reversed', grant: { state: 'revoked' } });
    const other = shopWith([own('completed')]);
    other.answer('confirm', { paid: eur('100') });
    other.receive(normalizedOf([sum('credit', '1', '90')]));
    expect(other.reasons()).toEqual(['amount_differs', 'contradictory_evidence']);
    expect(other.types.at(-1)).toBe('payment.at_risk');
    const same = shopWith([own('completed')]);
    same.answer('confirm', { paid: eur('100') });
    same.receive(normalizedOf([sum('credit', '1', '100')]));
    expect(same.only()).toMatchObject({ status: 'paid', holds: [] });
  });

  it.each([
    ['a smaller amount', '20', '30.00', ['contradictory_evidence']],
    ['the same amount', '30', '30.00', []],
    ['a larger amount', '50', '50.00', []],
  ])('a confirmed returned sum never falls: a later refund notice of %s', (_, amount, gone, held) => {
    const shop = shopWith([own('completed')]);
    shop.answer('confirm', { paid: eur('100'), returned: eur('30.00') });
    shop.receive(normalizedOf([sum('refund', '1', amount)]));
    expect(shop.only().reading.returned).toEqual([eur(gone)]);
    expect(shop.only().status).toBe('partially_refunded');
    expect(shop.reasons()).toEqual(held);
    expect(shop.effects.at(-1)?.event.returned).toEqual([eur(gone)]);
  });

  it('a rejected payment is final: later money grants nothing and adds no hold', () => {
    const shop = shopWith([own('processing')]);
    shop.answer('reject');
    expect(shop.types.at(-1)).toBe('payment.rejected');
    shop.receive(normalizedOf([own('completed'), sum('credit', '1', '100')]));
    expect(shop.only()).toMatchObject({ holds: [], grant: { state: 'none' } });
  });

  it('a later message changes the digest of the waiting payment, so that an earlier answer does not count', () => {
    const shop = shopWith([own('processing')]);
    const digest = waitingOf(shop.only())?.digest ?? '';
    shop.receive(completed);
    expect(waitingOf(shop.only())?.digest).not.toBe(digest);
  });

  it('a processing authorization can be rejected and cannot be confirmed', () => {
    const shop = shopWith([own('authorization', 'processing')]);
    expect(waitingOf(shop.only())?.confirmable).toBe(false);
    expect(() => shop.answer('confirm', { paid: eur('100') })).toThrow('it can only be rejected');
    shop.answer('reject');
    expect(isRejected(shop.only())).toBe(true);
  });

  it.each([
    ['paid is 0', { paid: eur('0') }, 'names the amount'],
    ['paid is missing', {}, 'names the amount'],
    ['returned is more than paid', { paid: eur('100'), returned: eur('101') }, 'at most what was paid'],
    [
      'returned is in another currency',
      { paid: eur('100'), returned: { amount: '1', currency: 'USD' } },
      'in EUR',
    ],
  ])('a confirmation is refused when %s', (_, sums, sentence) => {
    const shop = shopWith([own('completed')]);
    expect(() => shop.answer('confirm', sums)).toThrow(sentence);
  });

  it('a settled payment refuses reject and confirm, because the payment waits for nothing', () => {
    const shop = shopWith([own('completed'), sum('credit', '1', '100')]);
    expect(() => shop.answer('reject')).toThrow('it waits for nothing');
    expect(() => shop.answer('confirm', { paid: eur('100') })).toThrow('it waits for nothing');
  });
});

const FACTS: Facts = { 'own/1': { codes: ['completed'], amounts: [] } };
const LATER: Facts = { ...FACTS, 'refund/2': { codes: [], amounts: [] } };
const readingOf = (over: Partial<Reading> = {}): Reading => ({
  ...{ kind: 'payment', direction: 'in', status: 'awaiting_confirmation', moved: [], returned: [] },
  ...{ goodwill: false, doubts: [], announcements: [], ...over },
});
const answer = (over: Partial<HoldDecision> = {}): HoldDecision => ({
  ...{ reason: 'waiting', digest: 'd1', verdict: 'confirm', by: 'ada', note: 'seen', at: '' },
  ...over,
});
/** A confirmation with the digest of these facts. */
const confirmed = (over: Partial<HoldDecision> = {}): HoldDecision => withEvidence(answer(over), FACTS);

describe('withConfirmation: the sums of a confirmation', () => {
  const paid = eur('100.00');
  const with100 = (over: Partial<Reading>, facts = FACTS, more: Partial<HoldDecision> = {}, order?: Order) =>
    withConfirmation(readingOf(over), { facts, decisions: [confirmed({ paid, ...more })] }, order);

  it('a reading is unchanged without a confirmation, and by a confirmation without a sum', () => {
    const reading = readingOf();
    const unconfirmed = [answer({ verdict: 'release', paid }), answer({ verdict: 'reject', paid })];
    for (const decisions of [[], unconfirmed, [confirmed()]])
      expect(withConfirmation(reading, { facts: FACTS, decisions }, undefined)).toBe(reading);
  });

  it('a confirmation changes no authorization and no denied or reversed payment', () => {
    for (const over of [{ kind: 'authorization' }, { status: 'denied' }, { status: 'reversed' }] as const)
      expect(with100(over)).toEqual(readingOf(over));
  });

  it('the latest of several confirmations counts', () => {
    const decisions = [confirmed({ paid: eur('1.00') }), confirmed({ paid }), answer({ verdict: 'release' })];
    expect(withConfirmation(readingOf(), { facts: FACTS, decisions }, undefined).moved).toEqual([paid]);
  });

  it('the direction of a confirmed payment is that of the messages, else of the order, else in', () => {
    const directionOf = (over: Partial<Reading>, kind?: Order['kind']) =>
      with100(over, FACTS, {}, kind === undefined ? undefined : ({ kind } as Order)).direction;
    const unknown = { direction: undefined } as unknown as Partial<Reading>;
    expect([directionOf(unknown), directionOf(unknown, 'payment'), directionOf(unknown, 'payout')]).toEqual([
      ...['in', 'in', 'out'],
    ]);
    expect(directionOf({ direction: 'out' }, 'payment')).toBe('out');
  });

  it('the confirmed amount counts until a later message names another amount: contradictory_evidence', () => {
    const named = { status: 'paid', moved: [eur('90.00')] } as const;
    expect(with100(named)).toMatchObject({ moved: [paid], doubts: [] });
    expect(with100(named, LATER)).toMatchObject({
      moved: [eur('90.00')],
      doubts: [{ reason: 'contradictory_evidence', evidence: ['own/1', 'refund/2'] }],
    });
    expect(with100({ ...named, moved: [paid] }, LATER).doubts).toEqual([]);
    expect(with100({}, LATER)).toMatchObject({ status: 'paid', moved: [paid], doubts: [] });
  });

  it('the confirmed returned sum counts, later the larger sum; a later smaller sum is contradictory_evidence', () => {
    const returned = eur('30.00');
    const partly = { status: 'partially_refunded', moved: [paid] } as const;
    const back = (amount: string) => ({ ...partly, returned: [eur(amount)] });
    expect(with100(back('40.00'), FACTS, { returned })).toMatchObject({ returned: [returned], doubts: [] });
    expect(with100(back('40.00'), LATER, { returned })).toMatchObject({
      returned: [eur('40.00')],
      doubts: [],
    });
    expect(with100(back('20.00'), LATER, { returned })).toMatchObject({
      returned: [returned],
      doubts: [{ reason: 'contradictory_evidence' }],
    });
    expect(with100(partly, LATER, { returned })).toMatchObject({ returned: [returned], doubts: [] });
    // The operator named no returned sum: the sum of the messages counts.
    expect(with100(back('40.00')).returned).toEqual([eur('40.00')]);
  });

  it('a confirmation sets the status paid, partially_refunded or refunded by the returned sum', () => {
    const statusOf = (amount: string | undefined, over: Partial<Reading> = {}, facts = FACTS) =>
      with100(over, facts, amount === undefined ? {} : { returned: eur(amount) }).status;
    expect([undefined, '30.00', '100.00'].map((amount) => statusOf(amount))).toEqual([
      ...['paid', 'partially_refunded', 'refunded'],
    ]);
    // A confirmation ends a dispute unless a later message arrived. A confirmed full refund stays refunded.
    const disputed = { status: 'disputed' } as const;
    expect([statusOf(undefined, disputed), statusOf(undefined, disputed, LATER)]).toEqual([
      'paid',
      'disputed',
    ]);
    expect(statusOf('100.00', disputed, LATER)).toBe('refunded');
    for (const status of ['pending', 'authorized', 'processing', 'in_review'] as const)
      expect(statusOf('30.00', { status }, LATER)).toBe('partially_refunded');
  });

  it('a confirmation removes refundUnknown until a later message', () => {
    const unknown = { status: 'partially_refunded', refundUnknown: 'extent' } as const;
    expect(with100(unknown)).not.toHaveProperty('refundUnknown');
    expect(with100(unknown, LATER)).toMatchObject({ refundUnknown: 'extent' });
    expect(with100({ status: 'partially_refunded' }, LATER)).not.toHaveProperty('refundUnknown');
  });
});

describe('waitingOf: what a payment waits for', () => {
  const of = (over: object = {}) =>
    waiting({
      ...{ facts: FACTS, decisions: [], status: 'awaiting_confirmation', reading: readingOf() },
      ...{ grant: { epoch: 0, state: 'none' } },
      ...over,
    } as Parameters<typeof waiting>[0]);
  const authorization = { reading: readingOf({ kind: 'authorization' }) };

  it('a rejected or ended payment and a standing authorization wait for nothing', () => {
    expect(of({ decisions: [answer({ verdict: 'reject' })] })).toBeUndefined();
    expect(of({ status: 'reversed', decisions: [confirmed()] })).toBeUndefined();
    expect(of({ status: 'paid' })).toBeUndefined();
    expect(of({ status: 'authorized', ...authorization })).toBeUndefined();
    expect(of({ status: 'pending', ...authorization })).toMatchObject({ confirmable: false });
    expect(of({ status: 'authorized' })).toMatchObject({ confirmable: true });
  });

  it('a confirmed payment waits for a correction of its sum until goods are granted', () => {
    const given = { status: 'paid', decisions: [confirmed()] };
    expect(of(given)?.for).toBe('nothing, unless the confirmed sum is wrong');
    expect(of({ ...given, grant: { epoch: 1, state: 'granted' } })).toBeUndefined();
    expect(of({ ...given, decisions: [answer({ verdict: 'release' })] })).toBeUndefined();
  });

  it('the digest of a waiting payment has 32 digits and changes with status, facts and confirmations', () => {
    const digests = [
      of(),
      of({ status: 'in_review' }),
      of({ facts: LATER }),
      of({ decisions: [confirmed()] }),
      of({ decisions: [confirmed({ digest: 'd2' })] }),
    ].map((each) => each?.digest ?? '');
    expect(new Set(digests).size).toBe(5);
    expect(digests.every((digest) => /^[0-9a-f]{32}$/.test(digest))).toBe(true);
    expect(confirmed().evidence).toMatch(/^[0-9a-f]{32}$/);
    // A release does not change the digest, nor does it get one.
    expect(of({ decisions: [answer({ verdict: 'release' })] })?.digest).toBe(digests[0]);
    expect(withEvidence(answer({ verdict: 'release' }), FACTS)).not.toHaveProperty('evidence');
  });
});
