/** The Lambda handler of the fulfilment worker: parking, putting off, and Powertools Idempotency. */
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFulfilmentHandler } from '../../../shared/app/fulfilment/handler.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { MemoryPersistence } from '../../support/memory-persistence.ts';
import { batch, context } from '../../support/worker-batch.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('the fulfilment handler', () => {
  it('the fulfilment handler parks a message that can never succeed under parked#fulfilment', async () => {
    const bench = workerBench();
    const deps = { ...bench.deps, persistence: new MemoryPersistence(), putOff: async () => undefined };
    expect(await createFulfilmentHandler(deps)(batch('CANARY {'), context())).toEqual({
      batchItemFailures: [],
    });
    expect(bench.memory.all().map(({ pk }) => pk)).toEqual(['parked#fulfilment']);
  });

  function fulfilment(persistence: BasePersistenceLayer = new MemoryPersistence()) {
    const bench = workerBench();
    const putOff: [string, number][] = [];
    const handler = createFulfilmentHandler({
      ...bench.deps,
      clock: Date.now,
      persistence,
      putOff: async (receipt, seconds) => {
        putOff.push([receipt, seconds]);
      },
    });
    return { ...bench, handler, putOff };
  }
  const fulfil = JSON.stringify({
    version: 1,
    kind: 'effect',
    correlationId: 'c',
    payment: 'paymentwall:toy:p1',
    effect: '1#fulfil',
  });
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

  it('the fulfilment handler delivers an effect once, although its message is received three times', async () => {
    const { apply, envelope, handler, target } = fulfilment();
    await apply(envelope());
    for (let n = 0; n < 3; n++)
      expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
  });

  it('the fulfilment handler puts a failed delivery off for 30 seconds and keeps the message', async () => {
    const { apply, envelope, handler, target, putOff } = fulfilment();
    await apply(envelope());
    target.fails = () => {
      throw new TargetError('unavailable');
    };
    expect(await handler(batch(fulfil), context())).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }],
    });
    expect(putOff).toEqual([['h0', 30]]);
    target.fails = undefined;
    later(30_000);
    expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
  });

  it('the fulfilment handler does not deliver an effect again after thirteen days when only the mark was lost', async () => {
    const persistence = new MemoryPersistence();
    const { apply, envelope, handler, target, memory } = fulfilment(persistence);
    await apply(envelope());
    memory.beforeWrite = (writes) => {
      const [write] = writes;
      const state = write !== undefined && 'put' in write ? (write.put.data as Effect).state : '';
      if (state === 'delivered') throw new Error('killed');
    };
    expect((await handler(batch(fulfil), context())).batchItemFailures).toHaveLength(1);
    memory.beforeWrite = undefined;
    // The message is redriven from the dead-letter queue after thirteen days.
    later(13 * 86_400_000);
    expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
    expect(memory.data<Effect>('effect#1#fulfil')[0]?.state).toBe('delivered');
  });

  it('an effect of a killed invocation is blocked until the time of the invocation is over, then delivered', async () => {
    const { apply, envelope, handler, target } = fulfilment();
    await apply(envelope());
    const reached = new Promise<void>((resolve) => {
      target.fails = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    handler(batch(fulfil), context(30_000)).catch(() => undefined);
    await reached;
    target.fails = undefined;
    later(34_000);
    expect((await handler(batch(fulfil), context())).batchItemFailures).toHaveLength(1);
    expect(target.types).toEqual([]);
    later(2_000);
    expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
  });
});
