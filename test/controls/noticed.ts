/** What the tests of the controls share: where each mistake is looked for. The files noticed-*.test.ts run side by side. */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from './controls.ts';
import { seek, type Worlds } from './run.ts';
import type { Control } from './tools.ts';

/** Enough for most controls. */
export const SEEDS = 100;
/**
 * The others need luck: `npm run controls` looks for it from seed 1 on, through up to a thousand worlds. Here the same
 * worlds are entered shortly before it happened last; after a change of the code it may happen elsewhere, and is
 * looked for from seed 1 on (`npm run controls` tells where: a new number here saves the time).
 */
export const RARE: Readonly<Record<string, number>> = {
  'order changed over a claim': 638,
  'order claimed without a condition': 227,
  'absence not checked': 655,
  'fence left out': 125,
  'silence taken for a yes': 136,
  'earlier answers forgotten': 648,
  'one of two payments held': 348,
};
/** Noticed in a hundred worlds, but in none of the first twenty: the same saving. */
const LATE: Readonly<Record<string, number>> = {
  'a duplicate for ever': 63,
  'answer not bound to what was seen': 52,
  'captures beyond the amount not held': 63,
  'captures not summed': 63,
  'crash after effect': 32,
  'delivery failure swallowed': 30,
  'duplicate of a payment that is gone': 26,
  'fulfil redriven after revoke': 64,
  'held capture not listed': 63,
  'order for a known payment not looked for': 57,
  'publish failure swallowed': 33,
  'redrive forgets': 33,
  'sent again under a new key': 59,
};
const WINDOW = 10;
const MOST_SEEDS = 1_500;
/** Only ends what hangs: what decides is the number of worlds. */
export const LIMIT_MS = 900_000;

export const worldsOf = ({ name }: Pick<Control, 'name'>): Worlds => {
  const at = RARE[name] ?? LATE[name];
  return at === undefined ? { from: 1, count: SEEDS } : { from: Math.max(1, at - WINDOW + 1), count: WINDOW };
};

/** Each deliberate mistake of this part is noticed. */
export function noticed(part: number, parts: number): void {
  describe('is noticed when broken', () => {
    for (const control of CONTROLS.filter((_, index) => index % parts === part)) {
      it(control.name, { timeout: LIMIT_MS }, async () => {
        const { seed = (await seek(control, { from: 1, count: MOST_SEEDS })).seed } = await seek(
          control,
          worldsOf(control),
        );
        expect(seed, control.breaks).toBeDefined();
        // The mistake is noticed, and not the world.
        const { make: _, ...same } = control;
        const intact = { ...same, make: () => ({}) };
        expect(await seek(intact, { from: seed ?? 0, count: 1 })).toMatchObject({ invariants: [] });
      });
    }
  });
}
