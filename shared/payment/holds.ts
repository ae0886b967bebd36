/**
 * Holds are derived from facts, order and policy on every transition; stored holds are only a copy. A digest binds each
 * hold to its evidence: an operator's answer covers exactly what the operator saw, and lapses when the evidence
 * changes.
 */
import { type AmountState, type CaptureGroup, comparedAmount, joinsClaim } from './captures.ts';
import { waitingOf, withEvidence } from './confirmations.ts';
import { hashCanonical } from './duplicates.ts';
import { factsOverflowed } from './facts.ts';
import { compareDecimals, sumMoney } from './money.ts';
import { hasRevokedGoods, ownerOf } from './orders.ts';
import { concernsOrder, isRejected, isUnpaid, mayGrant, needsOrder } from './statuses.ts';
import {
  type AccountPolicy,
  type Facts,
  HOLD_REASONS,
  type Hold,
  type HoldDecision,
  type HoldReason,
  type Order,
  type Payment,
  type ProviderRules,
  type Reading,
  type Status,
} from './types.ts';

/** The most conflicting duplicates that are told apart. At this number the evidence counts as incomplete. */
export const MAX_CONFLICTS = 20;

/** The input of the hold rules: the stored part of the payment, and what was derived from it. */
export interface HoldInput {
  readonly payment: Pick<
    Payment,
    | 'key'
    | 'id'
    | 'facts'
    | 'endUsers'
    | 'test'
    | 'conflicts'
    | 'decisions'
    | 'orderReference'
    | 'sentUnder'
    | 'grant'
    | 'firstSeenAt'
  >;
  readonly order: Order | undefined;
  /** The payment in `order.paidBy`, if it is not this one. */
  readonly claimant?: Payment | undefined;
  readonly reading: Reading;
  readonly amount: AmountState;
  /** For a capture: the other captures of its authorization. */
  readonly group?: CaptureGroup | undefined;
  /** The status, after `awaiting_confirmation` has replaced it where the amount is awaited. */
  readonly status: Status;
  readonly policy: AccountPolicy;
  readonly rules: ProviderRules;
}

/** SHA-256 of the reason and its evidence: hex, the first 32 characters. */
function digestOf(reason: HoldReason, evidence: unknown): string {
  return hashCanonical([reason, evidence]).slice(0, 32);
}

function hold(reason: HoldReason, evidence: unknown): Hold {
  return { reason, digest: digestOf(reason, evidence) };
}

/** The named entries with their content. When any of them grows, the doubt and its release lapse. */
function evidenceOf(facts: Facts, keys: readonly string[]): unknown {
  return [...new Set(keys)].sort().map((key) => [key, facts[key]?.codes ?? [], facts[key]?.amounts ?? []]);
}

/**
 * Test traffic of an allowed user counts as real until the date (a plain date: to its end, UTC). The date is compared
 * with the first message of the payment, so that a grant does not become doubtful when the date passes.
 */
function isAllowedTest({ payment, policy, rules }: HoldInput): boolean {
  const allowed = (endUser: string): boolean =>
    policy.testUsers.some(({ endUser: user, until }) => {
      const end = until.length === 10 ? `${until}T23:59:59.999Z` : until;
      return rules.isSameEndUser(endUser, user) && Date.parse(payment.firstSeenAt) <= Date.parse(end);
    });
  return payment.endUsers.length > 0 && payment.endUsers.every(allowed);
}

/** Holds that result from the evidence alone, with or without an order. */
function evidenceHolds(input: HoldInput): readonly Hold[] {
  const { payment, reading, status, policy } = input;
  const holds = reading.doubts.map(({ reason, evidence }) =>
    hold(reason, evidenceOf(payment.facts, evidence)),
  );
  if (factsOverflowed(payment.facts)) holds.push(hold('too_many_entries', payment.key));
  if (payment.conflicts.length > 0) holds.push(hold('conflicting_duplicate', payment.conflicts));
  if (
    payment.test &&
    policy.environment === 'live' &&
    concernsOrder(reading, policy) &&
    !isAllowedTest(input)
  ) {
    holds.push(hold('test_traffic_in_live', payment.endUsers));
  }
  const again = payment.grant.state === 'revoked' && mayGrant(reading, status, policy);
  if (again && !policy.regrant && !isRejected(payment)) {
    holds.push(
      hold('regrant', [
        payment.grant.epoch,
        sumMoney(reading.moved),
        sumMoney(reading.returned),
        reading.goodwill,
      ]),
    );
  }
  return holds;
}

