/** The workers' Lambda handlers: partial batches, parking, putting off, and Powertools Idempotency. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { MAX_RECEIVE_COUNT, VISIBILITY_FACTOR } from '../../infra/queue-limits.ts';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import { parkedContext } from '../../shared/app/platform/message.ts';
import { open } from '../../shared/app/platform/seal.ts';
import { StoreBusyError } from '../../shared/app/ports.ts';
import type { ParkedRow } from '../../shared/app/table/rows.ts';
import { createTransitionHandler, pauseSeconds } from '../../shared/app/transition/handler.ts';
import { TooMuchContentionError } from '../../shared/app/transition/transact.ts';
import type { Effect } from '../../shared/payment/types.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import { envelopeKeys, START, workerBench } from '../support/worker-bench.ts';

const context = (remaining = 30_000): Context =>
  ({ getRemainingTimeInMillis: () => remaining, functionName: 'f', awsRequestId: 'r' }) as unknown as Context;

const batch = (...bodies: string[]): SQSEvent => receivedTimes(1, ...bodies);

const receivedTimes = (receives: number, ...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `h${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(START),
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:q',
    awsRegion: 'eu-west-1',
  })),
});

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('the transition handler', () => {
  it('acknowledges what succeeded and parks what never can, in one batch', async () => {
    const bench = workerBench();
    const handler = createTransitionHandler(bench.deps);
    const response = await handler(batch(bench.envelope(), 'CANARY {'), context());
    expect(response).toEqual({ batchItemFailures: [] });
    expect(bench.memory.data('payment')).toHaveLength(1);
    const [parked] = bench.memory
      .all()
      .filter(({ pk }) => pk === 'parked#notifications')
      .map(({ data }) => data as ParkedRow);
    expect(parked).toMatchObject({ reason: 'unreadable_message', messageId: 'm1', receives: 1 });
    expect(
      open(parked?.sealed ?? '', parkedContext('notifications', parked?.digest ?? ''), envelopeKeys),
    ).toBe('CANARY {');
    expect(bench.lines.join()).not.toContain('CANARY');
    expect(bench.metric('Parked')).toHaveLength(1);
  });

  it('reports a batch in which everything failed instead of throwing', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    const response = await createTransitionHandler(bench.deps)(batch(bench.envelope(), 'junk'), context());
    // Parking failed as well, so even the unreadable one comes again.
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual([
      'm0',
      'm1',
    ]);
  });

  it('parks the same message once, however often it is delivered', async () => {
    const bench = workerBench();
    const handler = createTransitionHandler(bench.deps);
    await handler(batch('junk'), context());
    bench.time.now += 60_000;
    await handler(batch('junk'), context());
    expect(bench.memory.all()).toHaveLength(1);
  });
});

describe('a parked message', () => {
  it('says whose it is: version, account and correlation id', async () => {
    const bench = workerBench();
    const body = JSON.stringify({
      ...{ version: 1, kind: 'notification', provider: 'paymentwall', account: 'gone', keyId: 'other' },
      ...{ correlationId: 'c-1', sealed: 'CANARY', email: 'CANARY' },
    });
    await createTransitionHandler(bench.deps)(batch(body), context());
    const [parked] = bench.memory.all();
    expect(parked?.data).toMatchObject({
      described: { version: 1, provider: 'paymentwall', account: 'gone', correlationId: 'c-1' },
    });
    expect(JSON.stringify(parked)).not.toContain('CANARY');
    expect(bench.lines.join()).toContain('"account":"gone"');
  });

  it('names its account in the log also where only its payment does', async () => {
    const bench = workerBench();
    const payment = { version: 1, correlationId: 'c-1', payment: 'paymentwall:gone:p1' };
    const anew = JSON.stringify({ ...payment, kind: 'reevaluate', cause: 'order' });
    const effect = JSON.stringify({ ...payment, kind: 'effect', effect: '1#fulfil' });
    const deps = { ...bench.deps, persistence: new MemoryPersistence() };
    await createTransitionHandler(deps)(batch(anew), context());
    await createFulfilmentHandler(deps)(batch(effect), context());
    const lines = bench.metric('message').filter(({ message }) => String(message).endsWith('parked'));
    const named = { provider: 'paymentwall', account: 'gone', correlationId: 'c-1' };
    expect(lines).toMatchObject([
      { ...named, reason: 'unknown_account' },
      { ...named, reason: 'unknown_effect' },
    ]);
  });

  it('is kept apart from another one with the same text, sent in the same millisecond', async () => {
    const bench = workerBench();
    await createTransitionHandler(bench.deps)(batch('junk', 'junk'), context());
    expect(bench.memory.all().map(({ data }) => (data as ParkedRow).messageId)).toEqual(['m0', 'm1']);
  });
});

describe('a notification that fails', () => {
  const down = () => {
    throw new Error('table gone');
  };

  it.each([
    [1, []],
    [2, []],
    [3, [['h0', 360]]],
    [4, [['h0', 720]]],
    [6, [['h0', 2_880]]],
    [7, [['h0', 3_600]]],
    [50, [['h0', 3_600]]],
  ])('is put off after its receive number %i', async (receives, putOff) => {
    const bench = workerBench();
    bench.memory.beforeWrite = down;
    const event = receivedTimes(receives, bench.envelope());
    const { batchItemFailures } = await createTransitionHandler(bench.deps)(event, context());
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    expect(bench.putOff).toEqual(putOff);
  });

  it('because others write the same payment comes again soon, until that is no longer the reason', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new StoreBusyError('conflict');
    };
    const handler = createTransitionHandler(bench.deps);
    for (const receives of [3, 8]) await handler(receivedTimes(receives, bench.envelope()), context());
    expect(bench.putOff).toEqual([]);
    for (const receives of [9, 40]) await handler(receivedTimes(receives, bench.envelope()), context());
    expect(bench.putOff).toEqual([
      ['h0', 360],
      ['h0', 3_600],
    ]);
    expect(pauseSeconds(8, new TooMuchContentionError())).toBeUndefined();
  });

  it('alone of its batch is put off', async () => {
    const bench = workerBench();
    const [fails, fits] = [bench.envelope({ payment: 'p2', key: 'k2' }), bench.envelope()];
    bench.memory.beforeWrite = (writes) => {
      if (JSON.stringify(writes).includes('toy:p2')) down();
    };
    const response = await createTransitionHandler(bench.deps)(receivedTimes(9, fits, fails), context());
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm1' }]);
    expect(bench.putOff).toEqual([['h1', 3_600]]);
  });

  it('is not put off when it is parked, and is when parking fails', async () => {
    const bench = workerBench();
    const handler = createTransitionHandler(bench.deps);
    await handler(receivedTimes(9, 'junk'), context());
    expect(bench.putOff).toEqual([]);
    bench.memory.beforeWrite = down;
    const { batchItemFailures } = await handler(receivedTimes(9, 'more junk'), context());
    expect(batchItemFailures).toHaveLength(1);
    expect(bench.putOff).toEqual([['h0', 3_600]]);
  });

  it('and cannot be put off is kept all the same, and says why it failed', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = down;
    const putOff = async () => {
      throw new Error('queue gone');
    };
    const handler = createTransitionHandler({ ...bench.deps, putOff });
    const { batchItemFailures } = await handler(receivedTimes(9, bench.envelope()), context());
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    const said = bench.lines.join();
    expect(said).toContain('notifications message failed, will be tried again');
    expect(said).toContain('notifications message could not be put off');
  });

  it.each([
    ['nonsense', undefined],
    ['0', undefined],
    ['1e9', 3_600],
  ])('with a count of receives that is %s', (receives, seconds) => {
    expect(pauseSeconds(Number(receives))).toBe(seconds);
  });
});

describe('how long a notification stays on its queue', () => {
  const visibility = VISIBILITY_FACTOR * FUNCTIONS['transition-worker'].timeoutSeconds;
  const text = (path: string) => readFileSync(join(import.meta.dirname, '../../docs', path), 'utf8');
  const hoursOf = (error?: unknown) => {
    let seconds = 0;
    for (let receives = 1; receives <= MAX_RECEIVE_COUNT.notifications; receives++) {
      seconds += pauseSeconds(receives, error) ?? visibility;
    }
    return seconds / 3_600;
  };

  it('while each attempt fails: about two days, as the documents say', () => {
    expect(Math.floor(hoursOf())).toBe(45);
    expect(Math.floor(hoursOf(new StoreBusyError('throttled')))).toBe(39);
    for (const path of [
      'decisions/005-encryption.md',
      'runbooks/worker-errors.md',
      'runbooks/queue-age.md',
    ]) {
      expect(text(path), path).toContain('45 hours');
    }
  });

  it('while the worker does not even start: hours, as its runbook says', () => {
    const hours = (queue: 'notifications' | 'fulfilment') => (MAX_RECEIVE_COUNT[queue] * visibility) / 3_600;
    expect([hours('notifications'), hours('fulfilment')]).toEqual([2.5, 10]);
    expect(text('runbooks/worker-errors.md')).toMatch(/2\.5 hours.*10 hours/);
  });
});

describe('what is parked', () => {
  const stamps = (lines: readonly Record<string, unknown>[]) =>
    lines.map(({ _aws }) => (_aws as { readonly Timestamp: number }).Timestamp);

  it('settles a notification in the hour of its request, however late it was sent to the queue', async () => {
    const bench = workerBench();
    const receivedAt = new Date(START - 3_600_000).toISOString();
    const body = bench.envelope({}, { receivedAt, account: 'gone' });
    await createTransitionHandler(bench.deps)(batch(body), context());
    expect(stamps(bench.metric('NotificationsParked'))).toEqual([Date.parse(receivedAt)]);
    expect(stamps(bench.metric('Settled'))).toEqual([Date.parse(receivedAt)]);
    expect(stamps(bench.metric('Parked'))).toEqual([START]);
  });

  it('settles nothing that was never accepted: junk, questions to ourselves, answers of an API', async () => {
    const bench = workerBench();
    const reevaluate = { version: 1, kind: 'reevaluate', correlationId: 'c', payment: 'x', cause: 'order' };
    const { kind: _, ...notification } = JSON.parse(bench.envelope({}, { account: 'gone' }));
    const bodies = ['junk', 'null', JSON.stringify(reevaluate)];
    const answer = JSON.stringify({ ...notification, kind: 'confirmation' });
    await createTransitionHandler(bench.deps)(batch(...bodies, answer), context());
    expect(bench.metric('Parked')).toHaveLength(4);
    expect(bench.metric('Settled')).toEqual([]);
  });
});

describe('the fulfilment handler', () => {
  it('parks a message that can never be delivered under the name of its own queue', async () => {
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

  it('delivers once, however often the message comes', async () => {
    const { apply, envelope, handler, target } = fulfilment();
    await apply(envelope());
    for (let n = 0; n < 3; n++)
      expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
  });

  it('puts a failed delivery off and keeps the message', async () => {
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

  it('does not deliver again when only the mark was lost, thirteen days later', async () => {
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
    // Thirteen days later, out of the dead-letter queue.
    later(13 * 86_400_000);
    expect(await handler(batch(fulfil), context())).toEqual({ batchItemFailures: [] });
    expect(target.types).toEqual(['fulfil']);
    expect(memory.data<Effect>('effect#1#fulfil')[0]?.state).toBe('delivered');
  });

  it('a killed invocation blocks its effect for its own lifetime, not longer', async () => {
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
