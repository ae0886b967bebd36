/** Orders as the console shows them. */
import { expect, it } from 'vitest';
import { PATIENCE_MS } from '../../../cli/undelivered.ts';
import type {
  HoldsView,
  OrderDetail,
  OrdersView,
  PaymentDetail,
  PaymentsView,
} from '../../../console/contract.ts';
import { releaseHold } from '../../../shared/app/operator/holds.ts';
import { consoleBench } from '../console-bench.ts';
import { KEY, withOrder } from '../views-bench.ts';

it('orders are found by state and name, and an order shows its payments and events', async () => {
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

it('an unregistered order is found by its reference or a part of it, with the payments that name the order', async () => {
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

it('an order paid twice on an operator’s word shows paidAgain, and so does each of its payments', async () => {
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
  // Each event names its payment.
  const { events } = await bench.view<OrderDetail>('orders/order-1');
  const fulfils = events.filter(({ effect }) => effect.type === 'fulfil').map(({ effect }) => effect.id);
  expect(fulfils.sort()).toEqual([`${KEY}#1#fulfil`, `${second}#1#fulfil`]);
});

it('a paid order has fulfilPending until its fulfil is delivered', async () => {
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
