/** Derives captures anew whose authorization finds its order, or another one, after them. */
import type { Payment } from '../../payment/types.ts';
import type { Rules } from '../../providers/provider.ts';
import type { Clock, Store, Write } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { aliasKeyOf, WAITING_PREFIX } from '../table/keys.ts';
import { readOrder, readPayment } from '../table/read.ts';
import { markedPayment, renewItem } from '../table/rows.ts';

/** The most waiting marks of one authorization that are read. */
const MAX_MARKS = 1_000;

/**
 * Writes a row for each waiting capture, for the sweeper. Called after the authorization is written: a capture that is
 * written later finds its order (order-search.ts), one that was written earlier has left its mark. A repetition does no
 * harm.
 */
export async function rederiveWaitingCaptures(
  payment: Payment,
  rules: Rules,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<void> {
  const { provider, account, id, reading, orderReference } = payment;
  const isAuthorization = rules.capturesShareOrder && reading.kind === 'authorization';
  if (!isAuthorization || orderReference === undefined) return;
  const name = aliasKeyOf({ provider, account }, { type: 'parent', value: id });
  const at = new Date(clock()).toISOString();
  for await (const mark of everyRow(store, name.pk, { prefix: WAITING_PREFIX, most: MAX_MARKS })) {
    const capture = markedPayment(mark);
    if ((await readPayment(store, capture))?.orderReference !== undefined) continue;
    // Includes captures that were granted without an order (unknownOrder: trust): they are compared with this order
    // now.
    const renewal = { payment: capture, cause: `order ${orderReference}`, evenGranted: true } as const;
    await store.write([{ put: renewItem(renewal, at), when: 'always' }]);
  }
}

/**
 * Writes of an authorization that follows another order than before: its captures under the earlier order are derived
 * anew, or the sum would be divided between the two orders.
 */
export async function capturesLeftBehind(
  { before, after }: { readonly before: Payment | undefined; readonly after: Payment },
  rules: Rules,
  now: string,
  store: Pick<Store, 'get'>,
): Promise<readonly Write[]> {
  const earlier = before?.orderReference;
  const isAuthorization = rules.capturesShareOrder && after.reading.kind === 'authorization';
  if (!isAuthorization || earlier === undefined || earlier === after.orderReference) return [];
  const { captures = [] } = (await readOrder(store, earlier)) ?? {};
  const cause = `order ${after.orderReference}`;
  return captures
    .filter(({ authorization }) => authorization === after.key)
    .map(({ payment }) => ({ put: renewItem({ payment, cause, evenGranted: true }, now), when: 'always' }));
}
