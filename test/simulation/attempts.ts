/** The delivery attempts of each effect, from its row: when the first was made, and when the effect failed. */

import type { Item } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';

export class Attempts {
  /** Effects that failed for good, with the time since their first attempt. A redelivery starts a new count. */
  readonly failed: { readonly id: string; readonly afterMs: number }[] = [];
  /** Ids of effects that were attempted before the time in their row (`notBefore`). */
  readonly early: string[] = [];
  readonly #first = new Map<string, number>();
  readonly #due = new Map<string, number>();

  wrote(item: Item, now: number): void {
    if (!item.sk.startsWith(EFFECT_PREFIX)) return;
    const { id, state, redeliveries = 0, notBefore, leaseUntil = '' } = effectOf(item).effect;
    const attemptKey = `${id} ${redeliveries}`;
    // An expired lease stays in the row when the sweeper or an operator writes the row.
    if (state === 'delivering' && Date.parse(leaseUntil) > now) {
      if (!this.#first.has(attemptKey)) this.#first.set(attemptKey, now);
      if (now < (this.#due.get(id) ?? 0)) this.early.push(id);
    }
    if (state === 'failed') this.failed.push({ id, afterMs: now - (this.#first.get(attemptKey) ?? now) });
    this.#due.set(id, Date.parse(notBefore ?? '') || 0);
  }
}
