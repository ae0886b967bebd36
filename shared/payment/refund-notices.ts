/** One notice for each refund, however many messages tell of it and in whatever order. */
import { compareDecimals, moneyText, sameMoney, subtractMoney, sumMoney } from './money.ts';
import type { Money, Payment, RefundSeen } from './types.ts';

/** What a notice is called, and the refund that it is about. */
export interface Notice {
  readonly type: string;
  readonly refund?: RefundSeen;
}

export interface RefundChanges {
  /** Not announced yet. */
  readonly fresh: readonly RefundSeen[];
  /** Announced before, and now its id or its amount is known. */
  readonly updated: readonly RefundSeen[];
}

const refundsOf = (payment: Payment | undefined): readonly RefundSeen[] => payment?.reading.refundsSeen ?? [];

const textOf = (amount: Money | undefined): string | undefined =>
  amount === undefined ? undefined : moneyText(amount);

/** One that is gone (told of the payment alone) is the first of those that are new: now it has its id. */
export function refundChanges(before: Payment | undefined, after: Payment): RefundChanges {
  const known = new Map(refundsOf(before).map((refund) => [refund.key, refund]));
  const keys = new Set(refundsOf(after).map(({ key }) => key));
  const gone = [...known.values()].filter(({ key, id }) => id === undefined && !keys.has(key)).length;
  const unknown = refundsOf(after).filter(({ key }) => !known.has(key));
  const learnt = refundsOf(after).filter(({ key, id, amount }) => {
    const was = known.get(key);
    if (was === undefined) return false;
    const isNamed = was.id === undefined && id !== undefined;
    return isNamed || (amount !== undefined && textOf(was.amount) !== textOf(amount));
  });
  return { fresh: unknown.slice(gone), updated: [...unknown.slice(0, gone), ...learnt] };
}

/** Suffixes (after "payment." or "payout."), each with its refund. */
export function refundNotices({ fresh, updated }: RefundChanges): readonly Notice[] {
  return [
    ...fresh.map((refund) => ({ type: 'refunded', refund })),
    ...updated.map((refund) => ({ type: 'refund_updated', refund })),
  ];
}

/** Told now of a refund that it failed: the shopper has not got the money. */
export function failedRefunds(before: Payment | undefined, after: Payment): readonly Notice[] {
  const known = new Set((before?.reading.refundsFailed ?? []).map(({ key }) => key));
  const failed = after.reading.refundsFailed ?? [];
  return failed.filter(({ key }) => !known.has(key)).map((refund) => ({ type: 'refund.failed', refund }));
}

/** A status of money that went back, of which each refund is announced by itself. */
export function refundStatusNotice(after: Payment, { fresh, updated }: RefundChanges): string | undefined {
  if (refundsOf(after).length === 0) return 'refunded';
  return fresh.length + updated.length > 0 ? undefined : 'refund_updated';
}

/** Refunds that were announced are all that went back, as far as they are known. */
function explains(refunds: readonly RefundSeen[], returned: readonly Money[]): boolean {
  if (refunds.some(({ amount }) => amount === undefined)) return true;
  const amounts = refunds.flatMap(({ amount }) => (amount === undefined ? [] : [amount]));
  return refunds.length > 0 && sameMoney(sumMoney(amounts), returned);
}

/** More of it is gone than was announced, in any currency. */
const hasGrown = (before: Payment | undefined, after: Payment): boolean =>
  subtractMoney(after.reading.returned, before?.reading.returned ?? []).some(
    ({ amount }) => compareDecimals(amount, '0') > 0,
  );

/**
 * Sums changed and no refund explains it: money was pulled back, or the provider now says how much it was. Less than was
 * announced is no refund: one came back, which `refund.failed` says where it is known.
 */
export function returnNotice(
  before: Payment | undefined,
  after: Payment,
  { fresh, updated }: RefundChanges,
): string | undefined {
  if (sameMoney(before?.reading.returned ?? [], after.reading.returned)) return undefined;
  if (fresh.length + updated.length > 0) return undefined;
  if (after.status === 'reversed') return 'reversed';
  if (!hasGrown(before, after)) return failedRefunds(before, after).length > 0 ? undefined : 'refund_updated';
  return explains(refundsOf(after), after.reading.returned) ? 'refund_updated' : 'refunded';
}
