/** Edges of rows, idempotency, API clients and the workers' runtime: one small change each. */

import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { createProviderClient } from '../../shared/app/schedules/provider-client.ts';
import { openShard } from '../../shared/app/table/keys.ts';
import { effectItem } from '../../shared/app/table/rows.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { envelopeKeysFrom, fulfilmentRuntime, publicKeysFrom } from '../../shared/aws/runtime/workers.ts';
import type { Effect, Payment } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import { capture, pollingBench } from '../support/polling-bench.ts';
import { secretsOf } from '../support/secrets.ts';
import { START, workerBench } from '../support/worker-bench.ts';

const DAY_SECONDS = 86_400;

describe('rows', () => {
  it('of evidence expire after its days; event rows never expire', async () => {
    const bench = workerBench();
    const receivedAt = new Date(START).toISOString();
    await bench.apply(bench.envelope({}, { receivedAt }));
    await bench.apply(bench.envelope({ key: 'k2' }, { receivedAt, quarantine: 'ambiguous' }));
    const expiry = bench.memory
      .all()
      .map(({ pk, sk, expiresAt }) => [pk.split('#')[0], sk.split('#')[0], expiresAt]);
    const after400Days = START / 1_000 + 400 * DAY_SECONDS;
    expect(expiry.filter(([, , expiresAt]) => expiresAt !== undefined).sort()).toEqual([
      ['payment', 'evidence', after400Days],
      ['quarantine', expect.any(String), after400Days],
      ['quarantine', 'count', after400Days],
    ]);
  });

  it('of a disputed payment are looked at, as are those that wait', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    const open = () => bench.store.all().find(({ sk }) => sk === 'payment')?.openShard;
    expect(open()).toBeUndefined();
    await bench.arrive('trustly-americas', `${capture('1', '12', 'Dispute', '9')}&transactionId=1`);
    expect(await bench.status('trustly-americas', '1')).toBe('disputed');
    expect(open()).toBe(openShard('disputed', 'trustly-americas:shop:1'));
  });

  it('of effects say when the sweeper looks: five minutes, a quarter of an hour, an hour', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [effect] = bench.memory.data<Effect>('effect#1#fulfil');
    if (effect === undefined) throw new Error('no fulfil');
    const now = new Date(START).toISOString();
    const seconds = (state: Effect['state']) =>
      (Date.parse(effectItem({ effect: { ...effect, state }, version: 1 }, now).openAt ?? '') - START) /
      1_000;
    expect([seconds('pending'), seconds('delivering'), seconds('queued')]).toEqual([300, 900, 3_600]);
  });

  it('of a leased effect stay where they are, if the sweeper looks there after the lease and before it would', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [effect] = bench.memory.data<Effect>('effect#1#fulfil');
    if (effect === undefined) throw new Error('no fulfil');
    const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
    const leased = { ...effect, state: 'delivering', leaseUntil: at(35) } as const;
    const placed = (openAt: string) => effectItem({ effect: leased, version: 2, openAt }, at(0)).openAt;
    expect([300, 36, 899].map((seconds) => placed(at(seconds)))).toEqual([at(300), at(36), at(899)]);
    expect([35, 0, -60, 900, 3_600].map((seconds) => placed(at(seconds)))).toEqual(Array(5).fill(at(900)));
    const paused = { ...leased, notBefore: at(300) };
    expect(effectItem({ effect: paused, version: 2, openAt: at(300) }, at(0), 300).openAt).toBe(at(1_200));
    const queued = { ...effect, state: 'queued' } as const;
    expect(effectItem({ effect: queued, version: 2, openAt: at(300) }, at(0)).openAt).toBe(at(3_600));
  });

  it('of names that are too long stay apart: none finds an order by its beginning', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    const reference = 'x'.repeat(256);
    const order = parseOrder(
      { reference, amounts: [{ currency: 'EUR', exact: '5' }] },
      new Date(START).toISOString(),
    );
    await registerOrder(bench.memory, bench.notifications, order);
    await bench.apply(bench.envelope({ reference: `${reference}y` }));
    const [payment] = bench.memory.data<Payment>('payment');
    expect(payment?.holds.map(({ reason }) => reason)).toEqual(['unknown_order']);
  });
});