/** Holds that result from the comparison with an order, or from its absence. */
function orderHolds(input: HoldInput): readonly Hold[] {
  const { payment, order, claimant, group, reading, amount, policy, rules } = input;
  if (!concernsOrder(reading, policy)) return [];
  const moved = sumMoney(reading.moved);
  if (order === undefined) {
    if (!needsOrder(reading, policy)) return [];
    // A payment that once had an order is never trusted without it.
    const trusted = policy.unknownOrder === 'trust' && payment.orderReference === undefined;
    return trusted ? [] : [hold('unknown_order', [payment.orderReference ?? '', moved])];
  }
  const holds: Hold[] = [];
  const about = (reason: HoldReason, ...evidence: readonly unknown[]) =>
    holds.push(hold(reason, [order.reference, ...evidence]));
  const kind = reading.orderKind ?? (reading.direction === 'in' ? 'payment' : order.kind);
  if (order.kind !== kind) about('order_kind_differs', order.kind, kind);
  if (amount === 'differs') about('amount_differs', order.amounts, sumMoney(comparedAmount(reading, group)));
  const { endUser } = order;
  if (endUser !== undefined && payment.endUsers.some((user) => !rules.isSameEndUser(user, endUser))) {
    about('end_user_differs', endUser, payment.endUsers);
  }
  const owner = ownerOf(order, { ...policy, signsForAll: rules.signsForAll }, payment.id);
  if (owner !== 'us') about(owner === 'unknown' ? 'order_id_unknown' : 'order_id_differs', payment.id);
  // This payment had the claim and its goods are still granted: an operator knowingly let the order be paid twice.
  const wasFirst = payment.grant.state === 'granted' && order.paidBefore?.includes(payment.key) === true;
  const isRest = joinsClaim({ order, reading, group, claimant });
  if (
    order.use === 'once' &&
    order.paidBy !== undefined &&
    order.paidBy !== payment.key &&
    !wasFirst &&
    !isRest
  ) {
    // It is a duplicate only while the claimant has its goods. A payment that was granted before the order was known
    // then takes its place.
    if (!hasRevokedGoods(claimant)) about('order_already_paid', order.paidBy, moved);
    else if (policy.paidAgain !== 'grant' && payment.grant.state !== 'granted')
      about('order_payment_reversed', order.paidBy, claimant?.grant.epoch, moved);
  }
  // The first message counts: a payment that begins in time and completes days later is normal.
  if (order.validUntil !== undefined && Date.parse(payment.firstSeenAt) > Date.parse(order.validUntil)) {
    about('order_expired', order.validUntil);
  }
  const { closedAt } = order;
  if (closedAt !== undefined && !wasOpenFor(input, order.reference, closedAt))
    about('order_closed', closedAt);
  return holds;
}

/**
 * Whether closing the order does not affect the payment. A payment with granted goods paid while the order was open,
 * and closing takes nothing back. Money out is not held either if it was known before the close was requested, or was
 * derived under the open order before the close was written.
 */
function wasOpenFor({ payment, reading }: HoldInput, reference: string, closedAt: string): boolean {
  if (payment.grant.state === 'granted') return true;
  if (reading.direction !== 'out') return false;
  return payment.sentUnder === reference || Date.parse(payment.firstSeenAt) <= Date.parse(closedAt);
}

/** Every hold, each once, in the order of HOLD_REASONS. */
export function deriveHolds(input: HoldInput): readonly Hold[] {
  const unique = new Map([...evidenceHolds(input), ...orderHolds(input)].map((each) => [each.digest, each]));
  const rank = ({ reason }: Hold): number => HOLD_REASONS.indexOf(reason);
  return [...unique.values()].sort((a, b) => rank(a) - rank(b) || (a.digest < b.digest ? -1 : 1));
}

const answers = (
  { reason, digest }: Pick<HoldDecision, 'reason' | 'digest'>,
  decision: HoldDecision,
): boolean => decision.reason === reason && decision.digest === digest;

/** The holds that no release covers. */
export function openHolds(holds: readonly Hold[], decisions: readonly HoldDecision[]): readonly Hold[] {
  return holds.filter((each) => !decisions.some((made) => made.verdict === 'release' && answers(each, made)));
}

/** The most decisions that one payment stores. */
export const MAX_DECISIONS = 50;

/** The decision was not accepted. The message is a sentence for the operator that says why. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

/**
 * The decisions with this one added. Undefined: it is stored already (a repeated command). @throws DecisionError if the
 * hold that it names is gone or has another digest
 */
