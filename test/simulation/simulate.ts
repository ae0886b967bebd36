/** Runs one seed, or many. A failing seed is a number; `--seed N --log` replays it step by step. */
import { violations } from './invariants.ts';
import { type Variant, World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly violations: readonly string[];
  readonly log: readonly string[];
  /** What the world was like, to see that seeds reach what they are meant to reach. */
  readonly tally: Readonly<Record<string, number>>;
}

/** Powertools reads the clock itself, so it must be the world's. */
const realNow = Date.now;

export async function simulate(seed: number, variant?: Variant): Promise<SeedResult> {
  const world = new World(seed, variant);
  const problems: string[] = [];
  Date.now = () => world.engine.now;
  try {
    await world.run();
  } catch (error) {
    problems.push(`crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    Date.now = realNow;
  }
  problems.push(...violations(world));
  const events = world.shop.received.map(({ event }) => event.type);
  const count = (type: string) => events.filter((each) => each === type).length;
  return {
    seed,
    steps: world.engine.steps,
    violations: problems,
    log: world.engine.log,
    tally: {
      payments: world.payments.length,
      acknowledged: world.acknowledged.size,
      fulfil: count('fulfil'),
      revoke: count('revoke'),
      held: count('payment.held'),
      duplicate: count('payment.duplicate'),
      repeats: world.shop.repeats,
    },
  };
}
