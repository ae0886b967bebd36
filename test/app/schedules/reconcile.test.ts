import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../../shared/app/operator/rederive.ts';
import { confirmPayment } from '../../../shared/app/operator/waiting.ts';
import { enqueueAnswer } from '../../../shared/app/schedules/confirm.ts';
import { reconcile } from '../../../shared/app/schedules/reconcile.ts';
import { openShard, paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { waitingOf } from '../../../shared/payment/index.ts';
import { capture, livePolicyOf, pingback, pollingBench, START } from '../../support/polling-bench.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('reconciling Trustly Americas', () => {
  it('the reconciler queues a payment without any notification, and the payment is fulfilled', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    bench.time.now += HOUR;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 0, mended: 1, unexplained: 0 });
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
    expect(bench.types('1').filter((type) => type === 'fulfil')).toHaveLength(1);
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 1, mended: 0 });
  });

  it('a dry run of the reconciler reports the same and writes, sends and measures nothing', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    bench.time.now += HOUR;
    const before = bench.store.all();
    const linesBefore = bench.lines.length;
    expect(await bench.reconcile({ dryRun: true })).toMatchObject({ mended: 1, dryRun: true });
    expect(await bench.payment('trustly-americas', '1')).toBeUndefined();
    expect(bench.store.all()).toEqual(before);
    expect(bench.reports).toEqual([]);
    // A dry run writes one log line and no metric of an alarm.
    const lines = bench.lines.slice(linesBefore).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ message }) => message)).toEqual(['reconciled']);
  });

  it('a missed reversal is found by the reconciler, and revoke is sent', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    bench.time.now += 3 * DAY;
    bench.fakes.americas.did({ transactionId: '1', status: '10' });
    bench.time.now += HOUR;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, mended: 1 });
    expect(await bench.status('trustly-americas', '1')).toBe('reversed');
    expect(bench.types('1')).toContain('revoke');
  });

  it('a missed refund is found by the reconciler and recorded on its original payment', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    bench.fakes.americas.did({
      transactionId: '2',
      originalTransactionId: '1',
      transactionType: '4',
      status: '4',
      merchantReference: 'refund-1',
    });
    bench.time.now += HOUR;
    await bench.reconcile();
    expect(await bench.status('trustly-americas', '1')).toBe('partially_refunded');
  });

  it.each([100, 20])(
    'the reconciler reads every page of the listing since the given time: pages of %i',
    async (count) => {
      const bench = pollingBench();
      bench.fakes.americas.maxCount = count;
      for (let id = 1; id <= 250; id++) {
        bench.time.now += 1;
        bench.fakes.americas.did({ transactionId: String(id), status: '3' });
      }
      bench.time.now += 30 * DAY;
      expect(await bench.reconcile()).toMatchObject({ checked: 0 });
      const since = new Date(START).toISOString();
      expect(await bench.reconcile({ since })).toMatchObject({ checked: 250, mended: 250, unexplained: 0 });
    },
  );

  it('the report is incomplete as too_many when more payments are open than one run reads', async () => {
    const bench = pollingBench();
    await bench.arrive('trustly-americas', capture('1', '11', 'Process', '3'));
    bench.fakes.americas.did({ transactionId: '1', status: '3' });
    const key = paymentKeyOf('trustly-americas:shop:1');
    bench.store.open = async (shard, _until, limit) =>
      shard === openShard('payment', 'trustly-americas:shop:1')
        ? Array.from({ length: limit }, () => key)
        : [];
    const report = await bench.reconcile();
    expect(report.accounts.map(({ incomplete }) => incomplete)).toContain('too_many');
  });

  it.each([
    ['with a reference', 'order-1'],
    ['without a reference', ''],
  ])(
    'the report names a payment as still_differs when evidence and answer contradict: an answer %s',
    async (_, merchantReference) => {
      const bench = pollingBench();
      await bench.order('order-1', '10.00');
      bench.fakes.americas.did({ transactionId: '1', status: '4', merchantReference });
      await bench.arrive('trustly-americas', capture('1', '11', 'Deny', '8'));
      bench.time.now += HOUR;
      const report = await bench.reconcile();
      expect(report).toMatchObject({ checked: 1, unexplained: 1 });
      expect(report.accounts[0]?.unexplained).toEqual([
        { payment: 'trustly-americas:shop:1', why: 'still_differs' },
      ]);
      expect((await bench.payment('trustly-americas', '1'))?.holds.map(({ reason }) => reason)).toContain(
        'contradictory_evidence',
      );
    },
  );

  it('a dispute that the API cannot name counts as agreed', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    await bench.arrive('trustly-americas', capture('1', '12', 'Dispute', '4'));
    expect(await bench.status('trustly-americas', '1')).toBe('disputed');
    bench.time.now += 3 * DAY;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 1, unexplained: 0 });
  });

  it('a dispute of a partially refunded payment counts as agreed', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    await bench.arrive('trustly-americas', capture('1', '12', 'Dispute', '4'));
    bench.fakes.americas.did({ transactionId: '1', status: '11', refunded: '3.00' });
    await bench.arrive('trustly-americas', capture('1', '13', 'Refund', '11'));
    await bench.confirm(HOUR);
    expect(await bench.status('trustly-americas', '1')).toBe('disputed');
    bench.time.now += 3 * DAY;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 1, unexplained: 0 });
  });

  it('a reversed payment that a representment pays again counts as agreed; without representment it is reversed', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4', amount: '10.00' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    await bench.arrive('trustly-americas', capture('1', '12', 'Reverse', '10'));
    bench.fakes.americas.did({ transactionId: '1', status: '4', reversed: '10.00' });
    const again = { transactionId: '8', status: '4', amount: '10.00', originalTransactionId: '1' };
    bench.fakes.americas.did({ ...again, transactionType: '8' });
    const represented = new URLSearchParams(capture('8', '13', 'Complete', '4'));
    represented.set('transactionType', '8');
    represented.set('parentObjectId', '1');
    await bench.arrive('trustly-americas', represented.toString());
    await bench.confirm(HOUR);
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
    bench.time.now += 3 * DAY;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 1, unexplained: 0 });
    // Without the representment the same answer reads as reversed.
    const lost = pollingBench();
    await lost.order('order-1', '10.00');
    lost.fakes.americas.did({ transactionId: '1', status: '4', amount: '10.00', reversed: '10.00' });
    await lost.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await lost.confirm();
    expect(await lost.status('trustly-americas', '1')).toBe('reversed');
  });

  it('the report names an open payment that the provider does not know as unknown_to_provider', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const report = await bench.reconcile();
    expect(report.accounts[0]?.unexplained).toEqual([
      { payment: 'trustly-americas:shop:1', why: 'unknown_to_provider' },
    ]);
  });

  it('the report is incomplete as unavailable.status when the API fails', async () => {
    const bench = pollingBench();
    bench.fakes.americas.fault = 'failing';
    const report = await bench.reconcile();
    expect(report.accounts[0]).toMatchObject({ checked: 0, incomplete: 'unavailable.status' });
  });
});

