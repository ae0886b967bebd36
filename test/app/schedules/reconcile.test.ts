import { describe, expect, it } from 'vitest';
import { openShard, paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { capture, livePolicyOf, pingback, pollingBench, START } from '../../support/polling-bench.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('Trustly Americas', () => {
  it('a payment without any notification is queued and fulfilled', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    bench.time.now += HOUR;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 0, mended: 1, unexplained: 0 });
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
    expect(bench.types('1').filter((type) => type === 'fulfil')).toHaveLength(1);
    expect(await bench.reconcile()).toMatchObject({ checked: 1, agreed: 1, mended: 0 });
  });

  it('a dry run answers the same: it ledgers, keeps, tells and measures nothing', async () => {
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
    // One line that says that somebody looked; no measurement that an alarm would read.
    const lines = bench.lines.slice(linesBefore).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ message }) => message)).toEqual(['reconciled']);
  });

  it('a reversal that was missed revokes', async () => {
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

  it('a refund that was missed is recorded on its original', async () => {
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

  it.each([100, 20])('reads every page of the listing, since the given time: pages of %i', async (count) => {
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
  });

  it('says so when more is open than one run looks at', async () => {
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

  it('names what evidence and provider do not agree on', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
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
  });

  it('names an open payment that the provider does not know', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const report = await bench.reconcile();
    expect(report.accounts[0]?.unexplained).toEqual([
      { payment: 'trustly-americas:shop:1', why: 'unknown_to_provider' },
    ]);
  });

  it('an API that fails makes the report incomplete, and says why', async () => {
    const bench = pollingBench();
    bench.fakes.americas.fault = 'failing';
    const report = await bench.reconcile();
    expect(report.accounts[0]).toMatchObject({ checked: 0, incomplete: 'unavailable.status' });
  });
});

describe('Paymentwall', () => {
  it('a payment whose every pingback was lost is found by its order', async () => {
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

  it('an unpaid order that the provider does not know either counts as agreed', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    expect(await bench.reconcile()).toMatchObject({ checked: 0, unexplained: 0 });
  });

  it('a refund of a granted payment is found within a week of nights', async () => {
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

  it('is asked about only within the chargeback window', async () => {
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

describe('the report', () => {
  it('says what to ask support for where there is no API', async () => {
    const bench = pollingBench();
    await bench.order('order-e1', '9.99', { provider: 'trustly-europe', account: 'shop' });
    const report = await bench.reconcile();
    const europe = report.accounts.find(({ provider }) => provider === 'trustly-europe');
    expect(europe?.askSupport).toEqual(['order order-e1']);
  });

  it('is sent to the target, stored, and counted', async () => {
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

  it('survives a target that is down', async () => {
    const bench = pollingBench();
    bench.deps.target.deliver = async () => {
      throw new Error('away');
    };
    await expect(bench.reconcile()).resolves.toMatchObject({ checked: 0 });
  });

  it('refuses a since that is no time', async () => {
    const bench = pollingBench();
    await expect(bench.reconcile({ since: 'yesterday' })).rejects.toThrow(RangeError);
  });
});
