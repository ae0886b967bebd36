/** What the merchant should have been told by now, from the sparse index. Effects that failed for good are not in it. */
import { openShards } from '../../shared/aws/keys.ts';
import type { Store } from '../../shared/aws/ports.ts';
import { effectOf } from '../../shared/aws/rows.ts';
import type { Effect, PaymentKey } from '../../shared/payment/types.ts';

/** Longer than any effect takes that meets no obstacle. */
export const PATIENCE_MS = 5 * 60_000;
const PER_SHARD = 1_000;
/** After every time there is. */
const ALWAYS = '9999';

/** By payment. */
export async function owedEffects(
  store: Store,
  now: number,
): Promise<ReadonlyMap<PaymentKey, readonly Effect[]>> {
  const owed = new Map<PaymentKey, Effect[]>();
  for (const shard of openShards('effect')) {
    for (const key of await store.open(shard, ALWAYS, PER_SHARD)) {
      // The index is eventually consistent, so the row has the word.
      const row = await store.get(key);
      if (row?.openShard === undefined) continue;
      const { effect } = effectOf(row);
      if (now - Date.parse(effect.createdAt) < PATIENCE_MS) continue;
      owed.set(effect.payment, [...(owed.get(effect.payment) ?? []), effect]);
    }
  }
  return owed;
}
