/** Views over rows that the workers wrote. */
import { describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../../cli/undelivered.ts';
import type {
  Capabilities,
  DashboardDetail,
  EventDetail,
  FlowView,
  HoldsView,
  LatencyView,
  OrderDetail,
  OrdersView,
  PaymentDetail,
  PaymentsView,
  QuarantineView,
  QueuesView,
  RequestDetail,
  RequestsView,
  UndeliveredView,
} from '../../console/contract.ts';
import { failureOf } from '../../console/server/api.ts';
import type { Backend } from '../../console/server/backend.ts';
import { TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { keepSentBack } from '../../shared/app/operator/sent-back.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { consoleBench } from './console-bench.ts';

const KEY = 'paymentwall:toy:p1';
const names = ({ payments }: PaymentsView) => payments.map(({ payment }) => payment);

async function withOrder(bench: ReturnType<typeof consoleBench>, reference: string): Promise<void> {
  const order = parseOrder(
    { reference, amounts: [{ currency: 'EUR', exact: '5' }] },
    new Date(bench.time.now).toISOString(),
  );
  await registerOrder(bench.store, bench.notifications, order);
}

describe('payments', () => {
  async function three() {
    const bench = consoleBench();
    for (const [index, payment] of ['p1', 'p2', 'p3'].entries()) {
      bench.time.now += 60_000;
      const fact = index === 1 ? 'failed' : 'paid';
      await bench.apply(bench.envelope({ payment, key: `k${payment}`, fact, reference: `order-${payment}` }));
    }
    return bench;
  }

  it('are listed with the newest change first, and a cursor leads to the rest', async () => {
    const { view } = await three();
    const first = await view<PaymentsView>('payments?limit=2');
    expect(names(first)).toEqual(['paymentwall:toy:p3', 'paymentwall:toy:p2']);
    expect(first).toMatchObject({ total: 3, more: false });
    const rest = await view<PaymentsView>(`payments?limit=2&cursor=${encodeURIComponent(first.next ?? '')}`);
    expect(names(rest)).toEqual([KEY]);
    expect(rest.next).toBeUndefined();
  });

  it.each([
    ['status=failed', ['paymentwall:toy:p2']],
    ['provider=trustly-europe', []],
    ['account=toy&status=paid', ['paymentwall:toy:p3', KEY]],
    ['q=P2', ['paymentwall:toy:p2']],
    ['q=kp1', [KEY]],
    ['q=p1', [KEY]],
    [`q=${encodeURIComponent(`${KEY}#1#fulfil`)}`, [KEY]],
    ['q=nothing-like-this', []],
    ['held=1', []],
  ])('with %s only those are left', async (query, expected) => {
    const { view } = await three();
    expect(names(await view<PaymentsView>(`payments?${query}`))).toEqual(expected);
  });

  it('that are beyond the rows that were read are found by their exact names', async () => {
    const bench = await three();
    const { store } = bench;
    const backend = {
      ...bench.backend,
      tables: {
        read: async () => ({ payments: [], orders: [], more: true, readAt: '2026-03-01T12:00:00.000Z' }),
        touch: () => {},
        forget: () => {},
      },
    };
    expect(store).toBe(backend.connection.store);
    for (const q of ['p2', 'kp2', 'paymentwall:toy:p2']) {
      const found = await bench.view<PaymentsView>(`payments?q=${q}`, backend);
      expect(names(found), q).toEqual(['paymentwall:toy:p2']);
      expect(found.more).toBe(true);
    }
  });

  it('in the scope "open" are those that wait for somebody', async () => {
    const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope({ payment: 'p1', reference: 'order-1' }));
    await bench.apply(bench.envelope({ payment: 'p2', key: 'k2', fact: 'failed' }));
    const open = await bench.view<PaymentsView>('payments?scope=open');
    expect(names(open)).toEqual([KEY]);
    expect(open.payments[0]?.holds).toMatchObject([{ reason: 'unknown_order' }]);
    // Who registers the order has to know its reference.
    expect(await bench.view<HoldsView>('holds')).toMatchObject({ held: [{ named: ['order-1'] }] });
    expect(names(await bench.view<PaymentsView>('payments?held=1'))).toEqual([KEY]);
    expect((await bench.view<PaymentsView>('payments?q=order-1')).payments).toMatchObject([
      { payment: KEY, orderReference: null, named: ['order-1'] },
    ]);
  });

  it.each([
    ['payments?limit=0', /^limit: found "0", allowed: 1 to 1000/],
    ['payments?status=lost', /^status: found "lost", allowed: pending,/],
    ['payments?scope=some', /^scope: found "some", allowed: all, open/],
    ['payments?held=yes', /^held: found "yes", allowed: 0 and 1/],
    ['requests?status=9', /^status: found "9"/],
    ['requests?since=soon', /^since "soon": allowed/],
  ])('%s is refused with a sentence', async (path, sentence) => {
    await expect(consoleBench().view(path)).rejects.toThrow(sentence);
  });
});

describe('one payment', () => {
  it('has its timeline with what was done and why, its money and what to do next', async () => {
    const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope({ payment: 'p1', reference: 'order-1' }));
    await bench.deliverAll();
    const shown = await bench.view<PaymentDetail>(`payments/${encodeURIComponent(KEY)}`);
    expect(shown.payment).toMatchObject({ key: KEY, status: 'paid', holds: [{ reason: 'unknown_order' }] });
    expect(shown.money).toMatchObject({ moved: [{ amount: '5', currency: 'EUR' }], expected: [] });
    expect(shown.timeline[0]).toMatchObject({
      ...{ what: 'notification', as: 'applied', correlationId: 'c1' },
      says: expect.stringContaining('It counts for this payment.'),
    });
    expect(shown.timeline.filter(({ what }) => what === 'effect')).not.toEqual([]);
    expect(shown.advice).toMatchObject([{ reason: 'unknown_order', advised: 'none' }]);
    const [{ actions } = { actions: [] }] = shown.nextSteps;
    expect(actions.map(({ action }) => action)).toEqual(['release', 'reject']);
    expect(actions[0]?.body).toEqual({
      payment: KEY,
      reason: 'unknown_order',
      digest: shown.payment.holds[0]?.digest,
    });
  });

  it('says how often each notification came again, and a duplicate’s request leads to the payment', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope({ key: 'k1' }));
    for (const _ of [1, 2]) await bench.apply(bench.envelope({ key: 'k1', note: 'other bytes' }));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.apply(bench.envelope({ payment: 'p2', key: 'k3' }));
    await bench.apply(bench.envelope({ payment: 'p2', key: 'k3' }));
    const counts = async () => {
      const { timeline } = await bench.view<PaymentDetail>('payments/p1');
      return timeline.flatMap((each) =>
        each.what === 'notification' ? [[each.key, each.duplicates ?? 'unknown']] : [],
      );
    };
    expect(await counts()).toEqual([
      ['k1', 2],
      ['k2', 0],
    ]);
    const status = { provider: 'paymentwall', account: 'toy', outcome: 'accepted', status: '200' };
    bench.answers.push({
      ...{ requestId: 'c3', at: bench.time.now, status: '200' },
      explained: { requestId: 'c3', ...status },
    });
    expect(await bench.view<RequestDetail>('requests/c3')).toMatchObject({ payments: [KEY] });
    bench.lines.length = 0;
    expect(await counts()).toEqual([
      ['k1', 0],
      ['k2', 0],
    ]);
    const duplicates = async () => ({ absorbed: [], since: bench.time.now + 60_000 });
    const later = { ...bench.backend, duplicates };
    const { timeline } = await bench.view<PaymentDetail>('payments/p1', later);
    expect(timeline.every((each) => !('duplicates' in each))).toBe(true);
    const denied = async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    };
    const blind = await bench.view<PaymentDetail>('payments/p1', { ...bench.backend, duplicates: denied });
    expect(blind.timeline).toHaveLength(timeline.length);
  });

  it('says which notification came late by the provider’s own times', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope({ key: 'k1', fact: 'reversed', note: '2000' }));
    await bench.apply(bench.envelope({ key: 'k2', note: '1000' }));
    await bench.apply(bench.envelope({ key: 'k3', fact: 'failed', note: 'no time' }));
    const { timeline } = await bench.view<PaymentDetail>('payments/p1');
    const late = timeline.flatMap((each) =>
      each.what === 'notification'
        ? [[each.key, each.outOfOrder ?? false, each.says.includes('It came late')]]
        : [],
    );
    expect(late).toEqual([
      ['k1', false, false],
      ['k2', true, true],
      ['k3', false, false],
    ]);
  });

  it('shows a payment by its provider’s id alone, and refuses what is none', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope());
    expect((await bench.view<PaymentDetail>('payments/p1')).payment.key).toBe(KEY);
    await expect(bench.view('payments/p9')).rejects.toMatchObject({ code: 3 });
  });

  it('of which copies conflict shows both contents side by side, the applied one first', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope({ fact: 'paid' }));
    await bench.apply(bench.envelope({ fact: 'reversed' }));
    const { held } = await bench.view<HoldsView>('holds');
    expect(held).toMatchObject([{ payment: KEY, holds: [{ reason: 'conflicting_duplicate' }] }]);
    const [side] = held[0]?.sides ?? [];
    expect(side?.key).toBe('k1');
    expect(side?.notifications.map(({ as, content }) => [as, content])).toEqual([
      ['applied', { entries: [{ entry: 'paid/1', codes: ['paid'], amounts: ['5 EUR'] }] }],
      ['conflict', { entries: [{ entry: 'reversed/1', codes: ['reversed'], amounts: [] }] }],
    ]);
  });

  it('shows the event as the merchant receives it, without who the shopper is', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope());
    const [row] = bench.memory.all().filter(({ sk }) => sk === 'effect#1#fulfil');
    const effect = row?.data as { event: object };
    await bench.memory.write([
      {
        put: {
          ...(row as NonNullable<typeof row>),
          data: {
            ...effect,
            event: {
              ...effect.event,
              endUser: 'shopper-7',
              details: { bankAccount: { bankName: 'B' }, code: 'x' },
            },
          },
        },
        when: 'always',
      },
    ]);
    const shown = await bench.view<EventDetail>(`events/${encodeURIComponent(`${KEY}#1#fulfil`)}`);
    expect(shown.effect).toMatchObject({ type: 'fulfil', state: expect.any(String) });
    expect(shown.event).toMatchObject({
      ...{ type: 'fulfil', payment: KEY, endUser: 'not shown' },
      details: { bankAccount: 'not shown', code: 'x' },
    });
    await expect(bench.view(`events/${encodeURIComponent(`${KEY}#9#fulfil`)}`)).rejects.toMatchObject({
      code: 3,
    });
  });
});