export function decide(
  decision: HoldDecision,
  current: {
    readonly payment: Pick<Payment, 'key' | 'decisions' | 'conflicts' | 'facts' | 'grant'>;
    readonly holds: readonly Hold[];
    readonly status: Status;
    readonly reading: Reading;
  },
): readonly HoldDecision[] | undefined {
  const { payment, holds } = current;
  const made = payment.decisions.find((known) => answers(decision, known));
  if (made !== undefined) {
    if (made.verdict === decision.verdict && hashCanonical(sumsOf(made)) === hashCanonical(sumsOf(decision)))
      return undefined;
    throw new DecisionError(`${payment.key}: ${decision.reason} was already answered with ${made.verdict}`);
  }
  if (decision.reason === 'waiting') return answerWaiting(decision, current);
  // Another hold was rejected. A release would be stored, and the operator would believe that the goods go out.
  if (decision.verdict === 'release' && isRejected(payment))
    throw new DecisionError(`${payment.key}: it was rejected, which is final: nothing is released any more`);
  const sameReason = holds.filter(({ reason }) => reason === decision.reason);
  if (!sameReason.some(({ digest }) => digest === decision.digest)) {
    const found =
      sameReason.length > 0
        ? `its digest is now ${sameReason.map(({ digest }) => digest).join(', ')}`
        : 'it is gone';
    throw new DecisionError(`${payment.key}: hold ${decision.reason} is not what was decided on: ${found}`);
  }
  const refusal =
    decision.verdict === 'release'
      ? cannotRelease(decision.reason, { ...current, conflicts: payment.conflicts })
      : undefined;
  if (refusal !== undefined) {
    throw new DecisionError(`${payment.key}: ${decision.reason} cannot be released, ${refusal}`);
  }
  return added(decision, payment);
}

/** Why a hold can only be rejected. Undefined: it can be released. */
export function cannotRelease(
  reason: HoldReason,
  { status, reading, conflicts }: Pick<Payment, 'status' | 'reading' | 'conflicts'>,
): string | undefined {
  // A denial outweighs any operator's answer: a release would have no effect, and the payment would not be looked at
  // again.
  if (reason === 'contradictory_evidence' && reading.direction !== 'out' && isUnpaid(status)) {
    return `its status stays ${status} whatever is decided: reject it and give the money back, or give the goods yourself and reject it with a note that says so`;
  }
  const incomplete =
    reason === 'too_many_entries' ||
    (reason === 'conflicting_duplicate' && conflicts.length >= MAX_CONFLICTS);
  return incomplete ? 'its evidence is incomplete' : undefined;
}

const sumsOf = ({ paid, returned }: HoldDecision) => [paid ?? {}, returned ?? {}];

/** A rejection is always accepted, also after MAX_DECISIONS decisions: it is the last way to settle a payment. */
function added(
  decision: HoldDecision,
  { key, decisions, facts }: Pick<Payment, 'key' | 'decisions' | 'facts'>,
): readonly HoldDecision[] {
  if (decisions.length >= MAX_DECISIONS && decision.verdict !== 'reject') {
    throw new DecisionError(
      `${key}: ${MAX_DECISIONS} decisions are the most one payment can store: reject it`,
    );
  }
  return [...decisions, withEvidence(decision, facts)];
}

function answerWaiting(
  decision: HoldDecision,
  { payment, status, reading }: Parameters<typeof decide>[1],
): readonly HoldDecision[] {
  const waiting = waitingOf({ ...payment, status, reading });
  const { key } = payment;
  if (waiting === undefined) throw new DecisionError(`${key}: it waits for nothing, its status is ${status}`);
  if (waiting.digest !== decision.digest) {
    throw new DecisionError(
      `${key}: it is not as it was looked at: its status is ${status}, the digest is now ${waiting.digest}`,
    );
  }
  if (decision.verdict === 'release') throw new DecisionError(`${key}: what waits is confirmed or rejected`);
  if (decision.verdict === 'confirm') checkSums(decision, key, waiting.confirmable);
  return added(decision, payment);
}

function checkSums({ paid, returned }: HoldDecision, key: string, confirmable: boolean): void {
  if (!confirmable) throw new DecisionError(`${key}: it moves no money, so it can only be rejected`);
  if (paid === undefined || compareDecimals(paid.amount, '0') <= 0)
    throw new DecisionError(
      `${key}: a confirmation names the amount that was paid; reject what was not paid`,
    );
  const fits =
    returned === undefined ||
    (returned.currency === paid.currency &&
      compareDecimals(returned.amount, '0') > 0 &&
      compareDecimals(returned.amount, paid.amount) <= 0);
  if (!fits)
    throw new DecisionError(`${key}: what went back is above 0, in ${paid.currency}, at most what was paid`);
}
