/** The period that the reconciler compares. */
import { describe, expect, it } from 'vitest';
import { livePolicyOf, pingback, pollingBench } from '../../support/polling-bench.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the reconciler', () => {
  it('the reconciler finds a missed payment of 25 hours ago, so that nightly runs overlap', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    bench.time.now += 25 * HOUR;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, mended: 1 });
  });

  it('the reconciler polls every granted payment within seven nights, also 110 days after the payment', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy } });
    const refs = Array.from({ length: 20 }, (_, n) => `b${n}`);
    for (const ref of refs) {
      await bench.order(`order-${ref}`, '9.99', { endUser: 'u1' });
      bench.fakes.paymentwall.accepted({ ref, type: '0', uid: 'u1', goodsid: `order-${ref}` });
      await bench.arrive('paymentwall', pingback(ref, '0'));
      bench.fakes.paymentwall.did({ id: ref, refunded: true });
    }
    bench.time.now += 110 * DAY;
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      await bench.reconcile();
    }
    const became = await Promise.all(refs.map((ref) => bench.status('paymentwall', ref)));
    expect(new Set(became)).toEqual(new Set(['refunded']));
  });

  it('the reconciler polls about an unpaid order that was registered six days ago', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    bench.time.now += 6 * DAY;
    expect(await bench.reconcile()).toMatchObject({ mended: 1 });
  });
});
