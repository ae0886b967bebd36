import { describe, expect, it } from 'vitest';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { reportShipping, reportShippingEvent } from '../../../shared/app/schedules/shipping.ts';
import { ShippingReportError } from '../../../shared/providers/shipping.ts';
import { livePolicyOf, pingback, pollingBench } from '../../support/polling-bench.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const report = {
  status: 'delivering',
  merchantReference: 'order-b1',
  estimatedDeliveryAt: '2026-03-05T10:00:00.000Z',
  refundable: true,
  carrier: { type: 'UPS', trackingId: 'T1' },
  shippingAddress: {
    ...{ email: 'somebody@example.com', country: 'US', city: 'C', zip: '1', state: 'S' },
    ...{ street: 'X', phone: '1', firstname: 'Somebody', lastname: 'L' },
  },
};

/** An authorized payment for physical goods: they are granted on authorized, because shipping captures the money. */
async function authorized() {
  const policy = livePolicyOf('paymentwall', { grantOn: 'authorized', amountCheck: 'when-present' });
  const bench = pollingBench({ paymentwall: { goods: 'physical', policy } });
  await bench.order('order-b1', '9.99', { endUser: 'u1' });
  bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
  await bench.arrive('paymentwall', pingback('b1', '0'));
  const reportShipped = (delivery: unknown = report) =>
    reportShipping({ account: 'shop', ref: 'b1' }, delivery, bench.deps);
  return { ...bench, reportShipped };
}