it('orders are found by their state and name, and one shows its payments and what the shop was told', async () => {
  const bench = consoleBench();
  await withOrder(bench, 'order-1');
  await withOrder(bench, 'order-2');
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const claimed = await bench.view<OrdersView>('orders?state=claimed');
  expect(claimed.orders).toMatchObject([{ reference: 'order-1', state: 'claimed', paidBy: KEY }]);
  expect((await bench.view<OrdersView>('orders?q=ORDER-2')).orders).toHaveLength(1);
  const shown = await bench.view<OrderDetail>('orders/order-1');
  expect(shown.payments).toMatchObject([{ payment: KEY, status: 'paid' }]);
  expect(shown.events.map(({ effect }) => effect.type)).toContain('fulfil');
  expect((await bench.view<PaymentsView>('payments?q=order-1')).payments).toHaveLength(1);
  await expect(bench.view('orders/order-9')).rejects.toMatchObject({ code: 3 });
});

it('an order that was never registered is found by its reference, or a part, with the payments that name it', async () => {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await withOrder(bench, 'order-10');
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  for (const q of ['order-1', 'RDER-1']) {
    const found = await bench.view<OrdersView>(`orders?q=${q}`);
    expect(found.orders).toMatchObject([{ reference: 'order-10' }]);
    expect(found.unregistered).toMatchObject([{ reference: 'order-1', payments: [{ payment: KEY }] }]);
  }
  expect((await bench.view<OrdersView>('orders')).unregistered).toEqual([]);
  expect((await bench.view<OrdersView>('orders?q=order-1&state=open')).unregistered).toEqual([]);
  const shown = await bench.view<OrderDetail>('orders/order-1');
  expect(shown).toMatchObject({
    reference: 'order-1',
    payments: [{ payment: KEY, holds: [{}] }],
    ledger: [],
  });
  expect(shown.order).toBeUndefined();
  expect(shown.events.map(({ effect }) => effect.type)).toEqual(['payment.held']);
  await withOrder(bench, 'order-1');
  expect((await bench.view<OrdersView>('orders?q=order-1')).orders).toHaveLength(2);
  expect((await bench.view<OrderDetail>('orders/order-1')).order).toMatchObject({ reference: 'order-1' });
});

