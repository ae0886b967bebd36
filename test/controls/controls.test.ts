/** The intact system passes the simulation, which notices the deliberate mistakes (noticed-*.test.ts). */
import { describe, expect, it } from 'vitest';
import { BASELINES, CONTROLS } from './controls.ts';
import { LIMIT_MS, NOTICED_AT, SEEDS } from './noticed.ts';
import { seek } from './run.ts';

describe('the intact system', () => {
  for (const baseline of BASELINES) {
    it(`the intact system passes the simulation: ${baseline.name}`, { timeout: LIMIT_MS }, async () => {
      expect(await seek(baseline, { from: 1, count: SEEDS })).toEqual({ worlds: SEEDS, invariants: [] });
    });
  }

  it('the intact system passes every world in which a rarely noticed control fails', {
    timeout: LIMIT_MS,
  }, async () => {
    for (const { name, races } of CONTROLS) {
      const from = NOTICED_AT[name] ?? 1;
      if (from <= SEEDS) continue;
      const intact = { make: () => ({}), ...(races === undefined ? {} : { races }) };
      expect(await seek(intact, { from, count: 1 })).toMatchObject({ invariants: [] });
    }
  });
});

describe('the controls', () => {
  it('the controls are at least 41 (README: more than forty), with unique names and a described danger', () => {
    expect(CONTROLS.length).toBeGreaterThanOrEqual(41);
    expect(new Set(CONTROLS.map(({ name }) => name)).size).toBe(CONTROLS.length);
    for (const { breaks, danger } of CONTROLS)
      expect(Math.min(breaks.length, danger.length)).toBeGreaterThan(20);
  });
});
