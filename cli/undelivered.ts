/** Effects that the merchant should have got by now, from the open index: late ones, and failed ones. */

import type { Store } from '../shared/app/ports.ts';
import { paymentKeyOf } from '../shared/app/table/keys.ts';
import { END_OF_TIME, type OpenRows, openRows } from '../shared/app/table/open-index.ts';
import { effectOf, paymentOf } from '../shared/app/table/rows.ts';
import { readEffects } from '../shared/app/transition/outbox.ts';
import { fence } from '../shared/payment/index.ts';
import type { Effect, PaymentKey } from '../shared/payment/types.ts';

/** Longer than an effect takes when nothing goes wrong. */
export const PATIENCE_MS = 5 * 60_000;
/** Limits of each shard. Operators with more undelivered effects redeliver the first ones and repeat the command. */
const BOUNDS = { until: END_OF_TIME, most: 1_000, look: 4_000 } as const;

export type Undelivered = ReadonlyMap<PaymentKey, readonly Effect[]>;

/** By payment: effects that are late, and effects that failed for good. */
export async function undeliveredEffects(
  store: Store,
  now: number,
): Promise<{ readonly undelivered: Undelivered; readonly more: boolean }> {
  const late = await openRows(store, ['effect'], {
    ...BOUNDS,
    keep: (row) => now - Date.parse(effectOf(row).effect.createdAt) >= PATIENCE_MS,
  });
  const failed = await givenUp(store);
  return { undelivered: byPayment([...effectsIn(late), ...failed.effects]), more: late.more || failed.more };
}

/**
 * Failed effects that the fence still supports, oldest first; `more` says whether more exist than were read. When the grant is over meanwhile, they are no longer due, though their
 * rows stay.
 */
export async function givenUp(store: Store) {
  const found = await openRows(store, ['failed'], {
    ...BOUNDS,
    keep: async (item) => {
      const { effect } = effectOf(item);
      const row = await store.get(paymentKeyOf(effect.payment));
      if (row === undefined) return false;
      const siblings = (await readEffects(store, effect.payment)).map((each) => each.effect);
      return fence(effect, paymentOf(row), siblings) !== 'supersede';
    },
  });
  const effects = [...effectsIn(found)].sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  return { effects, more: found.more };
}

export const failedEffects = async (store: Store): Promise<readonly Effect[]> =>
  (await givenUp(store)).effects;

const effectsIn = ({ rows }: OpenRows): readonly Effect[] => rows.map((row) => effectOf(row).effect);

export function byPayment(effects: readonly Effect[]): Undelivered {
  const undelivered = new Map<PaymentKey, Effect[]>();
  for (const effect of effects)
    undelivered.set(effect.payment, [...(undelivered.get(effect.payment) ?? []), effect]);
  return undelivered;
}
