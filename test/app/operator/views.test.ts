/** The lists and views of operators. */
import { describe, expect, it } from 'vitest';
import { releaseHold } from '../../../shared/app/operator/holds.ts';
import { recordSentBack } from '../../../shared/app/operator/sent-back.ts';
import { listHolds, showPayment } from '../../../shared/app/operator/views.ts';
import { paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { ledgerOf } from '../../../shared/app/table/rows.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { capture, START as POLLING, pollingBench } from '../../support/polling-bench.ts';
import { asBefore, HOUR, put, range, waitingBench } from '../../support/waiting-rows.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const at = (ms = 0): string => new Date(START + ms).toISOString();
const strict = () => workerBench({ policy: { unknownOrder: 'hold' } });
const register = (bench: Bench, exact: string) =>
  registerOrder(
    bench.memory,
    bench.notifications,
    parseOrder({ reference: 'r1', amounts: [{ currency: 'EUR', exact }] }, at()),
  );

describe('the list of holds', () => {
  it('the list of holds has the longest waiting of all shards within its limit, and more: true when there are more', async () => {
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
    expect(await listHolds(memory, 39)).toMatchObject({ more: true, held: { length: 39 } });
  });

  it('the list of holds names the order that the provider named while no order is registered', async () => {
    const bench = strict();
    await bench.apply(bench.envelope({ reference: 'r1' }, { receivedAt: at(7) }));
    const [held] = (await listHolds(bench.memory)).held;
    expect(held).toMatchObject({
      ...{ payment: P1, status: 'paid', named: ['r1'], direction: 'in', granted: false, since: at(7) },
      ...{ moved: [{ amount: '5', currency: 'EUR' }], holds: [{ reason: 'unknown_order' }] },
    });
    expect(held).not.toHaveProperty('orderReference');
    const alone = strict();
    await alone.apply(alone.envelope());
    expect((await listHolds(alone.memory)).held[0]).not.toHaveProperty('named');
  });

  it('the list of holds names the registered order of a payment, and whether goods are granted', async () => {
    const bench = strict();
    await register(bench, '7');
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const [held] = (await listHolds(bench.memory)).held;
    expect(held).toMatchObject({ orderReference: 'r1', granted: false });
    expect(held).not.toHaveProperty('named');
    const granted = workerBench();
    await granted.apply(granted.envelope());
    await granted.apply(granted.envelope({ fact: 'failed' }));
    expect((await listHolds(granted.memory)).held).toMatchObject([{ payment: P1, granted: true }]);
  });

  it('the list of holds has no waiting payment, although an older version wrote it into the same index', async () => {
    const { memory, row } = await waitingBench();
    put(memory, [asBefore(row({ id: 'w', status: 'awaiting_confirmation', held: false, ageMs: HOUR }))]);
    expect(await listHolds(memory)).toEqual({ held: [], more: false });
  });
});

describe('one payment as showPayment returns it', () => {
  const view = async (bench: Pick<Bench, 'memory'>) =>
    (await showPayment(bench.memory, P1)) ?? expect.fail('no payment');

  it('showPayment returns a payment with its order when it has one, and undefined for an unknown payment', async () => {
    const bench = strict();
    expect(await showPayment(bench.memory, P1)).toBeUndefined();
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(await view(bench)).toMatchObject({ order: undefined, more: false, questions: undefined });
    expect(await view(bench)).not.toHaveProperty('paidAgain');
    await register(bench, '5');
    for (const { body } of bench.notifications.sent.splice(0)) await bench.apply(body);
    expect(await view(bench)).toMatchObject({ order: { reference: 'r1', paidBy: P1 } });
    expect((await view(bench)).advice).toEqual([]);
  });

  it('the timeline of a payment has each operator decision once, also without its ledger row', async () => {
    const bench = strict();
    await bench.apply(bench.envelope({}, { receivedAt: at(-1) }));
    const [hold] = bench.memory.data<Payment>('payment')[0]?.holds ?? [];
    const { reason, digest } = hold ?? expect.fail('not held');
    await releaseHold({ payment: P1, reason, digest, by: 'ada', note: 'seen' }, bench.deps);
    const whats = async () => (await view(bench)).timeline.map(({ what }) => what);
    expect((await whats()).filter((what) => what === 'release')).toHaveLength(1);
    for (const { pk, sk } of bench.memory.all().filter((row) => row.sk.startsWith('ledger#')))
      await bench.memory.write([{ remove: { pk, sk }, when: 'always' }]);
    expect((await view(bench)).timeline).toContainEqual({
      ...{ at: at(), what: 'release', by: 'ada', note: 'seen', caused: [], detail: { reason, digest } },
    });
    // At the same time the order is: notification, operator decision, effects by their sequence.
    expect(await whats()).toEqual(['notification', 'effect', 'release', 'effect', 'effect']);
  });

  it('the timeline of a payment has who sent its message back after its first notification', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({}, { receivedAt: at(), correlationId: 'c9' }));
    const of = { what: 'redrive', where: 'notifications', id: 'm1', correlationId: 'c9' } as const;
    const note = { by: 'bob', note: 'over' };
    await recordSentBack(of, note, { store: bench.memory, clock: () => START - 1 });
    await recordSentBack({ ...of, id: 'm2' }, note, { store: bench.memory, clock: () => START + 5 });
    const back = (await view(bench)).timeline.filter(({ what }) => what === 'redrive');
    expect(back).toEqual([
      {
        ...{ at: at(5), what: 'redrive', ...note, caused: [] },
        detail: { from: 'notifications', message: 'm2' },
      },
    ]);
  });

  it('the timeline has what was sent back after the first notification was received, applied or not', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({}, { receivedAt: at(10) }));
    await bench.apply(bench.envelope({ fact: 'failed' }, { receivedAt: at(0), correlationId: 'c9' }));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'processing' }, { receivedAt: at(20) }));
    const of = { what: 'redrive', where: 'notifications', id: 'm1', correlationId: 'c9' } as const;
    await recordSentBack(of, { by: 'bob', note: 'over' }, { store: bench.memory, clock: () => START + 5 });
    expect((await view(bench)).timeline.map(({ what }) => what)).toContain('redrive');
  });

  it('the timeline of a payment has every ledger row, and every decision that no ledger row has', async () => {
    const bench = strict();
    await bench.apply(bench.envelope());
    const [hold] = bench.memory.data<Payment>('payment')[0]?.holds ?? [];
    const { reason, digest } = hold ?? expect.fail('not held');
    await releaseHold({ payment: P1, reason, digest, by: 'ada', note: 'seen' }, bench.deps);
    const ledger = bench.memory.all().find(({ sk }) => sk.startsWith('ledger#')) ?? expect.fail('no ledger');
    const row = ledgerOf(ledger);
    const tells = async (detail: Record<string, string>) => {
      await bench.memory.write([{ put: { ...ledger, data: { ...row, detail } }, when: 'always' }]);
      return (await view(bench)).timeline.filter(({ what }) => what === 'release').length;
    };
    expect(await tells({ reason, digest })).toBe(1);
    expect(await tells({ reason, digest: 'another' })).toBe(2);
    expect(await tells({ reason: 'another', digest })).toBe(2);
  });

  it('showPayment returns paidAgain for a second released payment of an order', async () => {
    const bench = strict();
    await register(bench, '5');
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await bench.apply(bench.envelope({ key: 'k2', payment: 'p2', reference: 'r1' }));
    const second = 'paymentwall:toy:p2';
    const [hold] = (await showPayment(bench.memory, second))?.payment.holds ?? [];
    await releaseHold({ payment: second, ...(hold ?? expect.fail()), by: 'ada', note: 'both' }, bench.deps);
    expect((await showPayment(bench.memory, second))?.paidAgain).toBeDefined();
  });

  it('showPayment returns more: true from the 2000th row of a payment on', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const { pk } = paymentKeyOf(P1);
    const known = bench.memory.all().filter((row) => row.pk === pk).length;
    put(
      bench.memory,
      range(1_999 - known).map((n) => ({ pk, sk: `z#${n}`, schema: 1, data: {} })),
    );
    expect((await view(bench)).more).toBe(false);
    put(bench.memory, [{ pk, sk: 'z#last', schema: 1, data: {} }]);
    expect((await view(bench)).more).toBe(true);
  });

  it('showPayment returns the attempts, outcome and next time of the provider’s polls', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const key = 'trustly-americas:shop:1';
    const polled = async () => (await showPayment(bench.store, key))?.questions;
    expect(await polled()).toEqual({ attempts: 0, nextAt: new Date(POLLING).toISOString() });
    await bench.confirm();
    expect(await polled()).toMatchObject({ attempts: 1, outcome: 'unknown' });
    expect(await polled()).not.toHaveProperty('payment');
  });
});
