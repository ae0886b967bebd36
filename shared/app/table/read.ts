/** Reads single rows as typed values, strongly consistent. Undefined: there is no such row. */
import type { Order, Payment, PaymentKey } from '../../payment/types.ts';
import type { Store } from '../ports.ts';
import { orderKey, paymentKeyOf } from './keys.ts';
import { orderOf, paymentOf } from './rows.ts';

export async function readPayment(store: Pick<Store, 'get'>, key: PaymentKey): Promise<Payment | undefined> {
  const row = await store.get(paymentKeyOf(key));
  return row === undefined ? undefined : paymentOf(row);
}

export async function readOrder(store: Pick<Store, 'get'>, reference: string): Promise<Order | undefined> {
  const row = await store.get(orderKey(reference));
  return row === undefined ? undefined : orderOf(row);
}
