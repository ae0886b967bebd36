/**
 * The merchant: registers orders before, between, after and during the processing of their notifications; changes
 * orders; registers refunds; answers questions.
 */
import type { Ask } from '../../shared/app/http/decision-hook.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import { changeRegisteredOrder, UnknownOrderError } from '../../shared/app/transition/order-changes.ts';
import { OrderTakenError, registerOrder } from '../../shared/app/transition/orders.ts';
import { registerRefund, UnknownPaymentError } from '../../shared/app/transition/refunds.ts';
import { OrderChangeError } from '../../shared/payment/index.ts';
import type { Order } from '../../shared/payment/types.ts';
import type { Question } from '../../shared/providers/question.ts';
import { CALLER_TIMEOUT_MS, DAY, HOUR, MINUTE, SECOND, START_MS } from './constants.ts';
import type { Invocation } from './engine.ts';
import type { PlannedChange, PlannedRefund } from './merchant-requests.ts';
import type { PlannedPayment } from './plans.ts';
import type { World } from './world.ts';

/** The final answer of the decision hook, which gives one answer to each id of a question. */
export interface MerchantAnswer {
  readonly status: string;
  /** Every content that the question had (`contentOf`). */
  readonly contents: Set<string>;
}

/** @param amount decimal text; absent for a question without an amount */
export const contentOf = (orderId: string, amount: string | undefined): string =>
  `${orderId} ${amount === undefined ? '' : Math.round(Number(amount) * 100)}`;

/** A requested change; `doneAt` when it was confirmed to the merchant, `refused` when it was refused. */
export interface RequestedChange extends PlannedChange {
  readonly begunAt: number;
  /** The version that the request names, also when it is repeated after a lost answer. Absent: any version. */
  readonly version?: number;
  doneAt?: number;
  refused?: true;
}

/** From this time on, no new payment appears, so a refund of an unknown payment is not tried again. */
const LAST_REFUND_MS = 10 * DAY;

export class Merchant {
  readonly registered = new Map<string, number>();
  /** Refunds whose registration was confirmed to the merchant, with the time. */
  readonly refunds = new Map<string, number>();
  readonly changes: RequestedChange[] = [];
  /** By the question's id. */
  readonly answers = new Map<string, MerchantAnswer>();
  readonly #world: World;
  readonly #begun = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  start(storyMs: number): void {
    for (const { order, when } of this.#world.orders) {
      const at = when === 'during its notification' ? 1.2 : when;
      this.#world.engine.at(START_MS + at * storyMs, () => this.#registerOnce(order));
    }
    for (const refund of this.#world.refunds) {
      this.#world.engine.at(START_MS + refund.at * storyMs, () => this.#refund(refund));
    }
    for (const change of this.#world.changes) {
      this.#world.engine.at(START_MS + change.at * storyMs, () => this.#begin(change));
    }
  }

  #refund(planned: PlannedRefund): void {
    const world = this.#world;
    const { reference, payment, story, namesId, at } = planned;
    const seam = world.seam('merchant', CALLER_TIMEOUT_MS);
    const refund = {
      ...{ reference, payment, amount: story.amount, currency: 'EUR' },
      ...(namesId && story.id !== undefined ? { id: story.id } : {}),
      registeredAt: new Date(START_MS + at * HOUR).toISOString(),
    };
    world.untilDone(
      () => registerRefund(world.store(seam), world.queue(world.notifications, seam), refund),
      seam,
      () => {
        this.refunds.set(reference, world.engine.now);
        world.engine.count('refund registered');
      },
      () => this.#refund(planned),
      (error) => {
        if (!(error instanceof UnknownPaymentError)) return false;
        world.engine.count('refund before its payment');
        if (world.engine.now < START_MS + LAST_REFUND_MS)
          world.engine.after(HOUR, () => this.#refund(planned));
        return true;
      },
    );
  }

  /** The changes of one order run in sequence: a close that is tried again must not follow the reopening. */
  #begin(planned: PlannedChange): void {
    const { reference } = planned.change;
    const isBusy = this.changes.some(
      ({ change, doneAt, refused }) =>
        change.reference === reference && doneAt === undefined && refused !== true,
    );
    if (isBusy) {
      this.#world.engine.after(MINUTE, () => this.#begin(planned));
      return;
    }
    const seen = planned.namesVersion ? this.#world.row(orderKey(reference))?.version : undefined;
    const requested: RequestedChange = {
      ...{ ...planned, begunAt: this.#world.engine.now },
      ...(seen === undefined ? {} : { version: seen }),
    };
    this.changes.push(requested);
    this.#change(requested);
  }

  /** The call that operators use, or the merchant's own tools with the same rights. */
  #change(requested: RequestedChange): void {
    const world = this.#world;
    const { engine } = world;
    const seam = world.seam('operator', CALLER_TIMEOUT_MS);
    const deps = {
      store: world.store(seam),
      queue: world.queue(world.notifications, seam),
      at: new Date(engine.now).toISOString(),
    };
    const { version } = requested;
    const seen = version === undefined ? {} : { version };
    const change = { ...requested.change, ...seen, by: 'merchant', note: 'simulated' };
    const what = `order ${requested.change.action}`;
    world.untilDone(
      () => changeRegisteredOrder(change, deps),
      seam,
      () => {
        requested.doneAt = engine.now;
        engine.count(what);
        if (version !== undefined) engine.count('order change of a version');
        engine.note(`${what} ${requested.change.reference}`);
      },
      () => this.#change(requested),
      (error) => {
        if (!(error instanceof OrderChangeError)) return false;
        requested.refused = true;
        engine.count(error instanceof UnknownOrderError ? `${what}: unknown order` : `${what}: refused`);
        return true;
      },
    );
  }

  /** Registers some orders while the first notification of the payment is processed. */
  registerDuringNotification({ id, reference }: PlannedPayment): void {
    const { orders, engine } = this.#world;
    for (const { order, when } of orders) {
      const isIts = order.reference === reference || order.aliases.some(({ value }) => value === id);
      if (!isIts || when !== 'during its notification' || !engine.random.chance(0.5)) continue;
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
      // The order is registered and was changed before the confirmation arrived.
      (error) =>
        error instanceof OrderTakenError &&
        this.changes.some(({ change, refused }) => change.reference === order.reference && refused !== true),
    );
  }

  /** The decision hook: its answer is final, even if the answer arrives too late or never. */
  askFor(invocation: Invocation): Ask {
    const down = () => new Error('no answer');
    return async (question, _keys, patienceMs) => {
      const { engine } = this.#world;
      try {
        const text = await engine.call(invocation, 'question', () => this.answerQuestion(question), {
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

  answerQuestion({ id, asks, amount, orderId }: Question): string {
    const { random } = this.#world.engine;
    const yes = asks === 'debit' ? 'OK' : 'CONTINUE';
    const no = asks === 'debit' ? 'FAILED' : 'FINISH';
    const answer = this.answers.get(id) ?? { status: random.chance(0.75) ? yes : no, contents: new Set() };
    answer.contents.add(contentOf(orderId, amount));
    if (!this.answers.has(id)) this.#world.engine.note(`merchant answers ${answer.status} to ${id}`);
    this.answers.set(id, answer);
    return JSON.stringify({ id, status: answer.status });
  }
}
