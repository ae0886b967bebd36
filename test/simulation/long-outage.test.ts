/** The transition worker and its queue during a long outage of the table. */
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { MAX_RECEIVE_COUNT, VISIBILITY_FACTOR } from '../../infra/queue-limits.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { START, workerBench } from '../support/worker-bench.ts';
import { DAY, HOUR, MINUTE, SECOND } from './constants.ts';
import { Engine } from './engine.ts';
import { QueueModel } from './models.ts';
import { poll } from './poller.ts';

const TIMEOUT_MS = FUNCTIONS['transition-worker'].timeoutSeconds * SECOND;

/** @returns when each payment was written, and when the first message died, in milliseconds from the start */
async function outage(forMs: number, isPutOff: boolean) {
  const engine = new Engine(1, START);
  const queue = new QueueModel(engine, 'notifications', {
    visibilityMs: VISIBILITY_FACTOR * TIMEOUT_MS,
    maxReceives: MAX_RECEIVE_COUNT.notifications,
    duplicates: 0,
  });
  const bench = workerBench();
  const written: number[] = [];
  bench.memory.beforeWrite = (writes) => {
    if (engine.now < START + forMs) throw new Error('the table is unavailable');
    if (writes.some((write) => 'put' in write && write.put.sk === 'payment'))
      written.push(engine.now - START);
  };
  let diedAt: number | undefined;
  queue.onDead = () => {
    diedAt ??= engine.now - START;
  };
  const handler = createTransitionHandler({
    ...bench.deps,
    clock: () => engine.now,
    putOff: async (receipt, seconds) => {
      const [id = '', number = ''] = receipt.split(':');
      const message = queue.messages.get(id);
      if (isPutOff && message !== undefined) queue.postpone(message, Number(number), seconds);
    },
  });
  poll(engine, queue, TIMEOUT_MS, () => ({
    invocation: { name: 'transition', dead: false },
    handler,
    end: () => undefined,
  }));
  for (let n = 1; n <= 5; n += 1) {
    const envelope = bench.envelope({ payment: `p${n}`, key: `k${n}` });
    engine.after(n * 7 * MINUTE, () => queue.put(envelope));
  }
  await engine.run(START + 3 * DAY);
  return { written, diedAt, left: queue.messages.size };
}

describe('an outage of the main table', () => {
  it('all notifications of a 44-hour table outage are applied within 65 minutes of its end, no dead letter', async () => {
    const { written, diedAt, left } = await outage(44 * HOUR, true);
    expect(diedAt).toBeUndefined();
    expect(left).toBe(0);
    expect(written).toHaveLength(5);
    expect(Math.max(...written)).toBeLessThan(45 * HOUR + 5 * MINUTE);
  });

  it('all notifications of a 15-minute table outage are applied within 45 minutes of its start', async () => {
    const { written } = await outage(15 * MINUTE, true);
    expect(written).toHaveLength(5);
    expect(Math.max(...written)).toBeLessThan(45 * MINUTE);
  });

  it('a table outage of 2 days moves notifications to the dead-letter queue after 45 hours', async () => {
    const { written, diedAt } = await outage(2 * DAY, true);
    expect(written).toEqual([]);
    expect(Math.floor((diedAt ?? 0) / HOUR)).toBe(45);
  });

  it('control: without postponing, a table outage makes the first dead letter after 2.6 hours', async () => {
    const { diedAt } = await outage(DAY, false);
    expect((diedAt ?? 0) / HOUR).toBeCloseTo(2.6, 1);
  });
});
