/**
 * What each status means for grants, holds and notices: the core's own tables (the providers' tables are in their
 * facts.ts).
 */
import type { AccountPolicy, Payment, Reading, Status } from './types.ts';

/** The merchant has the money, or had it and may get it again. The order's conditions must hold here. */
const PAID_LIKE: ReadonlySet<Status> = new Set(['paid', 'partially_refunded', 'disputed']);

/** Negative evidence: a payment in such a status is never granted, and an existing grant is revoked. */
const NEGATIVE: ReadonlySet<Status> = new Set([
  ...(['failed', 'denied', 'expired', 'canceled', 'voided'] as const),
  ...(['reversed', 'refunded'] as const),
]);
/** The money arrived and was returned, so an operator has nothing to decide. */
const GONE: ReadonlySet<Status> = new Set(['reversed', 'refunded']);

/**
 * From which statuses goods are granted. A partial refund leaves the rest paid, so it grants like paid: a paid order is
 * granted, whether the completion or the partial refund arrives first. A dispute never starts a grant.
 */
const GRANTING: Readonly<Record<AccountPolicy['grantOn'], readonly Status[]>> = {
  authorized: ['authorized', 'processing', 'paid', 'partially_refunded'],
  processing: ['processing', 'paid', 'partially_refunded'],
  paid: ['paid', 'partially_refunded'],
};

/** What ends the wait in each status that is not final. Undefined: the status waits for nothing. Rendered into docs. */
export const WAITS_FOR: Readonly<Record<Status, string | undefined>> = {
  pending: 'the next notification of the provider',
  authorized: 'the capture of the money',
  processing: 'the bank',
  in_review: 'the review of the provider',
  awaiting_confirmation: 'the amount that was paid',
  paid: undefined,
  partially_refunded: 'nothing, unless all of it went back',
  refunded: undefined,
  disputed: 'the end of the dispute',
  reversed: undefined,
  failed: undefined,
  denied: undefined,
  expired: undefined,
  canceled: undefined,
  voided: undefined,
};

/** After this number of days without a message, the alarm stuck-payments is raised. */
export const ALARM_DAYS: Readonly<Partial<Record<Status, number>>> = {
  pending: 14,
  authorized: 30,
  processing: 14,
  in_review: 3,
  awaiting_confirmation: 1,
  disputed: 120,
};

export const isPaidLike = (status: Status): boolean => PAID_LIKE.has(status);
export const isNegative = (status: Status): boolean => NEGATIVE.has(status);
/** The money arrived, and all of it was returned. */
export const isGone = (status: Status): boolean => GONE.has(status);
/** Negative, and no money is with the merchant. */
export const isUnpaid = (status: Status): boolean => NEGATIVE.has(status) && !GONE.has(status);

/**
 * Only incoming payments are ever granted: no authorization, subscription or payout, and no payment without direction.
 */
export function mayGrant(reading: Reading, status: Status, policy: Pick<AccountPolicy, 'grantOn'>): boolean {
  return (
    reading.kind === 'payment' && reading.direction === 'in' && GRANTING[policy.grantOn].includes(status)
  );
}

/** Statuses of money that is about to leave: a hold is useful now, not after the money has left. */
const LEAVING: ReadonlySet<Status> = new Set(['authorized', 'processing', 'in_review']);

const isLeaving = ({ direction, status }: Reading): boolean => direction === 'out' && LEAVING.has(status);

/**
 * Whether the payment must have an order. Before money moves (or the trigger is reached), the order may still be
 * registered.
 */
export function needsOrder(reading: Reading, policy: Pick<AccountPolicy, 'grantOn'>): boolean {
  return (
    reading.kind === 'payment' &&
    reading.direction !== undefined &&
    (isPaidLike(reading.status) || mayGrant(reading, reading.status, policy))
  );
}

/**
 * Whether to check the order's conditions yet: for incoming money when it has arrived, for outgoing money before it
 * leaves.
 */
export const concernsOrder = (reading: Reading, policy: Pick<AccountPolicy, 'grantOn'>): boolean =>
  needsOrder(reading, policy) || (reading.kind === 'payment' && isLeaving(reading));

/** An operator's reject is final: the merchant was asked to give the money back. */
export function isRejected({
  decisions,
}: {
  readonly decisions: readonly { readonly verdict: string }[];
}): boolean {
  return decisions.some(({ verdict }) => verdict === 'reject');
}

/**
 * Whether only the provider, or a person who asks it, can settle the payment: whether and how much was paid, or whether
 * all of it was returned.
 */
export function waitsForProvider({
  status,
  reading,
  decisions,
}: Pick<Payment, 'status' | 'reading' | 'decisions'>): boolean {
  if (status === 'awaiting_confirmation') return true;
  return status === 'partially_refunded' && reading.refundUnknown === 'extent' && !isRejected({ decisions });
}
