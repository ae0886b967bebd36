/**
 * Settles a payment that waits: an operator looks at the provider and confirms what was paid (and what of it was
 * returned), or rejects the payment. The answer names the digest of the state that the operator saw, so that it is
 * refused if a message arrived in between.
 *
 * A confirmation is evidence beside the provider's: it fills in what the provider's evidence leaves open, and never
 * outweighs messages that end the payment (denied, reversed…). If later messages contradict a confirmed sum, the
 * payment is held as doubtful.
 */
import { defined } from './defined.ts';
import { hashCanonical } from './duplicates.ts';
import { compareDecimals, largestMoney, sameMoney, sumMoney } from './money.ts';
import { isNegative, isRejected, WAITS_FOR } from './statuses.ts';
import type { Facts, HoldDecision, Money, Order, Payment, Reading, Status } from './types.ts';

const DIGEST_CHARACTERS = 32;

/** What a payment waits for, and the digest that an answer must name. */
export interface Waiting {
  /** The end of the sentence "it waits for …". */
  readonly for: string;
  readonly digest: string;
  /** Only money can be confirmed. An authorization or a subscription can only be rejected. */
  readonly confirmable: boolean;
}

const confirms = ({ verdict }: HoldDecision): boolean => verdict === 'confirm';

const factsHash = (facts: Facts): string => hashCanonical(facts).slice(0, DIGEST_CHARACTERS);

/**
 * Undefined: the payment is settled or rejected. A confirmed payment that is not granted may be confirmed again, which
 * corrects the sum.
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

/** The decision as it is stored: a confirmation with the hash of the facts. */
export const withEvidence = (decision: HoldDecision, facts: Facts): HoldDecision =>
  confirms(decision) ? { ...decision, evidence: factsHash(facts) } : decision;

const isWhole = (returned: Money | undefined, paid: Money): boolean =>
  returned !== undefined && compareDecimals(returned.amount, paid.amount) >= 0;

/** Statuses under way: a confirmed payment counts as paid while its messages report one of them. */
const UNDER_WAY: ReadonlySet<Status> = new Set([
  'pending',
  'authorized',
  'processing',
  'in_review',
  'awaiting_confirmation',
]);

/** The reading, joined with the latest confirmation. */
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
  // The operator saw this money returned, so it counts as returned. Later messages either name it or add to it.
  const returned = isSeen && back.length > 0 ? back : largestMoney(reading.returned, back);
  const isLess = reading.returned.length > 0 && !sameMoney(returned, reading.returned);
  const differs = !isSeen && ((named.length > 0 && !sameMoney(named, [paid])) || isLess);
  const doubts = differs
    ? [...reading.doubts, { reason: 'contradictory_evidence' as const, evidence: Object.keys(facts) }]
    : reading.doubts;
  // The extent of a refund was unknown. The operator has looked at it, and no message has arrived since.
  const { refundUnknown, ...known } = reading;
  return {
    ...known,
    ...(isSeen ? {} : defined({ refundUnknown })),
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

/** A payment that was returned in full stays refunded. A dispute or a refund that was reported later is open again. */
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
