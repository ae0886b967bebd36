/** Batches of the workers: an applied message is acknowledged, a message that can never succeed is parked. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFulfilmentHandler } from '../../../shared/app/fulfilment/handler.ts';
import { parkedContext } from '../../../shared/app/platform/message.ts';
import { open } from '../../../shared/app/platform/seal.ts';
import type { ParkedRow } from '../../../shared/app/table/rows.ts';
import { createTransitionHandler } from '../../../shared/app/transition/handler.ts';
import { MemoryPersistence } from '../../support/memory-persistence.ts';
import { batch, context } from '../../support/worker-batch.ts';
import { envelopeKeys, START, workerBench } from '../../support/worker-bench.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('the transition handler', () => {
  it('the transition handler acknowledges an applied message and parks an unreadable message of the same batch', async () => {
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

  it('the transition handler reports each message of a batch that failed whole instead of throwing', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    const response = await createTransitionHandler(bench.deps)(batch(bench.envelope(), 'junk'), context());
    // Parking failed too, so the unreadable message also returns to the queue.
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual([
      'm0',
      'm1',
    ]);
  });

  it('the transition handler parks the same message once, although SQS delivers the message twice', async () => {
    const bench = workerBench();
    const handler = createTransitionHandler(bench.deps);
    await handler(batch('junk'), context());
    bench.time.now += 60_000;
    await handler(batch('junk'), context());
    expect(bench.memory.all()).toHaveLength(1);
  });
});

describe('a parked message', () => {
  it('a parked message keeps version, account and correlation id readable, and nothing of its content', async () => {
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

  it('a parked message is logged with its account, also when only its payment key names the account', async () => {
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

  it('two parked messages with the same text and the same millisecond are kept apart', async () => {
    const bench = workerBench();
    await createTransitionHandler(bench.deps)(batch('junk', 'junk'), context());
    expect(bench.memory.all().map(({ data }) => (data as ParkedRow).messageId)).toEqual(['m0', 'm1']);
  });
});

describe('the count of parked messages', () => {
  const stamps = (lines: readonly Record<string, unknown>[]) =>
    lines.map(({ _aws }) => (_aws as { readonly Timestamp: number }).Timestamp);

  it('a parked notification counts Settled at its receivedAt and Parked at the time of parking', async () => {
    const bench = workerBench();
    const receivedAt = new Date(START - 3_600_000).toISOString();
    const body = bench.envelope({}, { receivedAt, account: 'gone' });
    await createTransitionHandler(bench.deps)(batch(body), context());
    expect(stamps(bench.metric('NotificationsParked'))).toEqual([Date.parse(receivedAt)]);
    expect(stamps(bench.metric('Settled'))).toEqual([Date.parse(receivedAt)]);
    expect(stamps(bench.metric('Parked'))).toEqual([START]);
  });

  it('a parked message that is no notification does not count Settled', async () => {
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
