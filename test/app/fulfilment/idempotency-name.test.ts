/** The idempotency record is shared by functions of different names. */
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFulfilmentHandler } from '../../../shared/app/fulfilment/handler.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { MemoryPersistence } from '../../support/memory-persistence.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const DAY_SECONDS = 86_400;

describe('an idempotency record', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('an idempotency record holds for a function of another name: fulfil is delivered once after a rename', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const records = new MemoryPersistence().records;
    const handlerOf = (name: string) => {
      vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', name);
      const persistence = Object.assign(new MemoryPersistence(), { records });
      return createFulfilmentHandler({ ...bench.deps, clock: Date.now, persistence, putOff: async () => {} });
    };
    const body = JSON.stringify({
      ...{
        version: 1,
        kind: 'effect',
        correlationId: 'c',
        payment: 'paymentwall:toy:p1',
        effect: '1#fulfil',
      },
    });
    const event = {
      Records: [{ messageId: 'm', receiptHandle: 'h', body, attributes: { ApproximateReceiveCount: '1' } }],
    } as unknown as SQSEvent;
    const context = { getRemainingTimeInMillis: () => 30_000, functionName: 'f', awsRequestId: 'r' };
    bench.memory.beforeWrite = (writes) => {
      const [write] = writes;
      const state = write !== undefined && 'put' in write ? (write.put.data as Effect).state : '';
      if (state === 'delivered') throw new Error('killed');
    };
    await handlerOf('before-rename')(event, context as unknown as Context);
    bench.memory.beforeWrite = undefined;
    vi.setSystemTime(START + 13 * DAY_SECONDS * 1_000);
    expect(await handlerOf('after-rename')(event, context as unknown as Context)).toEqual({
      batchItemFailures: [],
    });
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    expect([...records.keys()].every((key) => key.startsWith('payhooks-effect#'))).toBe(true);
  });
});
