/** A delivery runs once per id: what is remembered, for how long, and what another invocation sees meanwhile. */
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onceWith, StillRunningError } from '../../../shared/app/fulfilment/idempotency.ts';
import { MemoryPersistence } from '../../support/memory-persistence.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const DAY_SECONDS = 86_400;
const context = (remainingMs: number) =>
  ({ getRemainingTimeInMillis: () => remainingMs, functionName: 'f', awsRequestId: 'r' }) as Context;

function worker(days?: number) {
  const persistence = new MemoryPersistence();
  const once = onceWith(persistence, days)(context(30_000));
  const runs: string[] = [];
  const work = async () => void runs.push('run');
  return { persistence, once, runs, work };
}

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('a delivery', () => {
  it('runs once per id', async () => {
    const { once, runs, work } = worker();
    for (const id of ['a', 'a', 'b', 'a']) await once(id, work);
    expect(runs).toHaveLength(2);
  });

  it('that failed leaves no record, throws its own error and may run again', async () => {
    const { once, runs, work, persistence } = worker();
    const failure = new TypeError('endpoint down');
    await expect(once('a', () => Promise.reject(failure))).rejects.toMatchObject({ name: 'TypeError' });
    expect(persistence.records.size).toBe(0);
    await once('a', work);
    expect(runs).toHaveLength(1);
  });

  it('that another invocation runs is reported as such and not run', async () => {
    const { once, runs, work } = worker();
    await once('a', async () => {
      const second = await once('a', work).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(second).toBeInstanceOf(StillRunningError);
      expect(second).toMatchObject({ name: 'StillRunningError', message: 'in progress' });
      expect(second?.cause).toMatchObject({ name: 'IdempotencyAlreadyInProgressError' });
    });
    expect(runs).toEqual([]);
  });

  it('of an invocation that was killed may run again once its time is over', async () => {
    const { once, runs, work } = worker();
    void once('a', () => new Promise<never>(() => {})).catch(() => undefined);
    await vi.waitFor(() => expect(once('a', work)).rejects.toThrow(StillRunningError));
    vi.setSystemTime(START + 31_000);
    await once('a', work);
    expect(runs).toHaveLength(1);
  });

  it.each([
    [undefined, 90],
    [14, 14],
  ])('is remembered for as many days as are asked for, else ninety: %s', async (days, kept) => {
    const { once, runs, work, persistence } = worker(days);
    await once('a', work);
    const [record] = [...persistence.records.values()];
    expect(record?.expiryTimestamp).toBe(START / 1_000 + kept * DAY_SECONDS);
    vi.setSystemTime(START + (kept * DAY_SECONDS + 1) * 1_000);
    await once('a', work);
    expect(runs).toHaveLength(2);
  });

  it('needs an id', async () => {
    const { once, runs, work } = worker();
    await expect(once('', work)).rejects.toThrow();
    expect(runs).toEqual([]);
  });

  it('is recorded under a key that every version finds again', async () => {
    const { once, work, persistence } = worker();
    await once('a', work);
    expect([...persistence.records.keys()]).toEqual([
      'payhooks-effect#rI2DQruyNi0T8KVZo2IbtAcBE2iJUWS2KKVPf8M/xDw=',
    ]);
  });
});