describe('a shipping report', () => {
  it('a shipping report is sent once, and the authorized payment becomes paid', async () => {
    const bench = await authorized();
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    expect(bench.types('b1')).toContain('fulfil');
    await bench.reportShipped();
    expect(await bench.ship()).toEqual({ sent: 1, waiting: 0, overdue: 0 });
    expect(bench.fakes.paymentwall.deliveries).toHaveLength(1);
    expect(bench.fakes.paymentwall.deliveries[0]).toMatchObject({ payment_id: 'b1', status: 'delivering' });
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
    expect(await bench.ship(DAY)).toEqual({ sent: 0, waiting: 0, overdue: 0 });
  });

  it('a newer shipping report that arrives while the earlier report is sent is sent as well', async () => {
    const bench = await authorized();
    await bench.reportShipped({ ...report, status: 'order_placed', carrier: undefined });
    const { deliver } = bench.deps.client;
    let first = true;
    bench.deps.client.deliver = async (...args) => {
      if (first) await bench.reportShipped();
      first = false;
      return deliver(...args);
    };
    await bench.ship();
    await bench.ship();
    expect(bench.fakes.paymentwall.deliveries.map(({ status }) => status)).toEqual([
      'order_placed',
      'delivering',
    ]);
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it('a shipping report from the merchant’s bus is sent, and an incomplete bus event is refused', async () => {
    const bench = await authorized();
    await reportShippingEvent({ account: 'shop', ref: 'b1', delivery: report }, bench.deps);
    await bench.ship();
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
    await expect(reportShippingEvent({ ref: 'b1' }, bench.deps)).rejects.toThrow(ShippingReportError);
  });

  it('a shipping report with order_placed captures nothing, a later report with delivering captures the money', async () => {
    const bench = await authorized();
    await bench.reportShipped({ ...report, status: 'order_placed', carrier: undefined });
    expect(await bench.ship()).toMatchObject({ sent: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    await bench.reportShipped();
    await bench.ship();
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it('a shipping report is sent again until Paymentwall accepts the report', async () => {
    const bench = await authorized();
    await bench.reportShipped();
    bench.fakes.paymentwall.fault = 'failing';
    expect(await bench.ship()).toMatchObject({ sent: 0, waiting: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    bench.fakes.paymentwall.fault = undefined;
    expect(await bench.ship(2 * MINUTE)).toMatchObject({ sent: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it('a shipping report is stored sealed, and its content is deleted once the report was sent', async () => {
    const bench = await authorized();
    await bench.reportShipped();
    expect(JSON.stringify(bench.store.all())).not.toMatch(/somebody/i);
    await bench.ship();
    const row = bench.store.all().find(({ sk }) => sk === 'delivery');
    expect(row?.data).toMatchObject({ state: 'sent' });
    expect(JSON.stringify(row)).not.toContain('sealed');
    expect(bench.lines.join('\n')).not.toMatch(/somebody|secret-key/i);
  });

  it('a shipping report of an unknown payment or account, or without a carrier, is refused with a sentence', async () => {
    const bench = await authorized();
    const of = (account: string, ref: string) => reportShipping({ account, ref }, report, bench.deps);
    await expect(of('shop', 'b2')).rejects.toThrow('ref: no payment is known under it');
    await expect(of('other', 'b1')).rejects.toThrow(
      'account: no such account of a provider that takes shipping reports',
    );
    await expect(bench.reportShipped({ ...report, carrier: undefined })).rejects.toThrow('delivery.carrier');
  });
});

describe('two shipping reports of one payment', () => {
  const placed = { ...report, status: 'order_placed', carrier: undefined };
  const sent = (bench: Awaited<ReturnType<typeof authorized>>) =>
    bench.fakes.paymentwall.deliveries.map(({ status }) => status);

  it('two shipping reports that are written at the same time are both sent, and the money is captured', async () => {
    const bench = await authorized();
    // The second report has read the row when the first is written and sent.
    let second: Promise<boolean> | undefined;
    const { get } = bench.store;
    const held = Promise.withResolvers<void>();
    let reads = 0;
    bench.store.get = async (key) => {
      const row = await get.call(bench.store, key);
      if (key.sk === 'delivery' && ++reads === 1) await held.promise;
      return row;
    };
    second = bench.reportShipped();
    while (reads === 0) await new Promise(setImmediate);
    await bench.reportShipped(placed);
    const { deliver } = bench.deps.client;
    bench.deps.client.deliver = async (account, delivery) => {
      held.resolve();
      await second;
      return deliver(account, delivery);
    };
    await bench.ship();
    bench.deps.client.deliver = deliver;
    await bench.ship(MINUTE);
    expect(sent(bench)).toEqual(['order_placed', 'delivering']);
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it.each([true, false])(
    'a shipping report with order_placed never replaces a report with delivering (which was sent: %s)',
    async (wasSent) => {
      const bench = await authorized();
      expect(await bench.reportShipped()).toBe(true);
      if (wasSent) await bench.ship();
      expect(await bench.reportShipped(placed)).toBe(false);
      await bench.ship(MINUTE);
      expect(sent(bench)).toEqual(['delivering']);
    },
  );

  it('an unsent report with delivering is not replaced by delayed, but is replaced by order_cancelled', async () => {
    const bench = await authorized();
    await bench.reportShipped();
    expect(await bench.reportShipped({ ...report, status: 'delayed' })).toBe(false);
    expect(await bench.reportShipped({ ...report, status: 'order_cancelled' })).toBe(true);
    await bench.ship();
    expect(sent(bench)).toEqual(['order_cancelled']);
    await bench.reportShipped();
    await bench.ship(MINUTE);
    expect(await bench.reportShipped({ ...report, status: 'delayed' })).toBe(true);
  });

  it('a shipping report fails with StoreBusyError while contention lasts, and is stored after two conflicts', async () => {
    const bench = await authorized();
    bench.store.busyFor(1_000);
    await expect(bench.reportShipped()).rejects.toThrow(StoreBusyError);
    bench.store.busyFor(2);
    expect(await bench.reportShipped()).toBe(true);
  });
});

describe('an authorized payment without a shipping report', () => {
  it('a payment without a shipping report counts DeliveriesOverdue from day 5', async () => {
    const bench = await authorized();
    expect(await bench.ship(4 * DAY)).toMatchObject({ overdue: 0 });
    expect(await bench.ship(1 * DAY + 2 * MINUTE)).toMatchObject({ overdue: 1 });
    expect(bench.metric('DeliveriesOverdue').map(({ DeliveriesOverdue }) => DeliveriesOverdue)).toEqual([
      0, 1,
    ]);
  });

  it('a void after the grant sends revoke, payment.voided and payment.at_risk', async () => {
    const bench = await authorized();
    await bench.arrive('paymentwall', pingback('b1', '203'));
    expect(await bench.status('paymentwall', 'b1')).toBe('voided');
    expect(bench.types('b1')).toEqual(
      expect.arrayContaining(['revoke', 'payment.voided', 'payment.at_risk']),
    );
    expect(await bench.ship(6 * DAY)).toMatchObject({ overdue: 0 });
  });

  it('a void before the grant sends no payment.at_risk', async () => {
    const bench = pollingBench({ paymentwall: { goods: 'physical' } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    await bench.arrive('paymentwall', pingback('b1', '203'));
    expect(bench.types('b1')).not.toContain('payment.at_risk');
  });
});
