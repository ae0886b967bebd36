/** Runs one control through seeds until an invariant catches it. */
import { simulate } from '../simulation/simulate.ts';
import type { Variant } from '../simulation/world.ts';

export interface Outcome {
  /** Seed that caught it; undefined: it slipped through. */
  readonly seed?: number;
  readonly worlds: number;
  /** Invariants that broke at that seed, each once. */
  readonly invariants: readonly string[];
}

/** Seeds from 1: the same run every time. */
export async function seek(make: () => Variant, seeds: number): Promise<Outcome> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate(seed, make());
    if (violations.length === 0) continue;
    const invariants = [...new Set(violations.map((text) => text.split(':')[0] ?? text))];
    return { seed, worlds: seed, invariants };
  }
  return { worlds: seeds, invariants: [] };
}
