/** When each effect was tried and when it failed, from its row: how long the shop was really tried. */

import type { Item } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';

export class Tries {
  /** Milliseconds from the first attempt until it failed for good, by effect id; each redelivery starts again. */
  readonly givenUp: { readonly id: string; readonly afterMs: number }[] = [];
  /** Attempts that were made before the time in their row. */
  readonly early: string[] = [];
  readonly #first = new Map<string, number>();
  readonly #due = new Map<string, number>();

  wrote(item: Item, now: number): void {
    if (!item.sk.startsWith(EFFECT_PREFIX)) return;
    const { id, state, redeliveries = 0, notBefore, leaseUntil = '' } = effectOf(item).effect;
    const turn = `${id} ${redeliveries}`;
    // An expired lease stays in the row, also when the sweeper or an operator writes it.
    if (state === 'delivering' && Date.parse(leaseUntil) > now) {
      if (!this.#first.has(turn)) this.#first.set(turn, now);
      if (now < (this.#due.get(id) ?? 0)) this.early.push(id);
    }
    if (state === 'failed') this.givenUp.push({ id, afterMs: now - (this.#first.get(turn) ?? now) });
    this.#due.set(id, Date.parse(notBefore ?? '') || 0);
  }
}
