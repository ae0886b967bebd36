/**
 * The library call behind POST /checkout/refunds: registers a refund that the merchant has requested from its provider.
 */
import { OrderError, parsePaymentKey, parseRefund } from '../../payment/index.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import type { Clock, Queue, Store } from '../ports.ts';
import { type RegisteredRefund, registerRefund } from '../transition/refunds.ts';

export interface RefundDeps {
  readonly store: Store;
  /** The notifications queue: it receives the message that derives the payment anew. */
  readonly notifications: Queue;
  readonly clock: Clock;
  readonly accounts: readonly Account[];
}

/**
 * Registers the refund.
 * @throws OrderError, OrderTakenError, UnknownPaymentError (each with a sentence for the merchant's engineer),
 * StoreBusyError
 */
export async function checkoutRefund(
  body: unknown,
  { store, notifications, clock, accounts }: RefundDeps,
): Promise<RegisteredRefund> {
  const refund = parseRefund(body, new Date(clock()).toISOString());
  const { provider, account } = parsePaymentKey(refund.payment);
  if (findAccount(accounts, provider, account) === undefined) {
    throw new OrderError(
      `refund.payment: found ${JSON.stringify(refund.payment)}, allowed: a payment of an account that this stack has`,
    );
  }
  return registerRefund(store, notifications, refund);
}
