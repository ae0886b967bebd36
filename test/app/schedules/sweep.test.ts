/** A sweep with many rows: due effects and held payments are found among any number of other open rows. */
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../shared/app/ports.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { openShard } from '../../../shared/app/table/keys.ts';
import { effectItem } from '../../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { DAY, HOUR, put, range, waitingBench } from '../../support/waiting-rows.ts';
import { START } from '../../support/worker-bench.ts';

describe('rows of a newer version', () => {
  it('the sweeper publishes due effects although 450 effects of a newer schema are in the same shard', async () => {
    const { memory, deps, fulfilment, time, ...base } = await waitingBench();
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

  it('the sweeper counts payments of a newer schema by their place in the index', async () => {
    const { memory, held, stuck, counted } = await waitingBench();
    put(
      memory,
      [held, stuck].map((row) => ({ ...row, schema: 99, data: { other: true } })),
    );
    expect(await counted()).toMatchObject({ PaymentsHeldNow: 1, OldestHeldAge: 3_600, PaymentsWaiting: 1 });
  });
});

describe('a sweep with little time', () => {
  it('the sweeper publishes the longest due effects first, in whichever shard they are', async () => {
    const { memory, deps, fulfilment, ...base } = await waitingBench();
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
    // The time is enough to read all rows and to send ten effects.
    const left = () => (fulfilment.sent.length < 10 ? 60_000 : 1_000);
    await sweep(deps, left);
    const sent = fulfilment.sent.map(({ body }) => (JSON.parse(body) as { payment: string }).payment);
    expect(sent).toEqual(range(10).map((n) => `paymentwall:toy:p${63 - n}`));
  });
});

describe('a payment without a change that is not settled', () => {
  it.each([
    ['pending', 14],
    ['authorized', 30],
    ['processing', 14],
    ['in_review', 3],
    ['awaiting_confirmation', 1],
    ['disputed', 120],
  ] as const)('a payment in %s is stuck after %i days and not before', async (status, days) => {
    const { memory, row, counted } = await waitingBench();
    put(memory, [row({ id: 'young', status, ageMs: days * DAY - HOUR })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 0 });
    put(memory, [row({ id: 'old', status, ageMs: days * DAY + HOUR })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 1 });
  });

  it('a rejected payment does not count in PaymentsStuck and PaymentsWaiting', async () => {
    const { memory, row, counted } = await waitingBench();
    const old = row({ id: 'old', status: 'awaiting_confirmation', ageMs: 9 * DAY });
    const payment = old.data as Payment;
    const decision = { reason: 'waiting', digest: 'd', verdict: 'reject', by: 'ada', note: 'n' } as const;
    const decisions = [{ ...decision, at: payment.updatedAt }];
    put(memory, [paymentRow({ ...payment, decisions })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 0, PaymentsWaiting: 0 });
  });

  it('a stuck payment is counted among 2,000 younger payments', async () => {
    const { memory, row, counted } = await waitingBench();
    const young = range(2_000).map((n) => row({ id: `y${n}`, status: 'processing', ageMs: 5 * DAY }));
    put(memory, [...young, row({ id: 'old', status: 'processing', ageMs: 20 * DAY })]);
    expect(await counted()).toMatchObject({ PaymentsStuck: 1 });
  });
});
