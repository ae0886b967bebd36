/**
 * A balance is taken once. The provider's order id names one withdrawal, and a `once` order allows one withdrawal: the
 * first of its questions that is answered yes is the only one, whatever the ids of the others.
 */

import type { Order } from '../../payment/types.ts';
import type { Question } from '../../providers/question.ts';
import type { Store, Write } from '../ports.ts';
import { type Scope, takenKeys } from '../table/keys.ts';
import { takenItem, takenOf } from '../table/rows.ts';

/** Whether another question about this withdrawal was answered yes. */
export async function takenByAnother(
  store: Store,
  account: Scope,
  { asks, orderId, notificationId }: Question,
  order: Order | undefined,
): Promise<boolean> {
  if (asks !== 'debit' || order === undefined) return false;
  const taken = await Promise.all(takenKeys(account, orderId, order).map((key) => store.get(key)));
  return taken.some((row) => row !== undefined && takenOf(row).notificationId !== notificationId);
}

/** Written in the same transaction as the yes. Refused if another question was answered yes first. */
export const takenWrites = (
  account: Scope,
  { orderId, notificationId }: Question,
  order: Order,
  at: string,
): readonly Write[] =>
  takenKeys(account, orderId, order).map((key) => ({
    put: takenItem(key, { notificationId, orderId, at }),
    when: 'absent',
  }));
