/** The fulfilment worker on memory ports: fence, lease, backoff, and what a crash leaves behind. */
import { describe, expect, it } from 'vitest';
import { backoffSeconds, MAX_DELIVERY_ATTEMPTS } from '../../shared/aws/deliver.ts';
import { sweep } from '../../shared/aws/sweep.ts';
import { TargetError } from '../../shared/aws/targets/target.ts';
import type { Effect } from '../../shared/payment/types.ts';
import { type Bench, workerBench } from '../support/worker-bench.ts';

const effects = (bench: Bench) =>
  Object.fromEntries(bench.memory.data<Effect>('effect#').map((effect) => [effect.name, effect.state]));
const message = (effect: string, payment = 'paymentwall:toy:p1') =>
  JSON.stringify({ version: 1, kind: 'effect', correlationId: 'c', payment, effect });
const refuse = (error: unknown) => () => {
  throw error;
};

describe('a delivery', () => {
  it('hands over the event once and marks it', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
    expect(new Set(Object.values(effects(bench)))).toEqual(new Set(['delivered']));
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('takes an effect whose message was faster than its mark', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = async (writes) => {
      const [write] = writes;
      if (
        writes.length !== 1 ||
        write === undefined ||
        !('put' in write) ||
        !write.put.sk.startsWith('effect')
      )
        return;
      bench.memory.beforeWrite = undefined;
      await bench.deliverAll();
    };
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    expect(new Set(Object.values(effects(bench)))).toEqual(new Set(['delivered']));
    expect(new Set(bench.target.types).size).toBe(bench.target.types.length);
  });

  it('of an effect that was never written is parked', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await expect(bench.deliver(message('9#fulfil'), bench.invocation)).rejects.toMatchObject({
      reason: 'unknown_effect',
    });
  });
});

describe('the fence', () => {
  it('lets a reversal before delivery supersede both, whichever message comes first', async () => {
    for (const order of ['sent', 'reversed'] as const) {
      const bench = workerBench();
      await bench.apply(bench.envelope());
      await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
      if (order === 'reversed') bench.fulfilment.sent.reverse();
      await bench.deliverAll();
      expect(effects(bench)).toMatchObject({ '1#fulfil': 'superseded', '1#revoke': 'superseded' });
      expect(bench.target.types).not.toContain('fulfil');
      expect(bench.target.types).not.toContain('revoke');
    }
  });

  it('sends the revoke of a delivered fulfil', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.deliverAll();
    expect(effects(bench)).toMatchObject({ '1#fulfil': 'delivered', '1#revoke': 'delivered' });
    expect(bench.target.types.indexOf('revoke')).toBeGreaterThan(bench.target.types.indexOf('fulfil'));
  });

  it('lets a revoke wait while the fulfil is being delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    let revoke: unknown;
    bench.target.fails = async ({ type }) => {
      if (type !== 'fulfil') return;
      await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
      revoke = await bench.deliver(message('1#revoke'), bench.invocation);
    };
    await bench.deliverAll();
    expect(revoke).toEqual({ type: 'later', seconds: 30 });
    await bench.deliver(message('1#revoke'), bench.invocation);
    expect(bench.target.types.filter((type) => type === 'fulfil' || type === 'revoke')).toEqual([
      'fulfil',
      'revoke',
    ]);
  });

  it('after an uncertain fulfil sends the revoke, and closes the fulfil in the same transaction', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = ({ type }) => {
      if (type === 'fulfil') throw new TargetError('unavailable');
    };
    await bench.deliverAll();
    bench.target.fails = undefined;
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.deliver(message('1#revoke'), bench.invocation);
    expect(effects(bench)).toMatchObject({ '1#fulfil': 'superseded', '1#revoke': 'delivered' });
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(bench.target.types).not.toContain('fulfil');
  });

  it('never supersedes a revoke whose fulfil is leased in between', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    const rows = bench.memory.data<Effect>('effect#');
    const fulfil = rows.find(({ name }) => name === '1#fulfil');
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      // Another worker read the payment before the reversal and takes the lease now.
      const row = await bench.memory.get({ pk: 'payment#paymentwall:toy:p1', sk: 'effect#1#fulfil' });
      const data = { ...fulfil, state: 'delivering', attempts: 1, leaseUntil: '2099-01-01T00:00:00Z' };
      if (row)
        await bench.memory.write([
          { put: { ...row, version: (row.version ?? 0) + 1, data }, when: 'always' },
        ]);
    };
    expect(await bench.deliver(message('1#revoke'), bench.invocation)).toMatchObject({ type: 'later' });
    expect(effects(bench)['1#revoke']).toBe('queued');
    expect(await bench.deliver(message('1#revoke'), bench.invocation)).toEqual({
      type: 'later',
      seconds: 30,
    });
  });
});

