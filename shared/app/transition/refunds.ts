/** Registers a refund that the merchant has started, before, while or after its notifications arrive. */
import { MAX_REFUNDS, OrderError } from '../../payment/index.ts';
import type { Refund } from '../../payment/types.ts';
import { type Queue, type Store, StoreBusyError } from '../ports.ts';
import { repeatWhileBusy } from '../table/attempts.ts';
import { refundKey } from '../table/keys.ts';
import { readPayment } from '../table/read.ts';
import { refundItem, refundOf } from '../table/rows.ts';
import { OrderTakenError } from './orders.ts';
import { queueRederivation } from './rederive-later.ts';

/** The payment has no notification yet. The sentence says what to do. */
export class UnknownPaymentError extends OrderError {}

export interface RegisteredRefund {
  readonly reference: string;
  readonly payment: string;
  /** False: the same refund was registered before. */
  readonly created: boolean;
}

const MAX_ATTEMPTS = 6;

/**
 * Writes the refund's row; then its payment is derived anew with it. Registering the same refund again does no harm and
 * repeats the last step, so a caller that crashed in between tries again.
 * @param queue the notifications queue
 * @throws OrderError, OrderTakenError, UnknownPaymentError, StoreBusyError
 */
export async function registerRefund(store: Store, queue: Queue, refund: Refund): Promise<RegisteredRefund> {
  await check(store, refund);
  const created = await repeatWhileBusy(() => write(store, refund), { most: MAX_ATTEMPTS });
  const { reference, payment } = refund;
  await queueRederivation(queue, { payment, cause: `refund ${reference}`, refund: reference });
  return { reference, payment, created };
}

async function check(store: Store, { reference, payment: key, replaces }: Refund): Promise<void> {
  const payment = await readPayment(store, key);
  if (payment === undefined) {
    throw new UnknownPaymentError(
      `refund.payment: found ${JSON.stringify(key)}, allowed: a payment that its provider has reported (a new one: try again once its first event has come)`,
    );
  }
  const { refunds = [] } = payment;
  const known = refunds.some((each) => each.reference === reference);
  if (!known && refunds.length >= MAX_REFUNDS) {
    throw new OrderError(
      `refund: ${key} has ${MAX_REFUNDS} refunds, which is the most one payment can store`,
    );
  }
  if (replaces === undefined) return;
  const other = await store.get(refundKey(replaces));
  if (other === undefined || refundOf(other).payment !== key) {
    throw new OrderError(
      `refund.replaces: found ${JSON.stringify(replaces)}, allowed: the reference of another refund of ${key}`,
    );
  }
}

async function write(store: Store, refund: Refund): Promise<boolean> {
  const result = await store.write([{ put: refundItem(refund), when: 'absent' }]);
  if (result.ok) return true;
  const existing = result.refused[0]?.existing;
  if (existing === undefined) throw new StoreBusyError('refund row changed');
  const differing = differences(refundOf(existing), refund);
  if (differing.length === 0) return false;
  throw new OrderTakenError(
    `refund.reference: ${JSON.stringify(refund.reference)} is registered with other content (${differing.join(', ')})`,
  );
}

const CONTENT = [
  'payment',
  'amount',
  'currency',
  'id',
  'replaces',
] as const satisfies readonly (keyof Refund)[];

const differences = (a: Refund, b: Refund): readonly string[] =>
  CONTENT.filter((field) => a[field] !== b[field]);

/** The refund that was registered under the reference, for the worker. Undefined: none. */
export async function findRefund(store: Store, reference: string): Promise<Refund | undefined> {
  const row = await store.get(refundKey(reference));
  return row === undefined ? undefined : refundOf(row);
}
