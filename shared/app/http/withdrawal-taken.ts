/**
 * A balance is taken once. Trustly's orderid names one withdrawal, and a `once` order allows one withdrawal: whichever
 * of its questions was answered yes first is the only one, whatever id another one has.
 */

import type { Order } from '../../payment/types.ts';
import type { TrustlyEuropeAccount } from '../../providers/trustly-europe/account.ts';
import type { Question } from '../../providers/trustly-europe/index.ts';
import type { Store, Write } from '../ports.ts';
import { takenKeys } from '../table/keys.ts';
import { takenItem, takenOf } from '../table/rows.ts';

/** Whether another question about this withdrawal was answered yes. */
export async function takenByAnother(
  store: Store,
  account: TrustlyEuropeAccount,
  { asks, orderId, notificationId }: Question,
  order: Order | undefined,
): Promise<boolean> {
  if (asks !== 'debit' || order === undefined) return false;
  const taken = await Promise.all(takenKeys(account, orderId, order).map((key) => store.get(key)));
  return taken.some((row) => row !== undefined && takenOf(row).notificationId !== notificationId);
}

/** Written with the yes, in one transaction; refused where another question was quicker. */
export const takenWrites = (
  account: TrustlyEuropeAccount,
  { orderId, notificationId }: Question,
  order: Order,
  at: string,
): readonly Write[] =>
  takenKeys(account, orderId, order).map((key) => ({
    put: takenItem(key, { notificationId, orderId, at }),
    when: 'absent',
  }));
