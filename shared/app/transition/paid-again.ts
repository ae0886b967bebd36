/** Reads the payments of an order that several payments have paid. For an order that was paid once, nothing is read. */
import { type PaidAgain, paidAgain, paidAgainCandidates } from '../../payment/index.ts';
import type { Order } from '../../payment/types.ts';
import { providerOf } from '../../providers/index.ts';
import type { Store } from '../ports.ts';
import { readPayment } from '../table/read.ts';

export async function readPaidAgain(store: Store, order: Order): Promise<PaidAgain | undefined> {
  const keys = paidAgainCandidates(order);
  if (order.use !== 'once' || keys.length < 2) return undefined;
  const found = await Promise.all(keys.map((key) => readPayment(store, key)));
  const payments = found.filter((payment) => payment !== undefined);
  return paidAgain(order, payments, ({ provider }) => providerOf(provider).rules);
}
