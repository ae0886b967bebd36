/**
 * The merchant's side: a shop that honours the idempotency key, and counts what a careless one would have done.
 * It may refuse, or do the work and then be too slow to say so.
 */
import { type Target, TargetError } from '../../shared/aws/targets/target.ts';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import type { Engine, Invocation } from './engine.ts';

export class ShopModel {
  /** In the order of first receipt. */
  readonly received: { readonly at: number; readonly event: MerchantEvent }[] = [];
  readonly #texts = new Map<string, string>();
  /** Same key, other content: never allowed. */
  readonly altered: string[] = [];
  repeats = 0;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  targetFor(invocation: Invocation): Target {
    const down = () => new TargetError('unavailable');
    return {
      name: 'eventbridge',
      deliver: (event) =>
        this.#engine.call(invocation, `deliver ${event.id.split(':').at(-1)}`, () => this.#take(event), {
          refused: down,
          lost: down,
        }),
    };
  }

  #take(event: MerchantEvent): void {
    const text = JSON.stringify(event);
    const known = this.#texts.get(event.id);
    if (known === undefined) {
      this.#texts.set(event.id, text);
      this.received.push({ at: this.#engine.now, event });
      this.#engine.note(`shop received ${event.id}`);
      return;
    }
    this.repeats += 1;
    if (known !== text) this.altered.push(event.id);
  }
}
