/** Payments as the console shows them. */
import { describe, expect, it } from 'vitest';
import type {
  EventDetail,
  HoldsView,
  OrderDetail,
  PaymentDetail,
  PaymentsView,
  RequestDetail,
} from '../../../console/contract.ts';
import { rejectHold } from '../../../shared/app/operator/holds.ts';
import { consoleBench } from '../console-bench.ts';
import { KEY } from '../views-bench.ts';

const names = ({ payments }: PaymentsView) => payments.map(({ payment }) => payment);

describe('the list of payments', () => {
  async function three() {
    const bench = consoleBench();
    for (const [index, payment] of ['p1', 'p2', 'p3'].entries()) {
      bench.time.now += 60_000;
      const fact = index === 1 ? 'failed' : 'paid';
      await bench.apply(bench.envelope({ payment, key: `k${payment}`, fact, reference: `order-${payment}` }));
    }
    return bench;
  }

  it('the list of payments has the newest change first, and a cursor to the next page', async () => {
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
  ])('the list of payments with %s has only the matching payments', async (query, expected) => {
    const { view } = await three();
    expect(names(await view<PaymentsView>(`payments?${query}`))).toEqual(expected);
  });

  it('a payment beyond the rows that were read is found by its exact name', async () => {
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

  it('the list of payments with scope=open has only the payments that wait for a person', async () => {
    const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope({ payment: 'p1', reference: 'order-1' }));
    await bench.apply(bench.envelope({ payment: 'p2', key: 'k2', fact: 'failed' }));
    const open = await bench.view<PaymentsView>('payments?scope=open');
    expect(names(open)).toEqual([KEY]);
    expect(open.payments[0]?.holds).toMatchObject([{ reason: 'unknown_order' }]);
    // The view names the reference, which the merchant needs to register the order.
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
  ])('the path %s is refused with a sentence', async (path, sentence) => {
    await expect(consoleBench().view(path)).rejects.toThrow(sentence);
  });
});

describe('one payment as the console shows it', () => {
  it('a payment has its timeline, money, advice and next steps', async () => {
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

  it('a payment counts the duplicates of each notification, and a duplicate’s request names the payment', async () => {
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

  it('a payment’s timeline says which notification came late by the provider’s own times', async () => {
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

  it('a payment is found by its provider’s id alone, and an unknown id is refused', async () => {
    const bench = consoleBench();
    await bench.apply(bench.envelope());
    expect((await bench.view<PaymentDetail>('payments/p1')).payment.key).toBe(KEY);
    await expect(bench.view('payments/p9')).rejects.toMatchObject({ code: 3 });
  });

  it('a payment with a conflicting duplicate shows both contents, the applied content first', async () => {
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

  it('an event is shown as the merchant receives it, with endUser and bankAccount not shown', async () => {
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

it('a rejected payment is marked in each list, with the sum that is due to the shopper', async () => {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const { held } = await bench.view<HoldsView>('holds');
  const [{ reason = '', digest = '' } = {}] = held[0]?.holds ?? [];
  const listed = async () => [
    ...(await bench.view<PaymentsView>('payments')).payments,
    ...(await bench.view<OrderDetail>('orders/order-1')).payments,
  ];
  // A held payment is not due: the operator decision on its hold decides.
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
