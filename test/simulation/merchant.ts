/** The merchant: registers orders before, between, after and while their notifications are worked on; decides questions. */
import type { Ask } from '../../shared/app/http/decision-hook.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import type { Order } from '../../shared/payment/types.ts';
import type { Question } from '../../shared/providers/trustly-europe/index.ts';
import { CALLER_TIMEOUT_MS, SECOND, START_MS } from './constants.ts';
import type { Invocation } from './engine.ts';
import type { PlannedPayment } from './plans.ts';
import type { World } from './world.ts';

/** What the merchant's endpoint said, once and for all: it is idempotent by the question's id. */
export interface Said {
  readonly status: string;
  /** Every content it was asked about, see `contentOf`. */
  readonly about: Set<string>;
}

/** @param amount decimal text; absent where none is asked about */
export const contentOf = (orderId: string, amount: string | undefined): string =>
  `${orderId} ${amount === undefined ? '' : Math.round(Number(amount) * 100)}`;

export class Merchant {
  readonly registered = new Map<string, number>();
  /** By the question's id. */
  readonly said = new Map<string, Said>();
  readonly #world: World;
  readonly #begun = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  start(story: number): void {
    for (const { order, when } of this.#world.orders) {
      const at = when === 'with its news' ? 1.2 : when;
      this.#world.engine.at(START_MS + at * story, () => this.#registerOnce(order));
    }
  }

  /** Some orders are registered while their first news are being worked on. */
  newsOf({ id, reference }: PlannedPayment): void {
    const { orders, engine } = this.#world;
    for (const { order, when } of orders) {
      const isIts = order.reference === reference || order.aliases.some(({ value }) => value === id);
      if (!isIts || when !== 'with its news' || !engine.random.chance(0.5)) continue;
      engine.after(engine.random.between(0, 1_000), () => this.#registerOnce(order));
    }
  }

  #registerOnce(order: Order): void {
    if (this.#begun.has(order.reference)) return;
    this.#begun.add(order.reference);
    this.#register(order);
  }

  #register(order: Order): void {
    const world = this.#world;
    const seam = world.seam('merchant', CALLER_TIMEOUT_MS);
    world.untilDone(
      () => registerOrder(world.store(seam), world.queue(world.notifications, seam), order),
      seam,
      () => {
        this.registered.set(order.reference, world.engine.now);
        world.engine.note(`order ${order.reference} registered`);
      },
      () => this.#register(order),
    );
  }

  /** The endpoint: what it did stands also when nobody hears of it, or too late. */
  askFor(invocation: Invocation): Ask {
    const down = () => new Error('no answer');
    return async (question, _keys, patienceMs) => {
      const { engine } = this.#world;
      try {
        const text = await engine.call(invocation, 'question', () => this.answerQuestione(question), {
          refused: down,
          lost: down,
          timeoutMs: patienceMs,
          latestMs: 5 * SECOND,
        });
        return { answered: true, text };
      } catch {
        return { answered: false, why: 'unreachable' };
      }
    };
  }

  answerQuestione({ id, asks, amount, orderId }: Question): string {
    const { random } = this.#world.engine;
    const yes = asks === 'debit' ? 'OK' : 'CONTINUE';
    const no = asks === 'debit' ? 'FAILED' : 'FINISH';
    const said = this.said.get(id) ?? { status: random.chance(0.75) ? yes : no, about: new Set() };
    said.about.add(contentOf(orderId, amount));
    if (!this.said.has(id)) this.#world.engine.note(`merchant says ${said.status} to ${id}`);
    this.said.set(id, said);
    return JSON.stringify({ id, status: said.status });
  }
}
