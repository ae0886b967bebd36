/** Requests as the console shows them. */
import { describe, expect, it, vi } from 'vitest';
import type { FlowView, LatencyView, RequestDetail, RequestsView } from '../../../console/contract.ts';
import type { Backend } from '../../../console/server/backend.ts';
import { consoleBench } from '../console-bench.ts';
import { KEY, withOrder } from '../views-bench.ts';

describe('the list of requests', () => {
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

  it('the list of requests has the newest first, with counts by status, and durations', async () => {
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

  it('a refused request without a sentence in the log is explained by its reason, an accepted request is not', async () => {
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

  it('the list of requests sorts 1000 requests without making a text of each time', async () => {
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

  it('self-tests are hidden and counted apart in the list of requests, and shown with self-tests=1', async () => {
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

  describe('the search of requests', () => {
    const order = 'order-1';
    /** An accepted and applied request, and a forged copy of the request that this computer keeps. */
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
    ])('the search of requests for %s finds the matching requests', async (q, expected) => {
      const { view, backend } = await both();
      expect(ids(await view<RequestsView>(`requests?q=${encodeURIComponent(q)}`, backend))).toEqual(expected);
    });

    it('an accepted request names the payment that the worker’s log gives', async () => {
      const { view, backend } = await both();
      const { requests } = await view<RequestsView>('requests', backend);
      expect(requests).toMatchObject([
        { correlationId: 'c2', summary: { event: 'credit', amount: '5 EUR', verified: false } },
        { correlationId: 'c1', settledAs: 'applied', summary: { id: 'p1', verified: true } },
      ]);
      expect(await view<RequestDetail>('requests/c1', backend)).toMatchObject({ payments: [KEY] });
    });

    it('a refused request links the payments and orders that its text names, with verified: false', async () => {
      const { view, backend } = await both();
      const shown = await view<RequestDetail>('requests/c2', backend);
      expect(shown).toMatchObject({ payments: [], request: { summary: { verified: false } } });
      expect(shown.named).toEqual({ payments: [KEY], orders: [] });
      await withOrder({ ...(await both()), store: backend.connection.store } as never, order);
      expect((await view<RequestDetail>('requests/c2', backend)).named).toMatchObject({ orders: [order] });
    });
  });

  it('a request names the payment that its notification is about', async () => {
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
