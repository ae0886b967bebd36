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
const AT_ONCE = 25;
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
  const failed = await inBatches(await inIndex(store, 'failed'), async (effect) => {
    const row = await store.get(paymentKeyOf(effect.payment));
    if (row === undefined) return [];
    const siblings = (await effectsOf(store, effect.payment)).map((each) => each.effect);
    return fence(effect, paymentOf(row), siblings) === 'supersede' ? [] : [effect];
  });
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
    const keys = await store.open(shard, ALWAYS, PER_SHARD);
    const found = await inBatches(keys, async (key) => {
      // The index is eventually consistent, so the row has the word.
      const row = await store.get(key);
      return row?.openShard === shard ? [effectOf(row).effect] : [];
    });
    effects.push(...found);
  }
  return effects;
}

/** Side by side, but not all: after an outage there may be thousands. */
async function inBatches<T, R>(all: readonly T[], work: (one: T) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))).flat());
  }
  return results;
}
