/**
 * Payments that have a name of an order and pay another one: goods of that one were granted for the payment, or for a
 * sum that it is a part of. Its money never pays for both, so the order that names it stays unpaid, and whoever registers
 * it or looks at it must learn that.
 */
import { isPaidWith } from '../../payment/index.ts';
import type { Payment, PaymentKey } from '../../payment/types.ts';
import type { Store } from '../ports.ts';
import { readOrder, readPayment } from '../table/read.ts';

export interface PaidElsewhere {
  readonly payment: PaymentKey;
  /** The reference of the order that the payment pays. */
  readonly order: string;
}

/** @param payments those that have a name of the order with this reference */
export async function paidElsewhere(
  store: Store,
  reference: string,
  payments: Iterable<Payment>,
): Promise<readonly PaidElsewhere[]> {
  const found = await Promise.all(
    [...payments].map(async (payment): Promise<readonly PaidElsewhere[]> => {
      const other = payment.orderReference;
      if (other === undefined || other === reference) return [];
      const isKept = payment.grant.epoch > 0 || (await isCounted(store, payment, other));
      return isKept ? [{ payment: payment.key, order: other }] : [];
    }),
  );
  return found.flat();
}

/** Whether goods of the order are granted for a sum that the capture is a part of. */
async function isCounted(store: Store, payment: Payment, reference: string): Promise<boolean> {
  const order = payment.reading.capture === true ? await readOrder(store, reference) : undefined;
  if (order === undefined) return false;
  const claimant = order.paidBy === undefined ? undefined : await readPayment(store, order.paidBy);
  return isPaidWith(payment, { order, claimant });
}
