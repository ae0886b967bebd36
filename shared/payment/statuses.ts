/** What each status means to grant, holds and notices: the core's own tables (the providers' are in their facts.ts). */
import type { AccountPolicy, Payment, Reading, Status } from './types.ts';

/** Money is (or was, and may be again) with the merchant: here an order's conditions must hold. */
const PAID_LIKE: ReadonlySet<Status> = new Set(['paid', 'partially_refunded', 'disputed']);

/** Negative evidence: never granted from here, and a grant that gets here is revoked. */
const NEGATIVE: ReadonlySet<Status> = new Set([
  ...(['failed', 'denied', 'expired', 'canceled', 'voided'] as const),
  ...(['reversed', 'refunded'] as const),
]);
/** Money came and went: whoever looks at such a one has nothing to decide. */
const GONE: ReadonlySet<Status> = new Set(['reversed', 'refunded']);

/**
 * From which statuses goods are granted. A partial refund leaves the rest paid, so it grants like paid: a paid
 * order is granted whichever of completion and partial refund arrives first. A dispute never starts a grant.
 */
const GRANTING: Readonly<Record<AccountPolicy['grantOn'], readonly Status[]>> = {
  authorized: ['authorized', 'processing', 'paid', 'partially_refunded'],
  processing: ['processing', 'paid', 'partially_refunded'],
  paid: ['paid', 'partially_refunded'],
};

/** What ends the wait in each status that is not final; undefined: nothing is waited for. Rendered into docs. */
export const WAITS_FOR: Readonly<Record<Status, string | undefined>> = {
  pending: 'the next news of the provider',
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

/** Without any news for so many days somebody is told (alarm stuck-payments). */
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
/** Negative, and it says that no money is here. */
export const isUnpaid = (status: Status): boolean => NEGATIVE.has(status) && !GONE.has(status);

/** Only incoming payments are ever granted: no authorization, subscription or payout, and nothing undirected. */
export function mayGrant(reading: Reading, status: Status, policy: Pick<AccountPolicy, 'grantOn'>): boolean {
  return (
    reading.kind === 'payment' && reading.direction === 'in' && GRANTING[policy.grantOn].includes(status)
  );
}

/** Money that is about to leave: what is wrong with it is of use now, not when it is gone. */
const LEAVING: ReadonlySet<Status> = new Set(['authorized', 'processing', 'in_review']);

const isLeaving = ({ direction, status }: Reading): boolean => direction === 'out' && LEAVING.has(status);

/** Is the payment one that there must be an order for? Before money (or the trigger) it may still be registered. */
export function needsOrder(reading: Reading, policy: Pick<AccountPolicy, 'grantOn'>): boolean {
  return (
    reading.kind === 'payment' &&
    reading.direction !== undefined &&
    (isPaidLike(reading.status) || mayGrant(reading, reading.status, policy))
  );
}

/** Are the order's conditions worth checking yet? Of money that comes in, when it is here; of money out, before it goes. */
export const concernsOrder = (reading: Reading, policy: Pick<AccountPolicy, 'grantOn'>): boolean =>
  needsOrder(reading, policy) || (reading.kind === 'payment' && isLeaving(reading));

/** An operator's reject is final: the merchant was told to give the money back. */
export function isRejected({ decisions }: Pick<Payment, 'decisions'>): boolean {
  return decisions.some(({ verdict }) => verdict === 'reject');
}

/** What only the provider, or a person who asks it, can say: whether and how much was paid, whether all of it went back. */
export function waitsForProvider({
  status,
  reading,
  decisions,
}: Pick<Payment, 'status' | 'reading' | 'decisions'>): boolean {
  if (status === 'awaiting_confirmation') return true;
  return status === 'partially_refunded' && reading.refundUnknown === 'extent' && !isRejected({ decisions });
}
