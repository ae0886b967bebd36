/**
 * The single refunds of a payment (of a payout: the reclaims). A refund appears in its own events, in a status of its
 * parent (11 or 12), and in the sums of the API; all of these may be about the same refund.
 */
import { defined } from '../../payment/defined.ts';
import { compareDecimals, parseMoneyText, subtractMoney, sumMoney } from '../../payment/money.ts';
import type { Facts, Money, Reading, RefundSeen, Status } from '../../payment/types.ts';
import { refundedSums } from './snapshot.ts';
import type { TransactionTypeRow } from './tables.ts';
import type { Child, Own } from './transactions.ts';

export const isRefund = ({ entry }: TransactionTypeRow): boolean => entry === 'refund' || entry === 'reclaim';

/** Refunds without a transaction of their own, known from the parent's status or a sum. Numbered. */
const unnamedRefunds = (many: number): readonly RefundSeen[] =>
  Array.from({ length: Math.max(0, many) }, (_, index) => ({ key: `unnamed#${index + 1}` }));

function seenOf(key: string, facts: Facts): RefundSeen {
  const [text, ...others] = facts[key]?.amounts ?? [];
  const isKnown = text !== undefined && others.length === 0;
  return { key, id: key.slice(key.indexOf('/') + 1), ...(isKnown ? { amount: parseMoneyText(text) } : {}) };
}

export function refundsOf(
  facts: Facts,
  own: Own,
  children: readonly Child[],
  status: Status,
): Pick<Reading, 'refundsSeen' | 'refundsFailed' | 'refundUnknown'> {
  const refundRows = children.filter(({ row }) => isRefund(row)).sort((a, b) => (a.key < b.key ? -1 : 1));
  const counted = refundRows.filter(({ counts }) => counts);
  const named = counted.map(({ key }) => seenOf(key, facts));
  // A reclaim of a payout that failed is not a failed refund.
  const failed = refundRows.filter(({ row, failed: came }) => came && row.entry === 'refund');
  const isClaimed = own.claims.has('partially_refunded') || own.claims.has('refunded');
  // Every refund raises the sum. A failed refund lowered it again, and has an event.
  const bySums = refundedSums(facts).length - refundRows.length;
  const unnamed = unnamedRefunds(Math.max(bySums, isClaimed && counted.length === 0 ? 1 : 0));
  const { refunded = [], paid = [] } = own.snapshot ?? {};
  const refundsSeen = withTheRest(
    [...named, ...unnamed],
    status === 'refunded' && paid.length > 0 ? paid : refunded,
  );
  const unknown = refundsSeen.some(({ amount }) => amount === undefined);
  const isExtentKnown = isClaimed || (!unknown && isLess(refundsSeen, paid));
  const isExtent = status === 'partially_refunded' && !isExtentKnown;
  const refundUnknown = isExtent ? 'extent' : unknown ? 'amount' : undefined;
  return {
    refundsSeen,
    refundsFailed: failed.map(({ key }) => seenOf(key, facts)),
    ...defined({ refundUnknown }),
  };
}

/** Whether the refunds leave a part of what was paid. */
function isLess(refunds: readonly RefundSeen[], [paid]: readonly Money[]): boolean {
  const sums = sumMoney(refunds.flatMap(({ amount }) => (amount === undefined ? [] : [amount])));
  const [sum, ...others] = sums;
  return (
    paid !== undefined &&
    sum !== undefined &&
    others.length === 0 &&
    sum.currency === paid.currency &&
    compareDecimals(sum.amount, paid.amount) < 0
  );
}

/** If exactly one amount is missing, it is the rest of the API's sum. */
function withTheRest(refunds: readonly RefundSeen[], total: readonly Money[]): readonly RefundSeen[] {
  const [sum, ...others] = total;
  const unknown = refunds.filter(({ amount }) => amount === undefined);
  if (sum === undefined || others.length > 0 || unknown.length !== 1) return refunds;
  const known = sumMoney(refunds.flatMap(({ amount }) => (amount === undefined ? [] : [amount])));
  const [rest, ...differing] = subtractMoney(total, known);
  if (rest === undefined || differing.length > 0 || compareDecimals(rest.amount, '0') <= 0) return refunds;
  return refunds.map((refund) => (refund.amount === undefined ? { ...refund, amount: rest } : refund));
}