describe('idempotency', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('remembers across functions of different names (the name is read when the function starts)', async () => {
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

describe('a provider’s API', () => {
  const account = pollingBench().americas;
  function client(response: () => Response) {
    const requests: RequestInit[] = [];
    const made = createProviderClient({
      secrets: secretsOf({
        'payhooks/live/trustly-americas/shop': { current: { accessId: 'i', accessKey: 'k' } },
      }),
      environment: 'live',
      baseUrls: { 'trustly-americas': 'https://americas.fake/api/v1' },
      clock: () => 0,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      wait: async () => {},
      fetch: async (_url, init) => {
        requests.push(init ?? {});
        return response();
      },
    });
    return { made, requests };
  }

  it('is never followed to another address: credentials go along', async () => {
    const { made, requests } = client(
      () => new Response('', { status: 302, headers: { location: 'https://evil.example' } }),
    );
    expect((await made.ask(account, { about: 'payment', id: '1' })).type).not.toBe('found');
    expect(requests.map(({ redirect }) => redirect)).toEqual(['manual']);
  });

  it('is not read without end', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 100_000;
        if (sent > 50_000_000) controller.close();
        else controller.enqueue(new Uint8Array(100_000));
      },
    });
    const { made } = client(() => new Response(endless));
    expect(await made.ask(account, { about: 'payment', id: '1' })).toEqual({
      type: 'unavailable',
      reason: 'network',
    });
    expect(sent).toBeLessThan(5_000_000);
  });
});

describe('what the workers run on', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('remembers deliveries for as long as configured', () => {
    const variables = {
      AWS_REGION: 'eu-west-1',
      PAYHOOKS_ENVIRONMENT: 'sandbox',
      PAYHOOKS_TABLE: 't',
      PAYHOOKS_IDEMPOTENCY_TABLE: 'i',
      PAYHOOKS_IDEMPOTENCY_DAYS: '123',
      PAYHOOKS_FULFILMENT_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/0/f',
      PAYHOOKS_TARGET: '{"type":"eventbridge","busName":"bus"}',
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(fulfilmentRuntime().idempotencyDays).toBe(123);
  });

  it('asks the store itself for public keys that do not fit: its failure is no verdict', async () => {
    vi.stubEnv('PAYHOOKS_ENVIRONMENT', 'sandbox');
    const account = { provider: 'trustly-europe', account: 'shop', policy: { environment: 'sandbox' } };
    const away = () => Promise.reject(new Error('the secret store is away'));
    const keys = publicKeysFrom({
      read: async ({ parse }) => parse({ current: {} }),
      reread: async () => undefined,
      readNewest: away,
      settle: async () => {},
    });
    expect(await keys(account as unknown as Account, false)).toMatchObject({ trustly: [{ id: 'current' }] });
    await expect(keys(account as unknown as Account, true)).rejects.toThrow('the secret store is away');
  });

  it('looks for a rotated envelope key when the cached one does not fit', async () => {
    vi.stubEnv('PAYHOOKS_ENVIRONMENT', 'sandbox');
    const texts = { old: 'o'.repeat(64), rotated: 'r'.repeat(64) };
    const keys = envelopeKeysFrom({
      read: async ({ parse }) => parse({ current: texts.old }),
      reread: async ({ parse }) => parse({ current: texts.rotated }),
      readNewest: async ({ parse }) => parse({ current: texts.rotated }),
      settle: async () => {},
    });
    const [cached, fresh] = [await keys(false), await keys(true)];
    expect(fresh.sealing.id).not.toBe(cached.sealing.id);
  });
});
