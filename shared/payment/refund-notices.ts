/** Creates one notice for each refund, however many messages report it and in whatever order. */
import { moneyText, positiveMoney, sameMoney, subtractMoney, sumMoney } from './money.ts';
import type { Money, Payment, RefundSeen } from './types.ts';

/** The type of a notice, and the refund that it is about. */
export interface Notice {
  readonly type: string;
  readonly refund?: RefundSeen;
}

export interface RefundChanges {
  /** Refunds that were not announced yet. */
  readonly fresh: readonly RefundSeen[];
  /** Refunds that were announced before, and whose id or amount is known now. */
  readonly updated: readonly RefundSeen[];
}

const refundsOf = (payment: Payment | undefined): readonly RefundSeen[] => payment?.reading.refundsSeen ?? [];

const textOf = (amount: Money | undefined): string | undefined =>
  amount === undefined ? undefined : moneyText(amount);

/** A refund without an id whose key has disappeared is matched with the first new one: its id is known now. */
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

/**
 * The most refunds that one transaction announces: each is a row, and DynamoDB accepts a hundred rows in one
 * transaction. Refunds usually arrive one by one; many become known at once when an order that is registered late
 * explains a hundred notifications.
 */
const MAX_ANNOUNCED_AT_ONCE = 20;

/**
 * The payment with only the refunds that can be announced at once. The others keep their announced state, so that they
 * are new again when the payment is derived anew.
 * @returns undefined: all of them can be announced
 */
export function withAnnounceableRefunds(before: Payment | undefined, after: Payment): Payment | undefined {
  const { fresh, updated } = refundChanges(before, after);
  const changed = [...updated, ...fresh, ...newlyFailed(before, after)];
  if (changed.length <= MAX_ANNOUNCED_AT_ONCE) return undefined;
  const chosen = new Set(changed.slice(0, MAX_ANNOUNCED_AT_ONCE));
  const known = new Map(refundsOf(before).map((refund) => [refund.key, refund]));
  const keys = new Set(refundsOf(after).map(({ key }) => key));
  // A refund without an id stays until another one replaces it.
  const gone = [...known.values()].filter(({ key, id }) => id === undefined && !keys.has(key));
  const replaced = updated.filter((refund) => chosen.has(refund) && !known.has(refund.key)).length;
  const isChanged = new Set(changed);
  const seen = refundsOf(after).flatMap((refund) => {
    const was = known.get(refund.key);
    if (!isChanged.has(refund) || chosen.has(refund)) return [refund];
    return was === undefined ? [] : [was];
  });
  return {
    ...after,
    reading: {
      ...after.reading,
      refundsSeen: [...seen, ...gone.slice(replaced)],
      refundsFailed: (after.reading.refundsFailed ?? []).filter(
        (refund) => !isChanged.has(refund) || chosen.has(refund),
      ),
    },
  };
}

/** Suffixes of types (after "payment." or "payout."), each with its refund. */
export function refundNotices({ fresh, updated }: RefundChanges): readonly Notice[] {
  return [
    ...fresh.map((refund) => ({ type: 'refunded', refund })),
    ...updated.map((refund) => ({ type: 'refund_updated', refund })),
  ];
}

function newlyFailed(before: Payment | undefined, after: Payment): readonly RefundSeen[] {
  const known = new Set((before?.reading.refundsFailed ?? []).map(({ key }) => key));
  return (after.reading.refundsFailed ?? []).filter(({ key }) => !known.has(key));
}

/** Notices of the refunds that are newly known to have failed: the shopper has not got the money. */
export const failedRefunds = (before: Payment | undefined, after: Payment): readonly Notice[] =>
  newlyFailed(before, after).map((refund) => ({ type: 'refund.failed', refund }));

/** The announced refunds account for all that was returned, or may: the amount of one is not known. */
function explains(refunds: readonly RefundSeen[], returned: readonly Money[]): boolean {
  const amounts = refunds.map(({ amount }) => amount).filter((amount) => amount !== undefined);
  return amounts.length < refunds.length || sameMoney(sumMoney(amounts), returned);
}

/** More was returned than was announced, in any currency. */
const hasGrown = (before: Payment | undefined, after: Payment): boolean =>
  positiveMoney(subtractMoney(after.reading.returned, before?.reading.returned ?? [])).length > 0;

/**
 * The notice of a status that means returned money. Undefined: the notices of the single refunds cover it. A sum that is
 * not larger than the announced one is no refund: an operator confirms or corrects what a provider's answer had said.
 */
export function refundStatusNotice(
  before: Payment | undefined,
  after: Payment,
  { fresh, updated }: RefundChanges,
): string | undefined {
  if (refundsOf(after).length > 0) return fresh.length + updated.length > 0 ? undefined : 'refund_updated';
  const isNamed = after.reading.returned.length > 0 || (before?.reading.returned ?? []).length > 0;
  return isNamed && !hasGrown(before, after) ? 'refund_updated' : 'refunded';
}

/**
 * The notice of a changed sum that no refund explains: money was taken back, or the provider now states the amount. A
 * smaller sum is no refund: a refund came back, and `refund.failed` reports it if it is known.
 */
export function returnNotice(
  before: Payment | undefined,
  after: Payment,
  { fresh, updated }: RefundChanges,
): string | undefined {
  if (sameMoney(before?.reading.returned ?? [], after.reading.returned)) return undefined;
  if (fresh.length + updated.length > 0) return undefined;
  if (after.status === 'reversed') return 'reversed';
  if (!hasGrown(before, after)) return newlyFailed(before, after).length > 0 ? undefined : 'refund_updated';
  return explains(refundsOf(after), after.reading.returned) ? 'refund_updated' : 'refunded';
}
