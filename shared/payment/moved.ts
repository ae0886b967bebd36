/** What a payment moved, as events and refunds state it. */
import { sumMoney } from './money.ts';
import { isPaidLike } from './statuses.ts';
import type { MerchantEvent, Money, Order, Payment } from './types.ts';

/** A part was returned, and the evidence does not say how much. */
const returnedUnknown = ({ reading, status }: Payment): boolean =>
  reading.returned.length === 0 &&
  (status === 'partially_refunded' || (reading.refundsSeen ?? []).length > 0);

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
