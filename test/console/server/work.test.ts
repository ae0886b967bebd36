/** The views of waiting work: events, queues, quarantine. */
import { expect, it } from 'vitest';
import { PATIENCE_MS } from '../../../cli/undelivered.ts';
import type {
  FlowView,
  OrderDetail,
  PaymentDetail,
  PaymentsView,
  QuarantineView,
  QueuesView,
  UndeliveredView,
} from '../../../console/contract.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import { recordSentBack } from '../../../shared/app/operator/sent-back.ts';
import { consoleBench } from '../console-bench.ts';
import { KEY } from '../views-bench.ts';

it('a failed event is undelivered with its reason, and its payment is found with undelivered=1', async () => {
  const bench = consoleBench();
  await bench.apply(bench.envelope());
  bench.target.fails = ({ type }) => {
    if (type === 'fulfil') throw new TargetError('gone');
  };
  await bench.deliverAll();
  const { events } = await bench.view<UndeliveredView>('undelivered');
  expect(events).toMatchObject([
    { id: `${KEY}#1#fulfil`, payment: KEY, state: 'failed', lastFailure: 'gone', status: 'paid' },
  ]);
  expect(events[0]?.says).toContain('gone (410)');
  const { payments } = await bench.view<PaymentsView>('payments?undelivered=1');
  expect(payments[0]?.undelivered).toMatchObject([{ id: `${KEY}#1#fulfil`, state: 'failed' }]);
  const shown = await bench.view<PaymentDetail>(`payments/${encodeURIComponent(KEY)}`);
  expect(shown.nextSteps).toMatchObject([
    { actions: [{ action: 'redeliver', body: { event: `${KEY}#1#fulfil` } }] },
  ]);
});

it.each([
  [4, []],
  [6, [`${KEY}#1#fulfil`, `${KEY}#n1#payment.paid`]],
])(
  'an event that waits for %i minutes is late when the list of undelivered events has it: %j',
  async (minutes, ids) => {
    const bench = consoleBench();
    await bench.apply(bench.envelope({ reference: 'order-1' }));
    bench.target.fails = () => {
      throw new TargetError('unavailable');
    };
    await bench.deliverAll();
    bench.time.now += minutes * 60_000;
    const late = (moments: PaymentDetail['timeline']) =>
      moments
        .flatMap((each) => (each.what === 'effect' && each.late === true ? [each.effect.id] : []))
        .sort();
    const { events } = await bench.view<UndeliveredView>('undelivered');
    expect(events.map(({ id }) => id).sort()).toEqual(ids);
    expect(late((await bench.view<PaymentDetail>(`payments/${encodeURIComponent(KEY)}`)).timeline)).toEqual(
      ids,
    );
    expect(late((await bench.view<OrderDetail>('orders/order-1')).events)).toEqual(ids);
  },
);

it('an event whose delivery fails is on its way until it is late, and keeps its createdAt', async () => {
  const bench = consoleBench();
  const listed = () => bench.view<UndeliveredView>('undelivered');
  expect(await listed()).toMatchObject({ events: [], onTheirWay: 0 });
  await bench.apply(bench.envelope());
  expect(await listed()).toMatchObject({ events: [], onTheirWay: 2 });
  bench.target.fails = () => {
    throw new TargetError('unavailable');
  };
  bench.time.now += 60_000;
  await bench.deliverAll();
  expect(await listed()).toMatchObject({ events: [], onTheirWay: 2 });
  bench.time.now += 2 * PATIENCE_MS;
  await bench.apply(bench.envelope({ payment: 'p2', key: 'k2' }));
  const { events, onTheirWay } = await listed();
  expect(onTheirWay).toBe(2);
  expect(events.map(({ payment }) => payment)).toEqual([KEY, KEY]);
  for (const { createdAt, updatedAt } of events) expect(createdAt < updatedAt).toBe(true);
});

it('the flow counts an event in the outbox once: on its way, or late or failed', async () => {
  const bench = consoleBench();
  const values = async () =>
    (await bench.view<FlowView>('flow')).nodes
      .find(({ name }) => name === 'outbox')
      ?.counts.map(({ value }) => value);
  await bench.apply(bench.envelope());
  expect(await values()).toEqual([2, 0]);
  bench.time.now += 2 * PATIENCE_MS;
  expect(await values()).toEqual([0, 2]);
  bench.target.fails = () => {
    throw new TargetError('gone');
  };
  await bench.deliverAll();
  expect(await values()).toEqual([0, 2]);
});

it('the views of queues and quarantine are empty for an empty stack', async () => {
  const { view } = consoleBench();
  expect((await view<QueuesView>('queues')).queues).toMatchObject([
    { name: 'notifications', deadLetters: 0, parked: 0, paused: false },
    { name: 'fulfilment' },
  ]);
  expect(await view<QuarantineView>('quarantine')).toEqual({ messages: [], more: false, sentBack: [] });
});

it('a message sent back is shown with by and note at its queue, in quarantine and with its payment', async () => {
  const bench = consoleBench();
  await bench.apply(bench.envelope());
  const keep = (of: Omit<Parameters<typeof recordSentBack>[0], 'what'>, note: string) => {
    bench.time.now += 60_000;
    const deps = { store: bench.store, clock: () => bench.time.now };
    return recordSentBack({ what: 'redrive', ...of }, { by: 'ann', note }, deps);
  };
  await keep({ where: 'notifications', id: 'm1', correlationId: 'c1' }, 'the outage is over');
  await keep({ where: 'fulfilment', id: 'm2', payment: KEY }, 'the shop is well again');
  await keep({ where: 'notifications', id: 'm3', correlationId: 'c9' }, 'of another payment');
  await keep({ where: 'quarantine#paymentwall#toy', id: 'q1', correlationId: 'c1' }, 'readable now');
  const { sentBack } = await bench.view<QueuesView>('queues');
  expect(sentBack.map(({ where, id, by, note }) => [where, id, by, note])).toEqual([
    ['notifications', 'm3', 'ann', 'of another payment'],
    ['fulfilment', 'm2', 'ann', 'the shop is well again'],
    ['notifications', 'm1', 'ann', 'the outage is over'],
  ]);
  expect(await bench.view<QuarantineView>('quarantine')).toMatchObject({
    sentBack: [{ where: 'paymentwall/toy', id: 'q1', note: 'readable now', correlationId: 'c1' }],
  });
  const { timeline } = await bench.view<PaymentDetail>('payments/p1');
  expect(timeline.flatMap((each) => ('note' in each ? [each.note] : []))).toEqual([
    'the outage is over',
    'the shop is well again',
    'readable now',
  ]);
});

it('the quarantine is read again after a minute or an action, not at every view', async () => {
  const { view, apply, envelope, time, backend } = consoleBench();
  const keep = (key: string) => apply(envelope({ key }, { quarantine: 'ambiguous' }));
  const listed = async () => (await view<QuarantineView>('quarantine?all=1')).messages.length;
  await keep('k1');
  expect(await listed()).toBe(1);
  await keep('k2');
  expect(await listed()).toBe(1);
  backend.quarantined.forget();
  expect(await listed()).toBe(2);
  await keep('k3');
  time.now += 60_000;
  expect(await listed()).toBe(3);
});