it('orders of a list say which have a held payment, and of which the shop was not told', async () => {
  const bench = consoleBench();
  for (const reference of ['order-1', 'order-2', 'order-3']) await withOrder(bench, reference);
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  await bench.deliverAll();
  await bench.apply(bench.envelope({ payment: 'p2', key: 'k2', reference: 'order-1' }));
  await bench.deliverAll();
  await bench.apply(bench.envelope({ payment: 'p3', key: 'k3', reference: 'order-2' }));
  bench.time.now += 2 * PATIENCE_MS;
  const listed = async (query: string) =>
    (await bench.view<OrdersView>(`orders${query}`)).orders.map(({ reference, held, undelivered }) => ({
      ...{ reference, held, undelivered },
    }));
  const [held, pending] = [
    { reference: 'order-1', held: 1 },
    { reference: 'order-2', undelivered: 2 },
  ];
  expect(await listed('')).toEqual(expect.arrayContaining([held, pending, { reference: 'order-3' }]));
  expect(await listed('?held=1')).toEqual([held]);
  expect(await listed('?undelivered=1')).toEqual([pending]);
});

it('an order that was paid twice on an operator’s word says so: on its page and on each payment’s', async () => {
  const bench = consoleBench();
  await withOrder(bench, 'order-1');
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  await bench.apply(bench.envelope({ payment: 'p2', key: 'k2', reference: 'order-1' }));
  const { held } = await bench.view<HoldsView>('holds');
  expect(held).toMatchObject([{ advice: [{ advised: 'reject', other: KEY }] }]);
  const second = 'paymentwall:toy:p2';
  const [{ reason = '', digest = '' } = {}] = held[0]?.holds ?? [];
  await releaseHold({ payment: second, reason, digest, by: 'ann', note: 'wants two' }, bench.deps);
  expect((await bench.view<HoldsView>('holds')).held).toEqual([]);
  const expected = {
    ...{ goodsOut: 2, kept: [{ amount: '10.00', currency: 'EUR' }], due: [] },
    payments: [{ payment: KEY }, { payment: second, decision: { by: 'ann', note: 'wants two' } }],
    says: [expect.stringContaining('given twice'), expect.stringContaining('Nothing is recorded as due')],
  };
  for (const path of ['payments/p1', 'payments/p2', 'orders/order-1']) {
    expect(await bench.view<PaymentDetail | OrderDetail>(path), path).toMatchObject({ paidAgain: expected });
  }
  // Each event says whose it is.
  const { events } = await bench.view<OrderDetail>('orders/order-1');
  const fulfils = events.filter(({ effect }) => effect.type === 'fulfil').map(({ effect }) => effect.id);
  expect(fulfils.sort()).toEqual([`${KEY}#1#fulfil`, `${second}#1#fulfil`]);
});

