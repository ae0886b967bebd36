/** What events and refunds say that a payment moved. */
import { sumMoney } from './money.ts';
import { isPaidLike } from './statuses.ts';
import type { MerchantEvent, Money, Order, Payment } from './types.ts';

/** Some of it went back, and the evidence does not say how much. */
const returnedUnknown = ({ reading, status }: Payment): boolean =>
  reading.returned.length === 0 &&
  (status === 'partially_refunded' || (reading.refundsSeen ?? []).length > 0);

/**
 * The evidence's own sums; where it names none and the order is exact, the order's amount, and it says so. Not when
 * an unknown part of it went back: `net` would claim the whole, and a merchant may be about to give `net` back.
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
