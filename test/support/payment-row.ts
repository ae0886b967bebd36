/** The row of a payment, made with the rules of its provider. */
import { type PaymentRow, paymentItem } from '../../shared/app/table/rows.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { providerOf } from '../../shared/providers/index.ts';

export const paymentRow = (payment: Payment): PaymentRow =>
  paymentItem(payment, { isPolled: providerOf(payment.provider).rules.pollsEachPayment === true });
