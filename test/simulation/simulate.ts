/** Runs one seed. A failing seed is a number; `--seed N --log` replays it step by step. */
import { violations } from './invariants.ts';
import { type Variant, World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly violations: readonly string[];
  readonly log: readonly string[];
  /** What the world was like and what went wrong in it, to see that seeds reach what they are meant to reach. */
  readonly tally: Readonly<Record<string, number>>;
}

/** Powertools reads the clock itself, so it must be the world's. */
const realNow = Date.now;

/** One at a time: the clock is the process's. */
export async function simulate(seed: number, variant?: Variant): Promise<SeedResult> {
  const world = new World(seed, variant);
  const problems: string[] = [];
  Date.now = () => world.engine.now;
  try {
    await world.run();
    problems.push(...violations(world));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : `crashed: ${String(error)}`);
  } finally {
    Date.now = realNow;
  }
  return {
    seed,
    steps: world.engine.steps,
    violations: problems,
    log: world.engine.log,
    tally: tallyOf(world),
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
    for (const { kind, name } of planned.history) if (world.sent.has(name)) add(`message: ${kind}`);
  }
  for (const [reference, at] of world.registered) add(`order: ${momentOf(world, reference, at)}`);
  add('order: several payments', racedOrders(world));
  add('shop: repeats absorbed', world.shop.repeats);
  return tally;
}

function momentOf(world: World, reference: string, at: number): string {
  const times = world.payments
    .filter((payment) => payment.reference === reference)
    .flatMap(({ history }) => history.flatMap(({ name }) => world.acknowledged.get(name) ?? []));
  if (times.every((time) => at <= time)) return 'before every notification';
  return times.every((time) => at > time) ? 'after every notification' : 'between notifications';
}

function racedOrders({ payments, orders }: World): number {
  return orders.filter(
    ({ order }) =>
      new Set(payments.filter((each) => each.reference === order.reference).map(({ id }) => id)).size > 1,
  ).length;
}
