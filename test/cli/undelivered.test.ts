import { describe, expect, it } from 'vitest';
import { failedEffects, givenUp, PATIENCE_MS, undeliveredEffects } from '../../cli/undelivered.ts';
import { TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import { redeliver } from '../../shared/app/operator/redeliver.ts';
import type { Store } from '../../shared/app/ports.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import type { Effect } from '../../shared/payment/types.ts';
import { workerBench } from '../support/worker-bench.ts';

describe('undelivered effects', () => {
  it('an effect is undelivered after five minutes, and no longer after its delivery', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const later = bench.time.now + PATIENCE_MS + 60_000;
    expect((await undeliveredEffects(bench.store, bench.time.now + 1_000)).undelivered.size).toBe(0);
    const { undelivered } = await undeliveredEffects(bench.store, later);
    expect(undelivered.size).toBe(1);
    const [[payment, effects] = ['', []]] = [...undelivered];
    expect(effects.map(({ type }) => type)).toContain('fulfil');
    expect(effects.every((effect) => effect.payment === payment)).toBe(true);
    await bench.deliverAll();
    expect((await undeliveredEffects(bench.store, later)).undelivered.size).toBe(0);
  });
});

describe('an event that was given up', () => {
  const FULFIL = 'paymentwall:toy:p1#1#fulfil';

  /** A payment whose `fulfil` the shop refused with 410. */
  async function refusedFulfil() {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = ({ type }) => {
      if (type === 'fulfil') throw new TargetError('gone');
    };
    await bench.deliverAll();
    bench.target.fails = undefined;
    const failed = async () => (await failedEffects(bench.store)).map(({ id }) => id);
    return { bench, failed };
  }

  it('a given-up event is listed until the event is redelivered', async () => {
    const { bench, failed } = await refusedFulfil();
    expect(await failed()).toEqual([FULFIL]);
    const { undelivered } = await undeliveredEffects(bench.store, bench.time.now);
    expect([...undelivered.values()].flat()).toMatchObject([{ id: FULFIL, state: 'failed' }]);

    await redeliver(FULFIL, { by: 'ann', note: 'the shop is back' }, bench.deps);
    expect(await failed()).toEqual([]);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    expect(await failed()).toEqual([]);
  });

  it('a given-up event is neither published nor counted by the sweeper', async () => {
    const { bench, failed } = await refusedFulfil();
    bench.time.now += 30 * 86_400_000;
    expect(await sweep(bench.deps, () => 50_000)).toMatchObject({ republished: 0, effects: 0 });
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({ OldestEffectAge: 0, EffectsOpen: 0 });
    expect(bench.fulfilment.sent).toEqual([]);
    expect(await failed()).toEqual([FULFIL]);
  });

  it('a given-up fulfil of a reversed payment is not listed, and redeliver is refused', async () => {
    const { bench, failed } = await refusedFulfil();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.deliverAll();
    expect(await failed()).toEqual([]);
    expect((await undeliveredEffects(bench.store, bench.time.now)).undelivered.size).toBe(0);
    await expect(redeliver(FULFIL, { by: 'ann', note: 'n' }, bench.deps)).rejects.toThrow('is over');
  });
});

describe('more given-up events than one look reads', () => {
  it('givenUp finds a fulfil behind 1,200 fulfils of payments that are gone', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = ({ type }) => {
      if (type === 'fulfil') throw new TargetError('gone');
    };
    await bench.deliverAll();
    const [failed] = bench.memory.all().filter(({ openShard = '' }) => openShard.startsWith('failed#'));
    if (failed === undefined) throw new Error('nothing failed');
    // 1,200 older effects in the same shard, of payments that do not exist.
    for (let n = 0; n < 1_200; n++) {
      const data = { ...(failed.data as Effect), payment: 'paymentwall:toy:gone' };
      const row = { ...failed, data, pk: 'payment#paymentwall:toy:gone', sk: `effect#${n}#fulfil` };
      bench.memory.rows.set(`${row.pk}\u0000${row.sk}`, { ...row, openAt: '2020-01-01T00:00:00.000Z' });
    }
    const { effects, more } = await givenUp(bench.store);
    expect(effects.map(({ id }) => id)).toEqual(['paymentwall:toy:p1#1#fulfil']);
    expect(more).toBe(false);
  });

  it('givenUp and undeliveredEffects say more: true when the limit of rows is read', async () => {
    const bench = workerBench();
    const keys = (limit: number) =>
      Array.from({ length: limit }, (_, n) => ({ pk: 'payment#x', sk: `effect#${n}#fulfil` }));
    const store = {
      open: async (_shard: string, _until: string, limit: number) => keys(limit),
      get: async () => undefined,
    } as unknown as Store;
    expect(await givenUp(store)).toEqual({ effects: [], more: true });
    expect(await undeliveredEffects(store, bench.time.now)).toMatchObject({ more: true });
  });
});
