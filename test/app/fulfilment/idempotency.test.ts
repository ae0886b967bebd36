/** A delivery runs once for each id: the idempotency record, its age, and a second invocation during a delivery. */
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

describe('a delivery with an idempotency record', () => {
  it('a delivery runs once per id', async () => {
    const { once, runs, work } = worker();
    for (const id of ['a', 'a', 'b', 'a']) await once(id, work);
    expect(runs).toHaveLength(2);
  });

  it('a delivery that failed leaves no idempotency record, throws its own error and may run again', async () => {
    const { once, runs, work, persistence } = worker();
    const failure = new TypeError('endpoint down');
    await expect(once('a', () => Promise.reject(failure))).rejects.toMatchObject({ name: 'TypeError' });
    expect(persistence.records.size).toBe(0);
    await once('a', work);
    expect(runs).toHaveLength(1);
  });

  it('a delivery that another invocation runs is refused with StillRunningError and not run', async () => {
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

  it('a delivery of a killed invocation may run again once the time of the invocation is over', async () => {
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
  ])('an idempotency record is kept for the given days, else for ninety days: %s', async (days, kept) => {
    const { once, runs, work, persistence } = worker(days);
    await once('a', work);
    const [record] = [...persistence.records.values()];
    expect(record?.expiryTimestamp).toBe(START / 1_000 + kept * DAY_SECONDS);
    vi.setSystemTime(START + (kept * DAY_SECONDS + 1) * 1_000);
    await once('a', work);
    expect(runs).toHaveLength(2);
  });

  it('a delivery without an id fails and is not run', async () => {
    const { once, runs, work } = worker();
    await expect(once('', work)).rejects.toThrow();
    expect(runs).toEqual([]);
  });

  it('an idempotency record has a fixed key, which every version finds again', async () => {
    const { once, work, persistence } = worker();
    await once('a', work);
    expect([...persistence.records.keys()]).toEqual([
      'payhooks-effect#rI2DQruyNi0T8KVZo2IbtAcBE2iJUWS2KKVPf8M/xDw=',
    ]);
  });
});
