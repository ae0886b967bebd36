/**
 * The merchant's shop: it absorbs repeated events by the idempotency key and counts them. The shop may refuse an event,
 * or do the work and answer too late. Some shops are closed for a long time or for ever.
 */
import { type Target, TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import type { Engine, Invocation } from './engine.ts';

/**
 * working: only the world's faults · selective: answers 410 to some events · closed: unavailable for a long time or for
 * ever.
 */
export type ShopBehaviour = 'working' | 'selective' | 'closed';

/** The time limit of a delivery attempt (deliver.ts), in virtual time. */
const PATIENCE_MS = 10_000;
/** A request that was given up may arrive until then: the lease lasts that much longer than the attempt. */
const LATEST_MS = 5_000;
const REFUSED_SHARE = 0.3;
const RETRY_AFTER_SECONDS = 5_400;

export class ShopModel {
  /** Events in the order of their first receipt. */
  readonly received: { readonly at: number; readonly event: MerchantEvent }[] = [];
  /** Ids of events that came again with another content, which must never occur. */
  readonly altered: string[] = [];
  behaviour: ShopBehaviour = 'working';
  closesAt = Number.POSITIVE_INFINITY;
  opensAt = Number.POSITIVE_INFINITY;
  repeats = 0;
  readonly #texts = new Map<string, string>();
  readonly #refusals = new Map<string, boolean>();
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  targetFor(invocation: Invocation): Target {
    const down = () => new TargetError('unavailable');
    return {
      name: 'eventbridge',
      deliver: (event) =>
        this.#engine.call(invocation, `deliver ${event.id.split(':').at(-1)}`, () => this.#receive(event), {
          refused: down,
          lost: down,
          timeoutMs: PATIENCE_MS,
          latestMs: LATEST_MS,
        }),
    };
  }

  /** Whether the shop answered 410 to this event. */
  answeredGone(id: string): boolean {
    return this.#refusals.get(id) === true;
  }

  #receive(event: MerchantEvent): void {
    const { now } = this.#engine;
    if (this.behaviour === 'closed' && now >= this.closesAt && now < this.opensAt) {
      // Some shops answer with a Retry-After that is longer than our own backoff.
      const hasRetryAfter = Math.floor(this.closesAt) % 3 === 0;
      throw new TargetError('unavailable', hasRetryAfter ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {});
    }
    if (this.behaviour === 'selective' && this.#refuses(event.id)) throw new TargetError('gone');
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

  #refuses(id: string): boolean {
    const known = this.#refusals.get(id);
    if (known !== undefined) return known;
    const isRefused = this.#engine.random.chance(REFUSED_SHARE);
    this.#refusals.set(id, isRefused);
    return isRefused;
  }
}
