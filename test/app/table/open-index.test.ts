/** The index of open rows: a waiting row is found among any number of other open rows. */
import { describe, expect, it } from 'vitest';
import type { World } from '../../../cli/command.ts';
import { holdsList } from '../../../cli/commands/holds-list.ts';
import { Flags } from '../../../cli/flags.ts';
import { listHolds } from '../../../shared/app/operator/views.ts';
import type { Store } from '../../../shared/app/ports.ts';
import { openRows } from '../../../shared/app/table/open-index.ts';
import { asBefore, put, range, waitingBench } from '../../support/waiting-rows.ts';

const ONE_OF_EACH = { PaymentsHeldNow: 1, OldestHeldAge: 3_600, PaymentsWaiting: 1, PaymentsStuck: 1 };

describe('1,600 old disputes', () => {
  it('1,600 old disputes hide neither a held payment nor a stuck payment', async () => {
    const { memory, disputes, held, stuck, counted } = await waitingBench();
    put(memory, [...disputes(1_600), held, stuck]);
    expect(await counted()).toMatchObject(ONE_OF_EACH);
    expect(await listHolds(memory)).toMatchObject({ held: [{ payment: 'paymentwall:toy:h' }], more: false });
  });

  it('1,600 old disputes of the former row version hide neither a held payment nor a stuck payment', async () => {
    const { memory, disputes, held, stuck, counted } = await waitingBench();
    put(memory, [...disputes(1_600), held, stuck].map(asBefore));
    expect(await counted()).toMatchObject(ONE_OF_EACH);
    expect(await listHolds(memory)).toMatchObject({ held: [{ payment: 'paymentwall:toy:h' }], more: false });
  });

  it('the list of holds says that there are more when one read does not reach the end of the index', async () => {
    const { memory, disputes } = await waitingBench();
    const [dispute] = disputes(1).map(asBefore);
    const endless = {
      open: async (_shard: string, _until: string, limit: number) =>
        range(limit).map((n) => ({ pk: `payment#paymentwall:toy:d${n}`, sk: 'payment' })),
      get: async () => dispute,
    } as unknown as Store;
    expect(await listHolds(endless)).toEqual({ held: [], more: true });
    const run = async (store: Store) => {
      const world = { connect: async () => ({ store, label: 'here' }) } as unknown as World;
      return JSON.stringify((await holdsList.run({ args: [], flags: new Flags({}), world })).lines);
    };
    expect(await run(endless)).toContain('there are more');
    expect(await run(memory)).toContain('no payment is held');
  });
});

it('a row that left the index after the index was read is not among the open rows', async () => {
  const { memory, held } = await waitingBench();
  const { openShard: _, openAt: __, ...left } = held;
  put(memory, [left]);
  memory.open = async () => [held];
  expect(await openRows(memory, ['held'], { until: '9999', most: 1, keep: () => true })).toEqual({
    rows: [],
    more: false,
  });
});
