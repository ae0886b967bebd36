/**
 * A model of the worker: rows in maps, and the worker's steps one at a time (absorb duplicates, find the order,
 * transition, write, derive waiting payments anew). `core` is replaceable, so that controls can test a broken core.
 */

import {
  type AccountPolicy,
  type Alias,
  DecisionError,
  type Effect,
  type Hold,
  type HoldDecision,
  materialHash,
  type NormalizedEvent,
  type Order,
  orderToLoad,
  type Payment,
  paymentKey,
  type Transition,
  transition,
  type World,
  waitingOf,
} from '../../shared/payment/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { AT, KEY, normalizedOf, own, POLICY, RULES, readSynthetic, sum } from './synthetic.ts';

export class Shop {
  readonly payments = new Map<string, Payment>();
  readonly orders = new Map<string, Order>();
  readonly effects: Effect[] = [];
  /** The holds that an operator released, each as payment key and reason. */
  readonly released: string[] = [];
  /** The ids of effects whose event states another state of the order than the rows. */
  readonly misstated: string[] = [];
  /** The keys of the payments that an operator rejected. */
  readonly rejected = new Set<string>();
  readonly #aliases = new Map<string, string>();
  readonly #waiting = new Map<string, Set<string>>();
  readonly #events = new Map<string, string>();
  readonly #core: typeof transition;
  policy: AccountPolicy;

  constructor(policy: Partial<AccountPolicy> = {}, core: typeof transition = transition) {
    this.policy = { ...POLICY, ...policy };
    this.#core = core;
  }

