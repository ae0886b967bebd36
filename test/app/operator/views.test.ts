/** The lists that an operator reads. */
import { describe, expect, it } from 'vitest';
import { listHolds } from '../../../shared/app/operator/views.ts';
import { asBefore, HOUR, put, range, waitingBench } from '../../support/waiting-rows.ts';

describe('the list of holds', () => {
  it('has the longest waiting of all shards within its limit, and says that there are more', async () => {
    const { memory, row } = await waitingBench();
    const rows = range(40).map((n) => row({ id: `h${n}`, status: 'paid', held: true, ageMs: n * HOUR }));
    put(
      memory,
      rows.map((each, n) => (n % 2 === 0 ? each : asBefore(each))),
    );
    const { held, more } = await listHolds(memory, 5);
    expect(held.map(({ payment }) => payment)).toEqual(
      [39, 38, 37, 36, 35].map((n) => `paymentwall:toy:h${n}`),
    );
    expect(more).toBe(true);
    expect(await listHolds(memory, 40)).toMatchObject({ more: false, held: { length: 40 } });
  });
});
