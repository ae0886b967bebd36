/** Runs one control with one seed after another until an invariant fails. */
import { simulate } from '../simulation/simulate.ts';
import type { Control } from './tools.ts';

export interface Outcome {
  /** The seed at which the control was noticed; undefined if it was not noticed. */
  readonly seed?: number;
  readonly worlds: number;
  /** Names of the invariants that failed at that seed. */
  readonly invariants: readonly string[];
}

export interface Worlds {
  /** The first seed. */
  readonly from: number;
  readonly count: number;
}

/** Finds the first seed with a violation. The result is the same every time. */
export async function seek(
  { make, races }: Pick<Control, 'make' | 'races'>,
  { from, count }: Worlds,
): Promise<Outcome> {
  for (let seed = from; seed < from + count; seed += 1) {
    const { violations } = await simulate(seed, make(), races === undefined ? {} : { races });
    if (violations.length === 0) continue;
    const invariants = [...new Set(violations.map((text) => text.split(':')[0] ?? text))];
    return { seed, worlds: seed - from + 1, invariants };
  }
  return { worlds: count, invariants: [] };
}
