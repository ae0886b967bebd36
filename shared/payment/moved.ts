/** What a payment moved, as events and refunds state it. */
import { positiveMoney, subtractMoney, sumMoney } from './money.ts';
import { isGone, isPaidLike } from './statuses.ts';
import type { MerchantEvent, Money, Order, Payment } from './types.ts';

/**
 * A part was returned, and the evidence does not say how much: a refund has no amount, and no more was returned than the
 * other refunds account for.
 */
export function returnedUnknown({ reading, status }: Pick<Payment, 'reading' | 'status'>): boolean {
  const { returned, refundsSeen = [] } = reading;
  if (isGone(status)) return false;
  if (status === 'partially_refunded' && returned.length === 0) return true;
  const known = refundsSeen.map(({ amount }) => amount).filter((amount) => amount !== undefined);
  if (known.length === refundsSeen.length) return false;
  return positiveMoney(subtractMoney(returned, known)).length === 0;
}

/** What is left of the money. Empty if it is not known: a merchant may be about to give it back. */
export const netOf = (payment: Payment, moved: readonly Money[]): readonly Money[] =>
  returnedUnknown(payment) ? [] : subtractMoney(moved, payment.reading.returned);

/**
 * The sums of the evidence. If it names none and the order is exact: the order's amount, with source `order`. Not if an
 * unknown part was returned: `net` would be the whole amount, and a merchant may be about to give `net` back.
 */
export function movedBy({
  payment,
  order,
}: {
  readonly payment: Payment;
  readonly order: Order | undefined;
}): {
  moved: readonly Money[];
  source: MerchantEvent['amountSource'];
} {
  const { reading, status } = payment;
  const moved = sumMoney(reading.moved);
  if (moved.length > 0) return { moved, source: 'evidence' };
  const [term, ...others] = order?.amounts ?? [];
  const expected = term !== undefined && others.length === 0 && 'exact' in term ? term : undefined;
  const isWhole = isPaidLike(status) && !reading.goodwill && !returnedUnknown(payment);
  if (expected === undefined || !isWhole) return { moved, source: 'none' };
  return { moved: [{ amount: expected.exact, currency: expected.currency }], source: 'order' };
}