describe('reconciling Paymentwall', () => {
  it('the reconciler finds a payment without any pingback by its order, and the payment is granted', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    bench.time.now += HOUR;
    expect(await bench.reconcile()).toMatchObject({ mended: 1 });
    expect(await bench.payment('paymentwall', 'b1')).toMatchObject({
      status: 'paid',
      grant: { state: 'granted' },
    });
  });

  it('an unpaid order that the provider does not know either is not counted as unexplained', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    expect(await bench.reconcile()).toMatchObject({ checked: 0, unexplained: 0 });
  });

  it('the reconciler finds a refund of a granted payment within seven nights, and revoke is sent', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
    bench.fakes.paymentwall.did({ id: 'b1', refunded: true });
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      await bench.reconcile();
    }
    expect(await bench.status('paymentwall', 'b1')).toBe('refunded');
    expect(bench.types('b1')).toContain('revoke');
  });

  it('a payment granted before its account had confirm is polled once the payment was rederived', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy, confirm: false } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    const key = 'paymentwall:shop:b1';
    const row = await bench.store.get(paymentKeyOf(key));
    expect(row?.openShard, 'nobody reads a place').toBeUndefined();

    const deps = { ...bench.deps, accounts: [{ ...bench.paymentwall, confirm: true }] };
    const anew = (dryRun: boolean) =>
      rederive(listedPayments([key]), { dryRun, by: 'ada', note: 'polled' }, deps);
    const changed = [{ payment: key, polled: true, events: [] }];
    expect(await anew(true)).toMatchObject({ changed });
    expect((await bench.store.get(paymentKeyOf(key)))?.openShard).toBeUndefined();
    expect(await anew(false)).toMatchObject({ changed });
    expect(await anew(false)).toMatchObject({ changed: [] });
    bench.fakes.paymentwall.did({ id: 'b1', refunded: true });
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      await reconcile({}, deps, () => 600_000);
      await bench.settle();
    }
    expect(await bench.status('paymentwall', 'b1')).toBe('refunded');
  });

  /** A fact that Payment Status does not state is no difference, although the answer alone gives another reading. */
  const part = pingback('b1', '220', { refund_amount: '2.00' });
  const named = { risk: 'approved', product_id: 'order-b1' };
  it.each([
    ['a partial refund', 'digital', [part], named, 'partially_refunded', [1, 1, 0]],
    ['captured goods', 'physical', [], named, 'paid', [2, 0, 0]],
    ['a part of captured goods', 'physical', [part], named, 'partially_refunded', [1, 1, 0]],
    ['a pending risk', 'digital', [], { risk: 'pending', product_id: '' }, 'paid', [0, 0, 2]],
  ] as const)(
    'the reconciler counts agreed, mended or unexplained within two weeks: %s',
    async (_, goods, more, did, status, counts) => {
      const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
      const bench = pollingBench({ paymentwall: { policy, goods } });
      await bench.order('order-b1', '9.99', { endUser: 'u1' });
      bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', ...did });
      for (const message of [pingback('b1', '0'), ...more]) await bench.arrive('paymentwall', message);
      if (goods === 'physical') {
        const shipped = JSON.stringify({ object: 'capture', id: 'b1', status: 'delivered' });
        await enqueueAnswer(bench.paymentwall, shipped, bench.deps);
        await bench.settle();
      }
      expect(await bench.status('paymentwall', 'b1')).toBe(status);
      const sums = [0, 0, 0];
      for (let night = 0; night < 14; night++) {
        bench.time.now += DAY;
        const { agreed, mended, unexplained } = await bench.reconcile();
        for (const [index, count] of [agreed, mended, unexplained].entries())
          sums[index] = (sums[index] ?? 0) + count;
      }
      expect(sums).toEqual(counts);
    },
  );

  it('a payment that an operator confirmed against a known answer is not counted as mended', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    for (const id of ['r1', 'r2'])
      await bench.arrive('paymentwall', pingback('b1', '220', { merchant_refund_id: id }));
    await bench.confirm();
    const payment = (await bench.payment('paymentwall', 'b1')) ?? expect.fail('no payment');
    const usd = (amount: string) => ({ amount, currency: 'USD' });
    await confirmPayment(
      {
        ...{ payment: payment.key, digest: waitingOf(payment)?.digest ?? '', by: 'ada', note: 'seen' },
        ...{ paid: usd('9.99'), returned: usd('4') },
      },
      bench.deps,
    );
    await bench.settle();
    let checked = 0;
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      const report = await bench.reconcile();
      expect(report).toMatchObject({ mended: 0, unexplained: 0 });
      checked += report.checked;
    }
    expect(checked).toBeGreaterThan(0);
    expect(await bench.status('paymentwall', 'b1')).toBe('partially_refunded');
  });

  it('the reconciler does not poll a payment after its chargeback window', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    bench.time.now += 121 * DAY;
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      await bench.reconcile();
    }
    expect(bench.fakes.paymentwall.calls).toBe(0);
  });
});

