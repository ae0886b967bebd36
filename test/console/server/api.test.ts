/** Views over rows that the workers wrote. */
import { expect, it } from 'vitest';
import { PATIENCE_MS } from '../../../cli/undelivered.ts';
import type { Capabilities, DashboardDetail, OrdersView } from '../../../console/contract.ts';
import { failureOf } from '../../../console/server/api.ts';
import { consoleBench } from '../console-bench.ts';
import { withOrder } from '../views-bench.ts';

it('the list of orders says which orders have a held payment and which orders have undelivered events', async () => {
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

it.each([
  ['ann', 'ann'],
  ['root', ''],
  ['Administrator', ''],
])('the capabilities name the computer’s user %s as "%s"', async (user, named) => {
  const { view, backend } = consoleBench();
  const { target } = backend.connection.config;
  expect(await view<Capabilities>('capabilities', { ...backend, user })).toMatchObject({
    ...{ user: named, target: target.type },
  });
});

it.each(['capabilities', 'dead-letters', 'reconciliation', 'dashboards'])(
  'the view %s is answered for an empty stack',
  async (name) => {
    await consoleBench().view(name);
  },
);

it.each(['stories', 'faults', 'fulfilments', 'nonsense', 'payments/', 'constructor', 'holds/x'])(
  'the view %s does not exist on AWS',
  async (name) => {
    await expect(consoleBench().view(name)).rejects.toMatchObject({ name: 'Problem' });
  },
);

it.each([
  [
    'ExpiredTokenException',
    503,
    /no valid credentials/,
    /sign in again .* the page goes on by itself; .* start the console again/,
  ],
  ['ThrottlingException', 502, /slow down/, /too many requests: the page asks again by itself/],
  ['AccessDeniedException', 502, /AWS does not allow this call/, /Ask your administrator for the action/],
])('the error %s of AWS is answered with a sentence and a next step', (name, status, error, next) => {
  const thrown = Object.assign(new Error('slow down'), { name, $metadata: { httpStatusCode: 400 } });
  expect(failureOf(thrown)).toEqual({
    status,
    body: { error: expect.stringMatching(error), next: expect.stringMatching(next) },
  });
});

it.each([
  ['before its range', 30, 12],
  ['within its range', 5, 5],
  ['just now', 0, 1],
])('a dashboard of a stack that began %s (%i h ago) shows %i h', async (_, began, shown) => {
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
