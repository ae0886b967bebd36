/** Captures that came before their authorization found its order are derived anew when it does. */
import type { Payment } from '../../payment/types.ts';
import type { Rules } from '../../providers/provider.ts';
import type { Clock, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { aliasKeyOf, paymentKeyOf, WAITING_PREFIX } from '../table/keys.ts';
import { paymentOf, renewItem, waitingPayment } from '../table/rows.ts';

/** Marks of one authorization that are looked at. */
const MAX_MARKS = 100;

/**
 * Leaves a row for each to the sweeper. Asked after the authorization is written: a capture that is written later sees
 * its order (transact.ts), one that was written earlier has left its mark. Harmless to repeat.
 */
export async function wakeCaptures(
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
    const capture = waitingPayment(mark);
    const row = await store.get(paymentKeyOf(capture));
    if (row !== undefined && paymentOf(row).orderReference !== undefined) continue;
    // Also one that was granted without any order (unknownOrder: trust): it is compared with this one now.
    const renewal = { payment: capture, cause: `order ${orderReference}`, evenGranted: true } as const;
    await store.write([{ put: renewItem(renewal, at), when: 'always' }]);
  }
}