  #aliasKey(alias: Alias): string {
    return `${alias.type}#${alias.value}`;
  }

  #orderFor(payment: Payment | undefined, normalized: NormalizedEvent | undefined): Order | undefined {
    const where = orderToLoad(payment, normalized);
    if ('reference' in where) return this.orders.get(where.reference);
    const reference = where.aliases
      .map((alias) => this.#aliases.get(this.#aliasKey(alias)))
      .find((found) => found);
    return reference === undefined ? undefined : this.orders.get(reference);
  }

  #world(payment: Payment | undefined, normalized?: NormalizedEvent): World {
    const order = this.#orderFor(payment, normalized);
    const claimant = order?.paidBy === undefined ? undefined : this.payments.get(order.paidBy);
    const isOther = claimant !== undefined && claimant.id !== (payment?.id ?? normalized?.subject?.id);
    const isOwn = claimant !== undefined && !isOther;
    const successor = (isOwn ? (order?.paidBefore ?? []) : [])
      .map((key) => this.payment(key))
      .find(({ grant }) => grant.state === 'granted');
    return { payment, order, successor, ...(isOther ? { claimant } : {}) };
  }

  /** Whether the event states the order as the rows state it now. */
  #statesTheOrder({ event: { orderReference, order } }: Effect): boolean {
    if (orderReference === undefined) return order === undefined;
    const registered = this.orders.get(orderReference);
    if (registered === undefined) return order === undefined;
    const { paidBy } = registered;
    const claimant = paidBy === undefined ? undefined : this.payments.get(paidBy);
    const state = paidBy === undefined || claimant?.grant.state === 'revoked' ? 'open' : 'claimed';
    return (
      order?.reference === orderReference &&
      order.state === state &&
      order.paidBy?.payment === paidBy &&
      order.paidBy?.status === claimant?.status
    );
  }

  #write(made: Transition): Transition {
    this.payments.set(made.payment.key, made.payment);
    this.effects.push(...made.effects);
    if (made.order !== undefined) this.orders.set(made.order.reference, made.order);
    for (const alias of made.waitsFor) {
      const key = this.#aliasKey(alias);
      this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(made.payment.key));
    }
    for (const effect of made.effects) if (!this.#statesTheOrder(effect)) this.misstated.push(effect.id);
    for (const key of made.rederive) this.reevaluate(this.payment(key));
    return made;
  }

  /** @returns undefined for a duplicate of an applied message */
  receive(normalized: NormalizedEvent, at: string = AT): Transition | undefined {
    const id = normalized.subject?.id ?? '';
    const known = this.#events.get(normalized.key);
    const hash = materialHash(normalized);
    if (known === hash) return undefined;
    if (known === undefined) this.#events.set(normalized.key, hash);
    const payment = this.payments.get(paymentKey({ ...KEY, id }));
    return this.#write(
      this.#core(
        this.#world(payment, normalized),
        { type: 'normalized', normalized, conflict: known !== undefined },
        {
          policy: this.policy,
          read: readSynthetic,
          rules: RULES,
          at,
          key: { ...KEY, id },
          cause: normalized.key,
        },
      ),
    );
  }

  reevaluate(payment: Payment, at: string = AT): Transition {
    return this.#write(
      this.#core(
        this.#world(payment),
        { type: 'reevaluate', cause: 'test' },
        { policy: this.policy, read: readSynthetic, rules: RULES, at, key: payment, cause: 'test' },
      ),
    );
  }

  register(order: Readonly<Record<string, unknown>> = {}): void {
    const parsed = parseOrder(
      { reference: 'order-1', amounts: [{ currency: 'EUR', exact: '100' }], ...order },
      '2026-02-01T00:00:00.000Z',
    );
    if (this.orders.has(parsed.reference)) return;
    this.orders.set(parsed.reference, parsed);
    const waiting = new Set<string>();
    for (const alias of parsed.aliases) {
      const key = this.#aliasKey(alias);
      this.#aliases.set(key, parsed.reference);
      for (const payment of this.#waiting.get(key) ?? []) waiting.add(payment);
    }
    for (const key of waiting) this.reevaluate(this.payment(key));
  }

  decide(hold: Hold, verdict: 'release' | 'reject', payment: Payment = this.only()): Transition {
    const decision = { ...hold, verdict, by: 'operator', note: 'seen', at: AT };
    const made = this.#core(
      this.#world(payment),
      { type: 'decide', decision },
      { policy: this.policy, read: readSynthetic, rules: RULES, at: AT, key: payment, cause: 'decision' },
    );
    if (verdict === 'release') this.released.push(`${payment.key} ${hold.reason}`);
    else this.rejected.add(payment.key);
    return this.#write(made);
  }

  /** Confirms or rejects a waiting payment as an operator does. */
  answer(
    verdict: 'confirm' | 'reject',
    sums: Pick<HoldDecision, 'paid' | 'returned'> = {},
    payment: Payment = this.only(),
  ): Transition {
    const digest = waitingOf(payment)?.digest ?? 'settled';
    const decision = {
      reason: 'waiting',
      digest,
      verdict,
      ...sums,
      by: 'operator',
      note: 'seen',
      at: AT,
    } as const;
    const made = this.#core(
      this.#world(payment),
      { type: 'decide', decision },
      { policy: this.policy, read: readSynthetic, rules: RULES, at: AT, key: payment, cause: 'decision' },
    );
    if (verdict === 'reject') this.rejected.add(payment.key);
    return this.#write(made);
  }

  /** Like `decide`, but a refused decision changes nothing. */
  tryDecide(hold: Hold, verdict: 'release' | 'reject', payment: Payment): void {
    try {
      this.decide(hold, verdict, payment);
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error;
    }
  }

  payment(key: string): Payment {
    const payment = this.payments.get(key);
    if (payment === undefined) throw new Error(`no payment ${key}`);
    return payment;
  }

  only(): Payment {
    return this.payment(paymentKey(KEY));
  }

  order(reference = 'order-1'): Order {
    const order = this.orders.get(reference);
    if (order === undefined) throw new Error(`no order ${reference}`);
    return order;
  }

  get types(): string[] {
    return this.effects.map(({ type }) => type);
  }

  reasons(payment: Payment = this.only()): string[] {
    return payment.holds.map(({ reason }) => reason);
  }

  hold(reason: string, payment: Payment = this.only()): Hold {
    const hold = payment.holds.find((each) => each.reason === reason);
    if (hold === undefined) throw new Error(`not held for ${reason}`);
    return hold;
  }
}

/** The facts of a completed payment of 100 EUR. */
export const paidLines = [own('completed'), sum('credit', '1', '100')];

/** A shop whose order is paid and whose goods are granted. */
export function granted(policy: ConstructorParameters<typeof Shop>[0] = {}): Shop {
  const shop = new Shop(policy);
  shop.register();
  shop.receive(normalizedOf(paidLines));
  return shop;
}