it.each([
  ['ann', 'ann'],
  ['root', ''],
  ['Administrator', ''],
])('whoever sits at the computer as %s is named "%s"', async (user, named) => {
  const { view, backend } = consoleBench();
  const { target } = backend.connection.config;
  expect(await view<Capabilities>('capabilities', { ...backend, user })).toMatchObject({
    ...{ user: named, target: target.type },
  });
});

it('an event that was given up is undelivered, with why, and its payment is found by that', async () => {
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
  'an event that waits for %i minutes is late as in the list of undelivered ones: %j',
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

describe('requests', () => {
  const explained = (requestId: string, status: string, reason?: string) => ({
    ...{
      requestId,
      provider: 'paymentwall',
      account: 'toy',
      outcome: status === '200' ? 'accepted' : 'refused',
      status,
    },
    ...(reason === undefined ? {} : { reason }),
  });

  it('are listed with the newest first, by status, with how long they took', async () => {
    const bench = consoleBench();
    const at = bench.time.now;
    bench.answers.push(
      { requestId: 'c1', at: at - 2_000, status: '200', explained: explained('c1', '200'), ms: 40 },
      {
        requestId: 'c2',
        at: at - 1_000,
        status: '401',
        explained: explained('c2', '401', 'bad_x'),
        ms: 3_500,
      },
      { requestId: 'c3', at: at - 500, status: '404', route: '-' },
    );
    const all = await bench.view<RequestsView>('requests');
    expect(all.requests.map(({ correlationId }) => correlationId)).toEqual(['c3', 'c2', 'c1']);
    expect(all.statuses).toEqual({ 200: 1, 401: 1, 404: 1 });
    const refused = await bench.view<RequestsView>('requests?status=4xx&account=toy');
    expect(refused.requests).toMatchObject([
      { correlationId: 'c2', reason: 'bad_x', ms: 3_500, why: 'bad_x' },
    ]);
    expect(refused.statuses).toEqual({ 200: 1, 401: 1 });
    expect((await bench.view<RequestsView>('requests?q=BAD_X')).total).toBe(1);
    const latency = await bench.view<LatencyView>('latency');
    expect(latency).toMatchObject({ count: 2, over: 1, budgetMs: 3_000, p50: 40, max: 3_500 });
    expect(latency.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  it('refused for a reason that the log has no sentence about are explained, and an accepted one is not', async () => {
    const bench = consoleBench();
    for (const [requestId, status] of [
      ['c1', '400'],
      ['c2', '200'],
    ] as const) {
      const at = bench.time.now - 1;
      bench.answers.push({
        requestId,
        at,
        status,
        explained: { ...explained(requestId, status, 'version'), provider: 'trustly-europe' },
      });
    }
    const { requests } = await bench.view<RequestsView>('requests');
    const { c1: [refused] = [], c2: [accepted] = [] } = Object.groupBy(
      requests,
      ({ correlationId }) => correlationId,
    );
    expect(refused).toMatchObject({
      why: 'version: Trustly Europe: version is not 1.1.',
      sentence: 'Trustly Europe: version is not 1.1.',
    });
    expect(accepted?.sentence).toBeUndefined();
  });

  it('are sorted by numbers: a long list makes no text of each time at each comparison', async () => {
    const bench = consoleBench();
    const count = 1_000;
    for (let index = 0; index < count; index++) {
      const requestId = `c${index}`;
      bench.answers.push({ requestId, at: bench.time.now - (index % 500), status: '404' });
    }
    const made = vi.spyOn(Date.prototype, 'toISOString');
    const { requests, total } = await bench.view<RequestsView>('requests?limit=10');
    expect(made.mock.calls.length).toBeLessThan(count);
    made.mockRestore();
    expect(total).toBe(count);
    expect(requests.slice(0, 4).map(({ correlationId }) => correlationId)).toEqual([
      ...['c0', 'c500', 'c1', 'c501'],
    ]);
  });

  it('self-tests are hidden and counted apart, and shown on demand', async () => {
    const bench = consoleBench();
    const at = bench.time.now;
    const own = (requestId: string, status: string, outcome: string) => ({
      ...{ requestId, at, status },
      explained: { ...explained(requestId, status, 'own_probe'), outcome },
    });
    bench.answers.push(
      { requestId: 'c1', at: at - 1, status: '401', explained: explained('c1', '401', 'bad_x') },
      own('c2', '401', 'refused'),
      own('c3', '200', 'self_test'),
    );
    const ids = ({ requests }: RequestsView) => requests.map(({ correlationId }) => correlationId).sort();
    const hidden = await bench.view<RequestsView>('requests');
    expect(hidden).toMatchObject({ total: 1, selfTests: 2, statuses: { 401: 1 } });
    expect(ids(hidden)).toEqual(['c1']);
    const refused = await bench.view<RequestsView>('requests?status=4xx');
    expect(refused).toMatchObject({ total: 1, selfTests: 1 });
    const shown = await bench.view<RequestsView>('requests?self-tests=1');
    expect(shown).toMatchObject({ total: 3, selfTests: 2 });
    expect(shown.requests.map(({ selfTest }) => selfTest)).toEqual(
      shown.requests.map(({ correlationId }) => ({ c2: 'forged', c3: 'signed' })[correlationId]),
    );
    expect(ids(await bench.view<RequestsView>('requests?reason=own_probe'))).toEqual(['c2', 'c3']);
    const { nodes } = await bench.view<FlowView>('flow');
    const counted = nodes.flatMap(({ name, counts }) =>
      ['provider', 'intake', 'refused'].includes(name) ? counts.map(({ value }) => value) : [],
    );
    expect(counted).toEqual([1, 0, 0, 1]);
  });

  describe('are found and told', () => {
    const order = 'order-1';
    /** One that was accepted and applied, and a forged copy of it that this computer keeps. */
    async function both() {
      const bench = consoleBench();
      await bench.apply(bench.envelope({ reference: order }));
      const at = bench.time.now;
      bench.answers.push(
        { requestId: 'c1', at: at - 2, status: '200', explained: explained('c1', '200') },
        { requestId: 'c2', at: at - 1, status: '401', explained: explained('c2', '401', 'wrong_signature') },
      );
      const text = { event: 'credit', amount: '5 EUR', id: 'p1', order };
      const local = {
        summary: (id: string) => (id === 'c2' ? text : undefined),
        content: () => undefined,
      } as unknown as NonNullable<Backend['local']>;
      return { ...bench, backend: { ...bench.backend, local } };
    }
    const ids = ({ requests }: RequestsView) => requests.map(({ correlationId }) => correlationId);

    it.each([
      ['c1', ['c1']],
      ['C2', ['c2']],
      ['p1', ['c2', 'c1']],
      [KEY, ['c1']],
      [order, ['c2', 'c1']],
      ['wrong_sig', ['c2']],
      ['401', ['c2']],
      ['applied', ['c1']],
      ['credit', ['c2']],
      ['5 EUR', ['c2']],
      ['nothing-like-this', []],
    ])('by %s', async (q, expected) => {
      const { view, backend } = await both();
      expect(ids(await view<RequestsView>(`requests?q=${encodeURIComponent(q)}`, backend))).toEqual(expected);
    });

    it('an accepted one says which payment it became, from the worker’s log', async () => {
      const { view, backend } = await both();
      const { requests } = await view<RequestsView>('requests', backend);
      expect(requests).toMatchObject([
        { correlationId: 'c2', summary: { event: 'credit', amount: '5 EUR', verified: false } },
        { correlationId: 'c1', settledAs: 'applied', summary: { id: 'p1', verified: true } },
      ]);
      expect(await view<RequestDetail>('requests/c1', backend)).toMatchObject({ payments: [KEY] });
    });

    it('a refused one links what its text names, and says that nobody verified it', async () => {
      const { view, backend } = await both();
      const shown = await view<RequestDetail>('requests/c2', backend);
      expect(shown).toMatchObject({ payments: [], request: { summary: { verified: false } } });
      expect(shown.named).toEqual({ payments: [KEY], orders: [] });
      await withOrder({ ...(await both()), store: backend.connection.store } as never, order);
      expect((await view<RequestDetail>('requests/c2', backend)).named).toMatchObject({ orders: [order] });
    });
  });

  it('one leads to the payment that its notification is about', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope());
    bench.answers.push({
      requestId: 'c1',
      at: bench.time.now,
      status: '200',
      explained: explained('c1', '200'),
    });
    expect(await bench.view<RequestDetail>('requests/c1')).toMatchObject({ payments: [KEY] });
    await expect(bench.view('requests/c9')).rejects.toMatchObject({ code: 3 });
  });
});

it('the way of a notification counts what is on it now, and says what is bad', async () => {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const { nodes, edges } = await bench.view<FlowView>('flow');
  const known = new Set(nodes.map(({ name }) => name));
  for (const { from, to } of edges) expect(known.has(from) && known.has(to), `${from} ${to}`).toBe(true);
  const held = nodes.find(({ name }) => name === 'holds')?.counts;
  expect(held).toMatchObject([{ value: 1, when: 'now', tone: 'bad', view: 'holds' }]);
});

it('an order that is paid says while its shop is not told to give the goods', async () => {
  const bench = consoleBench();
  await withOrder(bench, 'order-1');
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const order = async () => (await bench.view<OrderDetail>('orders/order-1')).payments;
  expect(await order()).toMatchObject([{ payment: KEY, grant: { state: 'granted' }, fulfilPending: true }]);
  bench.time.now += 2 * PATIENCE_MS;
  const { payments } = await bench.view<PaymentsView>('payments');
  expect(payments).toMatchObject([{ payment: KEY, fulfilPending: true }]);
  await bench.deliverAll();
  expect((await order()).map(({ fulfilPending }) => fulfilPending)).toEqual([undefined]);
});

it('a rejected payment says so wherever it is listed, and what is due to the shopper', async () => {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const { held } = await bench.view<HoldsView>('holds');
  const [{ reason = '', digest = '' } = {}] = held[0]?.holds ?? [];
  const listed = async () => [
    ...(await bench.view<PaymentsView>('payments')).payments,
    ...(await bench.view<OrderDetail>('orders/order-1')).payments,
  ];
  // While it is held, the answer to its hold decides what is due.
  expect(await bench.view<PaymentsView>('payments?due=1')).toMatchObject({ total: 0, due: { sum: [] } });
  expect((await listed()).map(({ rejected }) => rejected)).toEqual([undefined, undefined]);
  await rejectHold({ payment: KEY, reason, digest, by: 'ann', note: 'nobody ordered it' }, bench.deps);
  expect((await listed()).map(({ rejected }) => rejected)).toEqual([true, true]);
  const due = { sum: [{ amount: '5.00', currency: 'EUR' }], isUnknown: false };
  expect(await bench.view<PaymentsView>('payments?due=1')).toMatchObject({
    ...{ total: 1, payments: [{ payment: KEY, due }], due: { sum: due.sum, unknown: 0 } },
  });
  expect((await bench.view<PaymentDetail>('payments/p1')).nextSteps).toEqual([
    { says: 'Refund it at the provider: 5.00 EUR is due to the shopper.', actions: [] },
  ]);
});

it('an event that fails is on its way until it is late, and its age counts from the event on', async () => {
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

it('no event on the way is counted twice: on its way, late or given up', async () => {
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

it.each(['capabilities', 'dead-letters', 'reconciliation', 'dashboards'])(
  '%s is answered where nothing is',
  async (name) => {
    await consoleBench().view(name);
  },
);

it('queues and quarantine are empty where nothing is', async () => {
  const { view } = consoleBench();
  expect((await view<QueuesView>('queues')).queues).toMatchObject([
    { name: 'notifications', deadLetters: 0, parked: 0, paused: false },
    { name: 'fulfilment' },
  ]);
  expect(await view<QuarantineView>('quarantine')).toEqual({ messages: [], more: false, sentBack: [] });
});

it('who sent a message back, and why, stands at its queue and with its payment', async () => {
  const bench = consoleBench();
  await bench.apply(bench.envelope());
  const keep = (of: Omit<Parameters<typeof keepSentBack>[0], 'what'>, note: string) => {
    bench.time.now += 60_000;
    const deps = { store: bench.store, clock: () => bench.time.now };
    return keepSentBack({ what: 'redrive', ...of }, { by: 'ann', note }, deps);
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

it('quarantine is read again after a while or an action, not at every look', async () => {
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

it.each(['stories', 'faults', 'fulfilments', 'nonsense', 'payments/', 'constructor', 'holds/x'])(
  '%s does not exist on AWS',
  async (name) => {
    await expect(consoleBench().view(name)).rejects.toMatchObject({ name: 'Problem' });
  },
);

it.each([
  [
    'ExpiredTokenException',
    503,
    /who you are/,
    /sign in again .* the page goes on by itself; .* start the console again/,
  ],
  ['ThrottlingException', 502, /slow down/, /Too many requests .* the page asks again by itself/],
  ['AccessDeniedException', 502, /AWS does not allow you this/, /Ask for the action/],
])('what AWS answers is said in a sentence, with what to do in the page: %s', (name, status, error, next) => {
  const thrown = Object.assign(new Error('slow down'), { name, $metadata: { httpStatusCode: 400 } });
  expect(failureOf(thrown)).toEqual({
    status,
    body: { error: expect.stringMatching(error), next: expect.stringMatching(next) },
  });
});

it.each([
  ['long before', 30, 12],
  ['a while ago', 5, 5],
  ['just now', 0, 1],
])('a dashboard of a stack that began %s (%i h) shows %i h', async (_, began, shown) => {
  const { view, backend, time } = consoleBench();
  const body = JSON.stringify({ start: '-PT12H', widgets: [] });
  const dashboards = {
    ...backend.dashboards,
    bodies: async () => [{ name: 'x-engineering', body }],
    since: () => time.now - began * 3_600_000,
  };
  const detail = await view<DashboardDetail>('dashboards/engineering', { ...backend, dashboards });
  expect(Date.parse(detail.to) - Date.parse(detail.from)).toBe(shown * 3_600_000);
});
