/**
 * The way out of a payment that is not settled: an operator looks at the provider, and confirms what was paid (and what
 * of it went back), or rejects the payment. An answer names the digest of what was looked at, so that it is refused when
 * news came meanwhile.
 *
 * What an operator confirmed is evidence beside the provider's: it fills in what that leaves open, and never outweighs
 * news that end the payment (denied, reversed…). A confirmed sum that later news contradict is a doubt, which is held.
 */
import { hashCanonical } from './duplicates.ts';
import { compareDecimals, largestMoney, sameMoney, sumMoney } from './money.ts';
import { isNegative, isRejected, WAITS_FOR } from './statuses.ts';
import type { Facts, HoldDecision, Money, Order, Payment, Reading, Status } from './types.ts';

const DIGEST_CHARACTERS = 32;

/** What a payment waits for, and the digest that an answer must name. */
export interface Waiting {
  /** A sentence's end: "what is not settled is …". */
  readonly for: string;
  readonly digest: string;
  /** Only money can be confirmed; an authorization or subscription can be rejected. */
  readonly confirmable: boolean;
}

const confirms = ({ verdict }: HoldDecision): boolean => verdict === 'confirm';

const factsHash = (facts: Facts): string => hashCanonical(facts).slice(0, DIGEST_CHARACTERS);

/**
 * Undefined: settled, or rejected. A confirmed payment that is not granted may be confirmed again, which corrects the
 * sum.
 */
export function waitingOf(
  payment: Pick<Payment, 'facts' | 'decisions' | 'status' | 'reading' | 'grant'>,
): Waiting | undefined {
  const { facts, decisions, status, reading, grant } = payment;
  if (isRejected(payment) || isNegative(status)) return undefined;
  if (reading.kind !== 'payment' && status === 'authorized') return undefined;
  const given = decisions.filter(confirms);
  const isCorrectable = given.length > 0 && grant.state !== 'granted';
  const waitsFor =
    WAITS_FOR[status] ?? (isCorrectable ? 'nothing, unless the confirmed sum is wrong' : undefined);
  if (waitsFor === undefined) return undefined;
  const seen = ['waiting', status, facts, given.map(({ digest }) => digest)];
  return {
    for: waitsFor,
    digest: hashCanonical(seen).slice(0, DIGEST_CHARACTERS),
    confirmable: reading.kind === 'payment',
  };
}

/** The decision as it is kept. */
export const withEvidence = (decision: HoldDecision, facts: Facts): HoldDecision =>
  confirms(decision) ? { ...decision, evidence: factsHash(facts) } : decision;

const isWhole = (returned: Money | undefined, paid: Money): boolean =>
  returned !== undefined && compareDecimals(returned.amount, paid.amount) >= 0;

/** Under way: from here on a payment is confirmed as paid, whatever is heard on the way. */
const UNDER_WAY: ReadonlySet<Status> = new Set([
  'pending',
  'authorized',
  'processing',
  'in_review',
  'awaiting_confirmation',
]);

/** The latest confirmation, joined with what the provider said. */
export function withConfirmation(
  reading: Reading,
  { facts, decisions }: Pick<Payment, 'facts' | 'decisions'>,
  order: Order | undefined,
): Reading {
  const latest = decisions.findLast(confirms);
  const { paid } = latest ?? {};
  if (latest === undefined || paid === undefined) return reading;
  if (reading.kind !== 'payment' || isNegative(reading.status)) return reading;
  const isSeen = latest.evidence === factsHash(facts);
  const back = latest.returned === undefined ? [] : [latest.returned];
  const named = sumMoney(reading.moved);
  const moved = isSeen || named.length === 0 ? [paid] : named;
  // What the operator saw go back went back: later news name it, or come beside it.
  const returned = isSeen && back.length > 0 ? back : largestMoney(reading.returned, back);
  const isLess = reading.returned.length > 0 && !sameMoney(returned, reading.returned);
  const differs = !isSeen && ((named.length > 0 && !sameMoney(named, [paid])) || isLess);
  const doubts = differs
    ? [...reading.doubts, { reason: 'contradictory_evidence' as const, evidence: Object.keys(facts) }]
    : reading.doubts;
  // A refund of which nobody knew how far it went: the operator has looked, as long as no news came since.
  const { refundUnknown, ...known } = reading;
  return {
    ...known,
    ...(isSeen || refundUnknown === undefined ? {} : { refundUnknown }),
    direction: reading.direction ?? (order === undefined || order.kind === 'payment' ? 'in' : 'out'),
    status: confirmedStatus(reading.status, {
      isSeen,
      isGone: isWhole(latest.returned, paid),
      isPartly: returned.length > 0,
    }),
    moved,
    returned,
    doubts,
  };
}

/** What went back in full stays gone. A dispute or refund of which news came later is open again. */
function confirmedStatus(
  status: Status,
  {
    isSeen,
    isGone,
    isPartly,
  }: { readonly isSeen: boolean; readonly isGone: boolean; readonly isPartly: boolean },
): Status {
  if (isGone) return 'refunded';
  if (!isSeen && !UNDER_WAY.has(status)) return status;
  return isPartly ? 'partially_refunded' : 'paid';
}
