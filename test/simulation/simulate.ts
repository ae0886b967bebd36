/** Runs the world of one seed. `--seed N --log` repeats a failing seed and prints every step. */
import { orderKey } from '../../shared/app/table/keys.ts';
import { matchRefunds, orderState } from '../../shared/payment/index.ts';
import type { Order } from '../../shared/payment/types.ts';
import type { Engine } from './engine.ts';
import { violations } from './invariants.ts';
import type { PlannedPayment } from './plans.ts';
import type { Variant } from './variant.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly violations: readonly string[];
  readonly log: readonly string[];
  /** Number of occurrences by name, to check that the seeds reach every kind. */
  readonly tally: Readonly<Record<string, number>>;
}

/** Only one world runs at a time, because clock, timers and random numbers belong to the process. */
export async function simulate(
  seed: number,
  variant?: Variant,
  /** `races`: all messages of the world come within a second. */
  options?: { readonly races?: boolean; inspect?(world: World): void },
): Promise<SeedResult> {
  const world = new World(seed, variant, options);
  const problems: string[] = [];
  const restore = replaceGlobals(world.engine);
  try {
    await world.run();
    problems.push(...(await violations(world)));
    options?.inspect?.(world);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : `crashed: ${String(error)}`);
  } finally {
    restore();
  }
  return {
    seed,
    steps: world.engine.steps,
    violations: problems,
    log: world.engine.log,
    tally: tallyOf(world),
  };
}

/** Replaces the clock, timers and random numbers of the process, because deadlines, pauses and Powertools use them. */
function replaceGlobals(engine: Engine): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const { random } = Math;
  const { timeout } = AbortSignal;
  const cleared = new Set<unknown>();
  const setVirtual = (run: () => void, ms = 0): object => {
    const timer = {};
    engine.after(ms, () => {
      if (!cleared.has(timer)) run();
    });
    return timer;
  };
  Date.now = () => engine.now;
  Math.random = () => engine.random.next();
  globalThis.setTimeout = setVirtual as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: unknown) => cleared.add(timer)) as unknown as typeof clearTimeout;
  // The models end a call by virtual time (`timeoutMs` of a call).
  AbortSignal.timeout = () => new AbortController().signal;
  return () => {
    Date.now = now;
    Math.random = random;
    AbortSignal.timeout = timeout;
    Object.assign(globalThis, { setTimeout, clearTimeout });
  };
}

function tallyOf(world: World): Record<string, number> {
  const tally: Record<string, number> = { worlds: 1, payments: world.payments.length };
  const add = (name: string, by = 1): void => {
    tally[name] = (tally[name] ?? 0) + by;
  };
  for (const [name, count] of world.engine.counts) add(`fault: ${name}`, count);
  for (const { event } of world.shop.received) add(`event: ${event.type}`);
  for (const planned of world.payments) {
    const payment = world.payment(planned);
    add(`kind: ${planned.provider} ${planned.kind}`);
    if (payment !== undefined) add(`status: ${payment.status}`);
    for (const { reason } of payment?.holds ?? []) add(`hold: ${reason}`);
    for (const { state } of world.effects(planned)) add(`effect: ${state}`);
    for (const { kind, name, returns } of planned.history) {
      if (!world.senders.sent.has(name)) continue;
      add(`message: ${kind}`);
      if (returns === true) add('money: returned refund');
    }
    for (const { state } of payment === undefined
      ? []
      : matchRefunds(payment, world.providers[planned.provider].rules))
      add(`refund: ${state}`);
    if (planned.authorization !== undefined && payment?.orderReference !== undefined) {
      const isOwn = payment.orderReference.includes('-shipment-');
      if (isOwn) add('captures: own order');
      const hasOwn = world.orders.some(({ order: { reference, aliases } }) => {
        const isNamed = aliases.some(({ value }) => value === planned.id || value === planned.reference);
        return isNamed && world.merchant.registered.has(reference);
      });
      if (!isOwn && hasOwn) add('captures: follow the main order beside an own order');
    }
    add('order: late refusal of an earlier attempt', lateRefusals(world, planned));
  }
  for (const { order } of world.orders) {
    const now = world.row(orderKey(order.reference))?.data as Order | undefined;
    if (now !== undefined && orderState(now, undefined).captured !== undefined)
      add('order: paid by captures');
    if (now?.captures?.some(({ held }) => held === true)) add('captures: held');
  }
  if (world.operators.answersAll) add('operators: everything answered');
  for (const [reference, at] of world.merchant.registered) add(`order: ${momentOf(world, reference, at)}`);
  add('order: several payments', racedOrders(world));
  add('shop: repeats absorbed', world.shop.repeats);
  return tally;
}

/** Number of refusals announced for a payment while another payment has the order. */
const lateRefusals = (world: World, planned: PlannedPayment): number =>
  world.effects(planned).filter(({ type, event: { order, payment } }) => {
    const isRefusal = /\.(denied|failed|canceled|expired|voided)$/.test(type);
    return isRefusal && order?.state === 'claimed' && order.paidBy?.payment !== payment;
  }).length;

function momentOf(world: World, reference: string, at: number): string {
  const times = world.payments
    .filter((payment) => payment.reference === reference)
    .flatMap(({ history }) => history.flatMap(({ name }) => world.senders.acknowledged.get(name) ?? []));
  if (times.every((time) => at <= time)) return 'before every notification';
  return times.every((time) => at > time) ? 'after every notification' : 'between notifications';
}

function racedOrders({ payments, orders }: World): number {
  return orders.filter(
    ({ order }) =>
      new Set(payments.filter((each) => each.reference === order.reference).map(({ id }) => id)).size > 1,
  ).length;
}
