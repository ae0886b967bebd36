/** The payments that a sweep counts as stuck. */
import { describe, expect, it } from 'vitest';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { capture, pollingBench } from '../../support/polling-bench.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the count of stuck payments', () => {
  it('the sweeper counts a payment as stuck after 24 hours in awaiting_confirmation', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const stuck = async (afterMs: number) => {
      bench.time.now += afterMs;
      bench.lines.length = 0;
      await sweep(bench.deps, () => 60_000);
      return bench.metric('PaymentsStuck').map((line) => line.PaymentsStuck);
    };
    expect(await stuck(DAY - 1_000)).toEqual([0]);
    expect(await stuck(1_000)).toEqual([1]);
  });
});
