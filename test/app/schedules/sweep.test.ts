/** What waits for a person is found, whatever else waits, however much of it. */
import { describe, expect, it } from 'vitest';
import type { World } from '../../../cli/command.ts';
import { holdsList } from '../../../cli/commands/holds-list.ts';
import { Flags } from '../../../cli/flags.ts';
import { listHolds } from '../../../shared/app/operator/views.ts';
import type { Item, Store } from '../../../shared/app/ports.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { openShard } from '../../../shared/app/table/keys.ts';
import { openRows } from '../../../shared/app/table/open-index.ts';
import { effectItem } from '../../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { asBefore, heldPayment, put, range, waitingRow } from '../../support/waiting-rows.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function bench() {
  const base = workerBench({ policy: { unknownOrder: 'hold' } });
  const template = await heldPayment(base);
  const row = (of: Parameters<typeof waitingRow>[1]) => waitingRow(template, of);
  const disputes = (many: number) =>
    range(many).map((n) => row({ id: `d${n}`, status: 'disputed', ageMs: 90 * DAY }));
  const held = row({ id: 'h', status: 'paid', held: true, ageMs: HOUR });
  const stuck = row({ id: 'w', status: 'awaiting_confirmation', ageMs: 2 * DAY });
  const counted = async () => {
    await sweep(base.deps, () => 60_000);
    return base.metric('PaymentsHeldNow').at(-1);
  };
  return { ...base, row, disputes, held, stuck, counted };
}
const ONE_OF_EACH = { PaymentsHeldNow: 1, OldestHeldAge: 3_600, PaymentsWaiting: 1, PaymentsStuck: 1 };

describe('sixteen hundred old disputes', () => {
  it('hide neither a held payment nor one that is stuck', async () => {
    const { memory, disputes, held, stuck, counted } = await bench();
    put(memory, [...disputes(1_600), held, stuck]);
    expect(await counted()).toMatchObject(ONE_OF_EACH);
    expect(await listHolds(memory)).toMatchObject({ held: [{ payment: 'paymentwall:toy:h' }], more: false });
  });

  it('hide none that the version before wrote among them', async () => {
    const { memory, disputes, held, stuck, counted } = await bench();
    put(memory, [...disputes(1_600), held, stuck].map(asBefore));
    expect(await counted()).toMatchObject(ONE_OF_EACH);
    expect(await listHolds(memory)).toMatchObject({ held: [{ payment: 'paymentwall:toy:h' }], more: false });
  });

  it('beyond what one look reads, the list says that there is more, and never that there is none', async () => {
    const { memory, disputes } = await bench();
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

describe('the list of holds', () => {
  it('has the longest waiting of all shards within its limit, and says that there are more', async () => {
    const { memory, row } = await bench();
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

describe('rows of a newer version', () => {
  it('keep the sweeper from no other effect of their shard', async () => {
    const { memory, deps, fulfilment, time, ...base } = await bench();
    await base.apply(base.envelope({ key: 'k', payment: 'p' }));
    const effects = memory.data<Effect>('effect#');
    const [effect] = effects;
    if (effect === undefined) throw new Error('no effect');
    const newer = (n: number): Item => ({
      ...effectItem(
        { effect: { ...effect, name: `a${n}` }, version: 1 },
        new Date(START - DAY).toISOString(),
      ),
      schema: 99,
    });
    put(memory, range(450).map(newer));
    fulfilment.sent.length = 0;
    time.now += 301_000;
    expect(await sweep(deps, () => 60_000)).toMatchObject({ republished: effects.length });
    expect(fulfilment.sent).toHaveLength(effects.length);
  });

  it('are counted by their place in the index', async () => {
    const { memory, held, stuck, counted } = await bench();
    put(
      memory,
      [held, stuck].map((row) => ({ ...row, schema: 99, data: { other: true } })),
    );
    expect(await counted()).toMatchObject({ PaymentsHeldNow: 1, OldestHeldAge: 3_600, PaymentsWaiting: 1 });
  });
});

describe('when time is short', () => {
  it('what is longest due is published first, in whichever shard it stands', async () => {
    const { memory, deps, fulfilment, ...base } = await bench();
    await base.apply(base.envelope({ key: 'k', payment: 'p' }));
    const [effect] = memory.data<Effect>('effect#');
    if (effect === undefined) throw new Error('no effect');
    memory.rows.clear();
    fulfilment.sent.length = 0;
    const shards = new Set<string>();
    range(64).forEach((n) => {
      const payment = `paymentwall:toy:p${n}`;
      shards.add(openShard('effect', payment));
      const due = new Date(START - DAY - n * 1_000).toISOString();
      put(memory, [
        effectItem({ effect: { ...effect, payment, id: `${payment}#1#fulfil` }, version: 1 }, due),
      ]);
    });
    expect(shards.size).toBe(8);
    // Time for everything to be read, and for ten to be sent.
    const left = () => (fulfilment.sent.length < 10 ? 60_000 : 1_000);
    await sweep(deps, left);
    const sent = fulfilment.sent.map(({ body }) => (JSON.parse(body) as { payment: string }).payment);
    expect(sent).toEqual(range(10).map((n) => `paymentwall:toy:p${63 - n}`));
  });
});

it('a row that has left the index since it was read from it is not among the open ones', async () => {
  const { memory, held } = await bench();
  const { openShard: _, openAt: __, ...left } = held;
  put(memory, [left]);
  memory.open = async () => [held];
  expect(await openRows(memory, ['held'], { until: '9999', most: 1, keep: () => true })).toEqual({
    rows: [],
    more: false,
  });
});

describe('a payment that is not settled and has no news', () => {
  it.each([
    ['pending', 14],
    ['authorized', 30],
    ['processing', 14],
    ['in_review', 3],
    ['awaiting_confirmation', 1],
    ['disputed', 120],
  ] as const)('%s is stuck after %i days, and not before', async (status, days) => {
    const { memory, row, counted } = await bench();
    put(memory, [row({ id: 'young', status, ageMs: days * DAY - HOUR })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 0 });
    put(memory, [row({ id: 'old', status, ageMs: days * DAY + HOUR })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 1 });
  });

  it('raises no alarm once it is rejected', async () => {
    const { memory, row, counted } = await bench();
    const old = row({ id: 'old', status: 'awaiting_confirmation', ageMs: 9 * DAY });
    const payment = old.data as Payment;
    const decision = { reason: 'waiting', digest: 'd', verdict: 'reject', by: 'ada', note: 'n' } as const;
    const decisions = [{ ...decision, at: payment.updatedAt }];
    put(memory, [paymentRow({ ...payment, decisions })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 0, PaymentsWaiting: 0 });
  });

  it('is found among many that are on their way', async () => {
    const { memory, row, counted } = await bench();
    const young = range(2_000).map((n) => row({ id: `y${n}`, status: 'processing', ageMs: 5 * DAY }));
    put(memory, [...young, row({ id: 'old', status: 'processing', ageMs: 20 * DAY })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 1 });
  });
});
