/** Reads the payments of an order that several payments have paid. For an order that was paid once, nothing is read. */
import { type PaidAgain, paidAgain, paidAgainCandidates } from '../../payment/index.ts';
import type { Order } from '../../payment/types.ts';
import { providerOf } from '../../providers/index.ts';
import type { Store } from '../ports.ts';
import { paymentKeyOf } from '../table/keys.ts';
import { paymentOf } from '../table/rows.ts';

export async function readPaidAgain(store: Store, order: Order): Promise<PaidAgain | undefined> {
  const keys = paidAgainCandidates(order);
  if (order.use !== 'once' || keys.length < 2) return undefined;
  const rows = await Promise.all(keys.map((key) => store.get(paymentKeyOf(key))));
  const payments = rows.flatMap((row) => (row === undefined ? [] : [paymentOf(row)]));
  return paidAgain(order, payments, ({ provider }) => providerOf(provider).rules);
}
