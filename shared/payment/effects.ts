/** Derives effects from the difference between a payment before and after a change: `fulfil`, `revoke` and notices. */
import { EVENT_TYPES } from './catalogue.ts';
import { quantityChanged } from './details.ts';
import { positiveMoney, sameMoney, subtractMoney } from './money.ts';
import {
  failedRefunds,
  type Notice,
  type RefundChanges,
  refundChanges,
  refundNotices,
  refundStatusNotice,
  returnNotice,
} from './refund-notices.ts';
import { isGone, isNegative, isPaidLike, isRejected, mayGrant } from './statuses.ts';
import type { AccountPolicy, Hold, Payment, Status } from './types.ts';

type Trigger = Pick<AccountPolicy, 'grantOn'>;

/** The notice of each status (after "payment.", "payout." or "authorization."). `pending` has none. */
export const STATUS_NOTICES: Readonly<Record<Status, string | undefined>> = {
  pending: undefined,
  authorized: 'authorized',
  processing: 'processing',
  in_review: 'processing',
  awaiting_confirmation: 'processing',
  paid: 'paid',
  partially_refunded: 'refunded',
  refunded: 'refunded',
  disputed: 'disputed',
  reversed: 'reversed',
  failed: 'failed',
  denied: 'denied',
  expired: 'expired',
  canceled: 'canceled',
  voided: 'voided',
};

function prefixOf({ reading }: Payment): 'payment' | 'payout' | 'authorization' | 'subscription' {
  if (reading.kind !== 'payment') return reading.kind;
  return reading.direction === 'out' ? 'payout' : 'payment';
}

/**
 * The status as the merchant sees it. A payment that is held or rejected is not announced as paid, so that a merchant
 * does not act on a notice while the hold refuses it. After a release it is announced.
 */
function announcedAs(
  payment: Payment | undefined,
  policy: Trigger,
): Status | 'held' | 'rejected' | undefined {
  if (payment === undefined) return undefined;
  const inviting = mayGrant(payment.reading, payment.status, policy);
  if (payment.grant.state === 'granted' || !inviting) return payment.status;
  if (isRejected(payment)) return 'rejected';
  return payment.holds.length > 0 ? 'held' : payment.status;
}

function statusNotice(
  before: Payment | undefined,
  after: Payment,
  policy: Trigger,
  refunds: RefundChanges,
): string | undefined {
  const now = announcedAs(after, policy);
  if (now === announcedAs(before, policy) || now === 'held' || now === 'rejected' || now === undefined)
    return undefined;
  const backed = after.status === 'paid' || after.status === 'partially_refunded';
  if (before?.status === 'disputed' && backed) return 'dispute_won';
  // Goods are out, and the evidence now says less than before: a risk, not progress.
  const wasGranted = before?.grant.state === 'granted' && after.grant.state === 'granted';
  const lessThanPaid = !isPaidLike(after.status) && !isNegative(after.status);
  if (wasGranted && lessThanPaid && isPaidLike(before.status)) return 'at_risk';
  const notice = STATUS_NOTICES[after.status];
  return notice === 'refunded' ? refundStatusNotice(before, after, refunds) : notice;
}

/** Goods are out and the authorized money was never captured: a separate notice for whoever ships the goods. */
function voidNotice(before: Payment | undefined, after: Payment): string | undefined {
  const voided = after.status === 'voided' && before?.status !== 'voided';
  return voided && before?.grant.state === 'granted' ? 'at_risk' : undefined;
}

/** Goods are out and their quantity has changed since (a courtesy credit, then the purchase). */
function quantityNotice(before: Payment | undefined, after: Payment): string | undefined {
  if (before?.grant.state !== 'granted' || after.grant.state !== 'granted') return undefined;
  return quantityChanged(before, after) ? 'at_risk' : undefined;
}

const isOfDuplicate = ({ reason }: Hold): boolean => reason === 'order_already_paid';

function holdNotices(before: Payment | undefined, after: Payment): readonly string[] {
  const known = new Set(before?.holds.map(({ digest }) => digest));
  const fresh = after.holds.filter(({ digest }: Hold) => !known.has(digest));
  if (fresh.length === 0) return [];
  const isNew = !before?.holds.some(isOfDuplicate) && fresh.some(isOfDuplicate);
  const duplicate = isNew ? ['duplicate'] : [];
  if (after.grant.state === 'granted') return [...duplicate, 'at_risk'];
  // A known duplicate of which more is known now (its amount) is not announced again: the merchant might refund it
  // twice.
  const isHeld = fresh.some((hold) => !isNew || !isOfDuplicate(hold));
  return isHeld ? [...duplicate, 'held'] : duplicate;
}

/** Money that was gone is with the merchant again, and no failed refund explains it (`refund.failed` says that). */
function moneyCameAgain(before: Payment, after: Payment): boolean {
  if (failedRefunds(before, after).length > 0) return false;
  if (isGone(before.status) && !isNegative(after.status)) return true;
  const kept = ({ reading }: Payment) => subtractMoney(reading.moved, reading.returned);
  return positiveMoney(subtractMoney(kept(after), kept(before))).length > 0;
}

/** The notice to give money back: sent on the rejection, and again when more money arrives or becomes known. */
function rejectNotice(before: Payment | undefined, after: Payment): string | undefined {
  if (!isRejected(after)) return undefined;
  if (before === undefined || !isRejected(before)) return 'rejected';
  const known = before.reading;
  if (!sameMoney(known.unexpected ?? [], after.reading.unexpected ?? [])) return 'rejected';
  if (isGone(after.status)) return undefined;
  const isKnown = sameMoney(known.moved, after.reading.moved) && !moneyCameAgain(before, after);
  return isKnown ? undefined : 'rejected';
}

function announcements(before: Payment | undefined, after: Payment): readonly string[] {
  const known = new Set(before?.reading.announcements);
  return after.reading.announcements
    .filter((announcement) => !known.has(announcement))
    .map((announcement) => announcement.split('#')[0] ?? announcement);
}

/**
 * The notices that the change requires, in the order in which they are sent: each type once, and one for each refund.
 */
export function noticesOf(before: Payment | undefined, after: Payment, policy: Trigger): readonly Notice[] {
  const prefix = prefixOf(after);
  const refunds = refundChanges(before, after);
  const suffixes = [
    statusNotice(before, after, policy, refunds),
    voidNotice(before, after),
    quantityNotice(before, after),
    returnNotice(before, after, refunds),
    ...holdNotices(before, after),
    rejectNotice(before, after),
  ].filter((suffix) => suffix !== undefined);
  const plain = [...new Set(suffixes)].map((type): Notice => ({ type }));
  const named = [...refundNotices(refunds), ...plain].map((notice) => ({
    ...notice,
    type: `${prefix}.${notice.type}`,
  }));
  // A type that is not in the catalogue is not sent: an authorization is never "paid", a subscription never "failed".
  const known = named.filter(({ type }) => Object.hasOwn(EVENT_TYPES, type));
  const knownTypes = new Set(known.map(({ type }) => type));
  const announced = new Set(announcements(before, after).filter((type) => !knownTypes.has(type)));
  return [...known, ...failedRefunds(before, after), ...[...announced].map((type) => ({ type }))];
}

/** `fulfil` or `revoke`, if the grant flipped. A grant of another system has neither. */
export function grantEffect(before: Payment | undefined, after: Payment): 'fulfil' | 'revoke' | undefined {
  const { state, observed } = after.grant;
  if (state === (before?.grant.state ?? 'none') || observed === true) return undefined;
  return state === 'granted' ? 'fulfil' : 'revoke';
}
