/** What the merchant should have been told by now, from the sparse index: late, or given up. */
import { type OpenKind, openShards, paymentKeyOf } from '../../shared/aws/keys.ts';
import { effectsOf } from '../../shared/aws/outbox.ts';
import type { Store } from '../../shared/aws/ports.ts';
import { effectOf, paymentOf } from '../../shared/aws/rows.ts';
import { fence } from '../../shared/payment/index.ts';
import type { Effect, PaymentKey } from '../../shared/payment/types.ts';

/** Longer than any effect takes that meets no obstacle. */
export const PATIENCE_MS = 5 * 60_000;
const PER_SHARD = 1_000;
/** After every time there is. */
const ALWAYS = '9999';

export type Owed = ReadonlyMap<PaymentKey, readonly Effect[]>;

/** By payment: those on their way for too long, and those that failed for good. */
export async function owedEffects(store: Store, now: number): Promise<Owed> {
  const late = (await inIndex(store, 'effect')).filter(
    ({ createdAt }) => now - Date.parse(createdAt) >= PATIENCE_MS,
  );
  return byPayment([...late, ...(await failedEffects(store))]);
}

/** Given up, and still true: goods whose grant is over meanwhile are owed to nobody. Longest ago first. */
export async function failedEffects(store: Store): Promise<readonly Effect[]> {
  const failed: Effect[] = [];
  for (const effect of await inIndex(store, 'failed')) {
    const row = await store.get(paymentKeyOf(effect.payment));
    if (row === undefined) continue;
    const siblings = (await effectsOf(store, effect.payment)).map((each) => each.effect);
    if (fence(effect, paymentOf(row), siblings) !== 'supersede') failed.push(effect);
  }
  return failed.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
}

export function byPayment(effects: readonly Effect[]): Owed {
  const owed = new Map<PaymentKey, Effect[]>();
  for (const effect of effects) owed.set(effect.payment, [...(owed.get(effect.payment) ?? []), effect]);
  return owed;
}

async function inIndex(store: Store, kind: OpenKind & ('effect' | 'failed')): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const shard of openShards(kind)) {
    for (const key of await store.open(shard, ALWAYS, PER_SHARD)) {
      // The index is eventually consistent, so the row has the word.
      const row = await store.get(key);
      if (row?.openShard === shard) effects.push(effectOf(row).effect);
    }
  }
  return effects;
}
