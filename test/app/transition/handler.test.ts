/** The Lambda handler of the transition worker: how long a notification that fails stays on its queue. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FUNCTIONS } from '../../../infra/functions.ts';
import { MAX_RECEIVE_COUNT, VISIBILITY_FACTOR } from '../../../infra/queue-limits.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { createTransitionHandler, pauseSeconds } from '../../../shared/app/transition/handler.ts';
import { TooMuchContentionError } from '../../../shared/app/transition/transact.ts';
import { context, receivedTimes } from '../../support/worker-batch.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
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
  ])(
    'a failing notification is put off from its third receive, by at most 3600 seconds: receive %i',
    async (receives, putOff) => {
      const bench = workerBench();
      bench.memory.beforeWrite = down;
      const event = receivedTimes(receives, bench.envelope());
      const { batchItemFailures } = await createTransitionHandler(bench.deps)(event, context());
      expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
      expect(bench.putOff).toEqual(putOff);
    },
  );

  it('a notification that fails because the payment is contended is put off only from its ninth receive', async () => {
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

  it('only the failing notification of a batch is put off', async () => {
    const bench = workerBench();
    const [fails, fits] = [bench.envelope({ payment: 'p2', key: 'k2' }), bench.envelope()];
    bench.memory.beforeWrite = (writes) => {
      if (JSON.stringify(writes).includes('toy:p2')) down();
    };
    const response = await createTransitionHandler(bench.deps)(receivedTimes(9, fits, fails), context());
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm1' }]);
    expect(bench.putOff).toEqual([['h1', 3_600]]);
  });

  it('a parked notification is not put off; a notification whose parking fails is put off', async () => {
    const bench = workerBench();
    const handler = createTransitionHandler(bench.deps);
    await handler(receivedTimes(9, 'junk'), context());
    expect(bench.putOff).toEqual([]);
    bench.memory.beforeWrite = down;
    const { batchItemFailures } = await handler(receivedTimes(9, 'more junk'), context());
    expect(batchItemFailures).toHaveLength(1);
    expect(bench.putOff).toEqual([['h0', 3_600]]);
  });

  it('a failing notification that cannot be put off stays on its queue, and both failures are logged', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = down;
    const putOff = async () => {
      throw new Error('queue gone');
    };
    const handler = createTransitionHandler({ ...bench.deps, putOff });
    const { batchItemFailures } = await handler(receivedTimes(9, bench.envelope()), context());
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    const log = bench.lines.join();
    expect(log).toContain('notifications message failed, will be tried again');
    expect(log).toContain('notifications message could not be put off');
  });

  it.each([
    ['nonsense', undefined],
    ['0', undefined],
    ['1e9', 3_600],
  ])('pauseSeconds of a receive count %s is %s', (receives, seconds) => {
    expect(pauseSeconds(Number(receives))).toBe(seconds);
  });
});

describe('the time a message stays on its queue', () => {
  const visibility = VISIBILITY_FACTOR * FUNCTIONS['transition-worker'].timeoutSeconds;
  const text = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
  const hoursOf = (error?: unknown) => {
    let seconds = 0;
    for (let receives = 1; receives <= MAX_RECEIVE_COUNT.notifications; receives++) {
      seconds += pauseSeconds(receives, error) ?? visibility;
    }
    return seconds / 3_600;
  };

  it('a notification whose attempts all fail stays 45 hours on its queue, as the documents say', () => {
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

  it('a message stays 2.5 hours on notifications and 10 hours on fulfilment while the worker does not start', () => {
    const hours = (queue: 'notifications' | 'fulfilment') => (MAX_RECEIVE_COUNT[queue] * visibility) / 3_600;
    expect([hours('notifications'), hours('fulfilment')]).toEqual([2.5, 10]);
    expect(text('runbooks/worker-errors.md')).toMatch(/2\.5 hours.*10 hours/);
  });
});
