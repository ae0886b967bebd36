/** The correlation id from the request to the merchant, in every log line. An id from outside must have its form. */
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { httpsTarget } from '../../../shared/app/fulfilment/targets/https.ts';
import { correlated, correlationId, correlationIdFrom } from '../../../shared/app/platform/correlation.ts';
import { correlationIdOf } from '../../../shared/app/platform/read-message.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { createTransitionHandler } from '../../../shared/app/transition/handler.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { batch } from '../../compat/worker.ts';
import { workerBench } from '../../support/worker-bench.ts';

const context = { getRemainingTimeInMillis: () => 30_000, functionName: 'f', awsRequestId: 'r' } as Context;

describe('a correlation id from outside', () => {
  it('a correlation id from outside is accepted only with 1 to 64 characters of an id, else it is undefined', () => {
    expect(correlationIdFrom('c1-2_3=')).toBe('c1-2_3=');
    for (const wrong of ['', 'a b', 'a"b', 'x'.repeat(65), 7, undefined])
      expect(correlationIdFrom(wrong)).toBeUndefined();
    for (const body of ['', '{', 'null', '[]', '{"correlationId":{}}'])
      expect(correlationIdOf(body)).toBeUndefined();
  });
});

describe('correlation ids of concurrent work', () => {
  it('correlation ids of concurrent work stay apart', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((id) => correlated(id, async () => [await Promise.resolve(), correlationId()][1])),
    );
    expect(seen).toEqual(['a', 'b']);
    expect(correlationId()).toBeUndefined();
  });

  it('each failing record of a batch is logged under its own correlation id', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    const bodies = [bench.envelope({ payment: 'p1' }), bench.envelope({ payment: 'p2' })];
    await createTransitionHandler(bench.deps)(batch(...bodies), context);
    const lines = bench.lines.map((line) => JSON.parse(line) as { level?: string; correlationId?: string });
    expect(lines.map(({ correlationId: id }) => id).sort()).toEqual(['c1', 'c2']);
  });
});

describe('the correlation id for the merchant', () => {
  it('every effect has the correlation id of its notification, also when the sweeper publishes the effect', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = () => {
      throw new Error('queue down');
    };
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    expect(bench.memory.data<Effect>('effect#').map(({ event }) => event.correlationId)).toEqual([
      'c1',
      'c1',
    ]);
    bench.time.now += 301_000;
    await sweep(bench.deps, () => 60_000);
    expect(bench.fulfilment.drain().map(({ correlationId: id }) => id)).toEqual(['c1', 'c1']);
  });

  it('the HTTPS target sends the correlation id in the header x-correlation-id', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [effect] = bench.memory.data<Effect>('effect#');
    if (effect === undefined) throw new Error('no effect');
    const headers: unknown[] = [];
    const target = httpsTarget({
      url: 'https://shop.example',
      keys: async () => [Buffer.alloc(32)],
      clock: () => 0,
      fetch: async (_url, init) => {
        headers.push(init?.headers);
        return new Response(null, { status: 204 });
      },
    });
    await target.deliver(effect.event, AbortSignal.timeout(1_000));
    expect(headers).toMatchObject([{ 'x-correlation-id': 'c1', 'idempotency-key': effect.id }]);
  });
});
