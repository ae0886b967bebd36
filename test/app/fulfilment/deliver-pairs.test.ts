/** A message that names two effects: a failure of one effect does not stop the other. */
import { describe, expect, it } from 'vitest';
import { MAX_RECEIVE_COUNT } from '../../../infra/queue-limits.ts';
import { MAX_DELIVERY_ATTEMPTS } from '../../../shared/app/fulfilment/backoff.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import { effectKey } from '../../../shared/app/table/keys.ts';
import { effectItem, effectOf } from '../../../shared/app/table/rows.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';

async function paid(): Promise<{ readonly bench: Bench; readonly body: string }> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  const [message, ...others] = bench.fulfilment.sent.splice(0);
  expect(others).toEqual([]);
  return { bench, body: message?.body ?? '' };
}

const states = (bench: Bench) =>
  Object.fromEntries(bench.memory.data<Effect>('effect#').map(({ name, state }) => [name, state]));
const refuse = () => {
  throw new TargetError('unavailable');
};

describe('a message that names two effects', () => {
  it('a message that names two effects delivers each effect once, although the message is received twice', async () => {
    const { bench, body } = await paid();
    for (let time = 0; time < 2; time++)
      expect(await bench.deliver(body, bench.invocation)).toMatchObject({ type: 'done' });
    expect(bench.target.types.sort()).toEqual(['fulfil', 'payment.paid']);
    expect(states(bench)).toEqual({ '1#fulfil': 'delivered', 'n1#payment.paid': 'delivered' });
  });

  it.each(['fulfil', 'payment.paid'])(
    'a message that names two effects is retried for %s alone when only that effect failed',
    async (failing) => {
      const { bench, body } = await paid();
      bench.target.fails = ({ type }) => (type === failing ? refuse() : undefined);
      expect(await bench.deliver(body, bench.invocation)).toEqual({ type: 'later', seconds: 30 });
      expect(bench.target.types).toEqual(['fulfil', 'payment.paid'].filter((type) => type !== failing));
      bench.target.fails = undefined;
      bench.time.now += 30_000;
      expect(await bench.deliver(body, bench.invocation)).toMatchObject({ type: 'done' });
      expect(bench.target.types.sort()).toEqual(['fulfil', 'payment.paid']);
    },
  );

  it('a message that names two failing effects tries each effect MAX_DELIVERY_ATTEMPTS times', async () => {
    const { bench, body } = await paid();
    const tried: string[] = [];
    bench.target.fails = ({ type }) => {
      tried.push(type);
      refuse();
    };
    let receives = 0;
    for (let delivery = await bench.deliver(body, bench.invocation); delivery.type === 'later'; receives++) {
      bench.time.now += delivery.seconds * 1_000;
      delivery = await bench.deliver(body, bench.invocation);
    }
    expect(states(bench)).toEqual({ '1#fulfil': 'failed', 'n1#payment.paid': 'failed' });
    expect(tried.filter((type) => type === 'fulfil')).toHaveLength(MAX_DELIVERY_ATTEMPTS);
    expect(tried).toHaveLength(2 * MAX_DELIVERY_ATTEMPTS);
    expect(receives).toBeLessThan(MAX_DELIVERY_ATTEMPTS + 2);
    // The worst case: a fulfil waits for a revoke as long as its own attempts take, and a notice has other pauses.
    expect(3 * MAX_DELIVERY_ATTEMPTS).toBeLessThan(MAX_RECEIVE_COUNT.fulfilment);
  });

  it('a message that names an unknown effect is refused as unknown_effect, and no effect is delivered', async () => {
    const { bench, body } = await paid();
    const other = JSON.stringify({ ...JSON.parse(body), also: '9#fulfil' });
    await expect(bench.deliver(other, bench.invocation)).rejects.toMatchObject({ reason: 'unknown_effect' });
    expect(bench.target.received).toEqual([]);
  });

  it('a message that names two effects fails when the store fails for fulfil, and its retry delivers fulfil', async () => {
    const { bench, body } = await paid();
    bench.memory.beforeWrite = ([write]) => {
      if (write !== undefined && 'put' in write && write.put.sk.endsWith('#fulfil'))
        throw new Error('store down');
    };
    await expect(bench.deliver(body, bench.invocation)).rejects.toThrow('store down');
    expect(bench.target.types).toEqual(['payment.paid']);
    bench.memory.beforeWrite = undefined;
    await bench.deliver(body, bench.invocation);
    expect(bench.target.types).toEqual(['payment.paid', 'fulfil']);
  });
});

describe('the records of a delivery', () => {
  it('fulfil, revoke and payment.reversed are delivered with an idempotency record, payment.paid without', async () => {
    const { bench, body } = await paid();
    const turns: string[] = [];
    const once = async (id: string, work: () => Promise<void>) => {
      turns.push(id);
      await work();
    };
    await bench.deliver(body, { ...bench.invocation, once });
    expect(turns).toEqual([`${P1}#1#fulfil`]);
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    for (const { body: next } of bench.fulfilment.sent.splice(0))
      await bench.deliver(next, { ...bench.invocation, once });
    expect(turns.sort()).toEqual([
      `${P1}#1#fulfil`,
      `${P1}#1#revoke`,
      expect.stringMatching(/#payment\.reversed$/),
    ]);
  });

  /** Changes the row of payment.paid during its delivery. @returns the state of payment.paid afterwards */
  const written = async (change: (effect: Effect) => Effect) => {
    const { bench, body } = await paid();
    const key = effectKey(P1, 'n1#payment.paid');
    bench.target.fails = async ({ type }) => {
      if (type !== 'payment.paid') return;
      const item = await bench.memory.get(key);
      if (item === undefined) throw new Error('no row');
      const { effect, version } = effectOf(item);
      const put = effectItem({ effect: change(effect), version: version + 1 }, effect.updatedAt);
      await bench.memory.write([{ put, when: { versionIs: version } }]);
    };
    await bench.deliver(body, bench.invocation);
    return states(bench)['n1#payment.paid'];
  };

  it('an effect is marked as delivered although the sweeper wrote its row meanwhile', async () => {
    expect(await written((effect) => effect)).toBe('delivered');
  });

  it('an effect is not marked as delivered when another worker took its lease meanwhile', async () => {
    expect(await written((effect) => ({ ...effect, attempts: effect.attempts + 1 }))).toBe('delivering');
  });

  it('an effect is not marked as delivered when the effect was superseded meanwhile', async () => {
    expect(await written((effect) => ({ ...effect, state: 'superseded' }))).toBe('superseded');
  });
});