describe('the report of the reconciler', () => {
  it('the report lists the orders of an account without an API under askSupport', async () => {
    const bench = pollingBench();
    await bench.order('order-e1', '9.99', { provider: 'trustly-europe', account: 'shop' });
    const report = await bench.reconcile();
    const europe = report.accounts.find(({ provider }) => provider === 'trustly-europe');
    expect(europe?.askSupport).toEqual(['order order-e1']);
  });

  it('the report is sent to the target, stored and counted', async () => {
    const bench = pollingBench();
    bench.fakes.americas.did({ transactionId: '1', status: '3' });
    bench.time.now += HOUR;
    const report = await bench.reconcile();
    expect(bench.reports).toEqual([report]);
    expect(bench.store.all().find(({ pk }) => pk === 'reconciliation')?.data).toEqual(report);
    expect(bench.metric('ReconciliationMended')).toContainEqual(
      expect.objectContaining({ provider: 'trustly-americas', ReconciliationMended: 1 }),
    );
  });

  it('the reconciler finishes although the target is down', async () => {
    const bench = pollingBench();
    bench.deps.target.deliver = async () => {
      throw new Error('away');
    };
    await expect(bench.reconcile()).resolves.toMatchObject({ checked: 0 });
  });

  it('the reconciler refuses a since that is no time with RangeError', async () => {
    const bench = pollingBench();
    await expect(bench.reconcile({ since: 'yesterday' })).rejects.toThrow(RangeError);
  });
});