describe('a lease', () => {
  it('keeps a second worker away until it ends, then the effect is delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    // Killed in the middle: neither success nor failure was written down.
    const dead = bench.deliver(message('1#fulfil'), {
      ...bench.invocation,
      once: () => new Promise<void>(() => undefined),
    });
    await Promise.race([dead, new Promise((resolve) => setImmediate(resolve))]);
    const later = await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(later).toEqual({ type: 'later', seconds: 35 });
    bench.time.now += 35_001;
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(effects(bench)['1#fulfil']).toBe('delivered');
  });
});

describe('a failing target', () => {
  it('is tried again with growing pauses over at least 48 hours, then the effect has failed', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('unavailable'));
    let waited = 0;
    for (let attempt = 1; attempt < MAX_DELIVERY_ATTEMPTS; attempt++) {
      const delivery = await bench.deliver(message('1#fulfil'), bench.invocation);
      expect(delivery).toEqual({ type: 'later', seconds: backoffSeconds(attempt) });
      if (delivery.type !== 'later') return;
      waited += delivery.seconds;
      bench.time.now += delivery.seconds * 1_000;
    }
    expect(waited).toBeGreaterThanOrEqual(48 * 3_600);
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'done',
      how: 'failed',
    });
    expect(bench.metric('EffectsFailed')).toHaveLength(1);
  });

  it('may ask for a longer pause, within bounds', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    for (const [asked, given] of [
      [5, 30],
      [600, 600],
      [999_999, 21_600],
    ] as const) {
      bench.target.fails = refuse(new TargetError('unavailable', { retryAfterSeconds: asked }));
      const fresh = workerBench();
      await fresh.apply(fresh.envelope());
      fresh.target.fails = bench.target.fails;
      expect(await fresh.deliver(message('1#fulfil'), fresh.invocation)).toEqual({
        type: 'later',
        seconds: given,
      });
    }
  });

  it('that says it is gone is believed', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('gone'));
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'done',
      how: 'failed',
    });
  });

  it('retries carry the identical event', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const seen: string[] = [];
    bench.target.fails = (event) => {
      seen.push(JSON.stringify(event));
      throw new TargetError('rejected');
    };
    for (let n = 0; n < 3; n++) {
      await bench.deliver(message('1#fulfil'), bench.invocation);
      bench.time.now += 3_600_000;
    }
    expect(new Set(seen).size).toBe(1);
    expect(seen).toHaveLength(3);
  });
});

describe('the sweeper', () => {
  it('publishes again what a crash left pending, once it is due, and only then', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = refuse(new Error('queue down'));
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    bench.time.now += 121_000;
    const pending = bench.memory.data<Effect>('effect#').length;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: pending });
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
    bench.time.now += 10 * 86_400_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0, effects: 0 });
  });

  it('leaves an effect alone while its backoff runs', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('unavailable', { retryAfterSeconds: 6 * 3_600 }));
    await bench.deliverAll();
    bench.time.now += 6 * 3_600_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    bench.time.now += 3_601_000;
    expect((await sweep(bench.deps, () => 60_000)).republished).toBeGreaterThan(0);
  });

  it('stops before its time is over', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = refuse(new Error('queue down'));
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    bench.time.now += 121_000;
    expect(await sweep(bench.deps, () => 1_000)).toMatchObject({ republished: 0 });
  });

  it('counts what is held, with the age of the oldest', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    bench.time.now += 3_600_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ payments: 1 });
    expect(bench.metric('OldestHeldAge').at(-1)).toMatchObject({
      PaymentsHeldNow: 1,
      OldestHeldAge: 3_600,
      PaymentsWaiting: 0,
      PaymentsStuck: 0,
    });
  });

  it('counts effects that are not final also while nobody is due to look, and says zero when all are', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const owed = bench.memory.data<Effect>('effect#').length;
    bench.time.now += 90_000;
    await sweep(bench.deps, () => 60_000);
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({ EffectsOpen: owed, OldestEffectAge: 90 });
    await bench.deliverAll();
    await sweep(bench.deps, () => 60_000);
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({ EffectsOpen: 0, OldestEffectAge: 0 });
  });
});
