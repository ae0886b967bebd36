/**
 * The merchant's side: a shop that uses the idempotency key, and counts what a shop without it would have done. It may
 * refuse, or do the work and answer too late; some shops are closed for good.
 */
import { type Target, TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import type { Engine, Invocation } from './engine.ts';

/**
 * well: only the world's faults · picky: answers 410 to some events · closed: answers nothing for a long time, or for
 * ever.
 */
export type ShopMood = 'well' | 'picky' | 'closed';

/** The delivery's own time limit (deliver.ts); the model has no real clock. */
const PATIENCE_MS = 10_000;
/** An abandoned request may still arrive, but within the margin by which the lease outlives it. */
const LATEST_MS = 5_000;
const PICKY = 0.3;
const RETRY_AFTER_SECONDS = 5_400;

export class ShopModel {
  /** In the order of first receipt. */
  readonly received: { readonly at: number; readonly event: MerchantEvent }[] = [];
  /** Events with the same key and other content, which must never occur. */
  readonly altered: string[] = [];
  mood: ShopMood = 'well';
  closesAt = Number.POSITIVE_INFINITY;
  opensAt = Number.POSITIVE_INFINITY;
  repeats = 0;
  readonly #texts = new Map<string, string>();
  readonly #unwanted = new Map<string, boolean>();
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
          timeoutMs: PATIENCE_MS,
          latestMs: LATEST_MS,
        }),
    };
  }

  /** Whether the shop answered 410 to this event. */
  saidGone(id: string): boolean {
    return this.#unwanted.get(id) === true;
  }

  #take(event: MerchantEvent): void {
    const { now } = this.#engine;
    if (this.mood === 'closed' && now >= this.closesAt && now < this.opensAt) {
      // Some shops say when to come again: later than our own backoff.
      const asks = Math.floor(this.closesAt) % 3 === 0;
      throw new TargetError('unavailable', asks ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {});
    }
    if (this.mood === 'picky' && this.#wantsNot(event.id)) throw new TargetError('gone');
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

  #wantsNot(id: string): boolean {
    const known = this.#unwanted.get(id);
    if (known !== undefined) return known;
    const unwanted = this.#engine.random.chance(PICKY);
    this.#unwanted.set(id, unwanted);
    return unwanted;
  }
}
