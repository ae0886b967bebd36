import { describe, expect, it } from 'vitest';
import { owedEffects, PATIENCE_MS } from '../../local/payhooks/owed.ts';
import { workerBench } from '../support/worker-bench.ts';

describe('what the merchant has not been told', () => {
  it('is named after five minutes, and no more once it is delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const later = bench.time.now + PATIENCE_MS + 60_000;
    expect((await owedEffects(bench.store, bench.time.now + 1_000)).size).toBe(0);
    const owed = await owedEffects(bench.store, later);
    expect(owed.size).toBe(1);
    const [[payment, effects] = ['', []]] = [...owed];
    expect(effects.map(({ type }) => type)).toContain('fulfil');
    expect(effects.every((effect) => effect.payment === payment)).toBe(true);
    await bench.deliverAll();
    expect((await owedEffects(bench.store, later)).size).toBe(0);
  });
});
