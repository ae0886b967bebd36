import { describe, expect, it } from 'vitest';
import { reportDelivery, reportDeliveryEvent } from '../../shared/aws/delivery.ts';
import { DeliveryError } from '../../shared/providers/paymentwall/delivery.ts';
import { askingBench, pingback, policyOf } from '../support/asking-bench.ts';

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

/** Physical goods that go out as soon as they are authorized, as they must: shipping is what captures the money. */
async function authorized() {
  const policy = policyOf('paymentwall', { grantOn: 'authorized', amountCheck: 'when-present' });
  const bench = askingBench({ paymentwall: { goods: 'physical', policy } });
  await bench.order('order-b1', '9.99', { endUser: 'u1' });
  bench.fakes.paymentwall.heard({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
  await bench.arrive('paymentwall', pingback('b1', '0'));
  const tell = (delivery: unknown = report) =>
    reportDelivery({ account: 'shop', ref: 'b1' }, delivery, bench.deps);
  return { ...bench, tell };
}

describe('a shipment', () => {
  it('is reported, sent once, and captures the money', async () => {
    const bench = await authorized();
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    expect(bench.types('b1')).toContain('fulfil');
    await bench.tell();
    expect(await bench.ship()).toEqual({ sent: 1, waiting: 0, overdue: 0 });
    expect(bench.fakes.paymentwall.deliveries).toHaveLength(1);
    expect(bench.fakes.paymentwall.deliveries[0]).toMatchObject({ payment_id: 'b1', status: 'delivering' });
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
    expect(await bench.ship(DAY)).toEqual({ sent: 0, waiting: 0, overdue: 0 });
  });

  it('reported anew while the earlier report is sent: the newer one is sent as well', async () => {
    const bench = await authorized();
    await bench.tell({ ...report, status: 'order_placed', carrier: undefined });
    const { deliver } = bench.deps.client;
    let first = true;
    bench.deps.client.deliver = async (...args) => {
      if (first) await bench.tell();
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

  it('by an event of the merchant’s bus', async () => {
    const bench = await authorized();
    await reportDeliveryEvent({ account: 'shop', ref: 'b1', delivery: report }, bench.deps);
    await bench.ship();
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
    await expect(reportDeliveryEvent({ ref: 'b1' }, bench.deps)).rejects.toThrow(DeliveryError);
  });

  it('an earlier step than shipping is sent, and captures nothing', async () => {
    const bench = await authorized();
    await bench.tell({ ...report, status: 'order_placed', carrier: undefined });
    expect(await bench.ship()).toMatchObject({ sent: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    await bench.tell();
    await bench.ship();
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it('is tried again until Paymentwall takes it', async () => {
    const bench = await authorized();
    await bench.tell();
    bench.fakes.paymentwall.fault = 'failing';
    expect(await bench.ship()).toMatchObject({ sent: 0, waiting: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    bench.fakes.paymentwall.fault = undefined;
    expect(await bench.ship(2 * MINUTE)).toMatchObject({ sent: 1 });
    expect(await bench.status('paymentwall', 'b1')).toBe('paid');
  });

  it('rests sealed, and its address is gone once it was sent', async () => {
    const bench = await authorized();
    await bench.tell();
    expect(JSON.stringify(bench.store.all())).not.toMatch(/somebody/i);
    await bench.ship();
    const row = bench.store.all().find(({ sk }) => sk === 'delivery');
    expect(row?.data).toMatchObject({ state: 'sent' });
    expect(JSON.stringify(row)).not.toContain('sealed');
    expect(bench.lines.join('\n')).not.toMatch(/somebody|secret-key/i);
  });

  it('of an unknown payment, or incomplete, is refused in a sentence', async () => {
    const bench = await authorized();
    const of = (account: string, ref: string) => reportDelivery({ account, ref }, report, bench.deps);
    await expect(of('shop', 'b2')).rejects.toThrow('ref: no payment is known under it');
    await expect(of('other', 'b1')).rejects.toThrow('account: no such Paymentwall account');
    await expect(bench.tell({ ...report, carrier: undefined })).rejects.toThrow('delivery.carrier');
  });
});

describe('nobody reports a shipment', () => {
  it('is counted from day 5, before Paymentwall voids at day 7', async () => {
    const bench = await authorized();
    expect(await bench.ship(4 * DAY)).toMatchObject({ overdue: 0 });
    expect(await bench.ship(1 * DAY + 2 * MINUTE)).toMatchObject({ overdue: 1 });
    expect(bench.metric('DeliveriesOverdue').map(({ DeliveriesOverdue }) => DeliveriesOverdue)).toEqual([
      0, 1,
    ]);
  });

  it('a void after the goods went out revokes and tells that they are at risk', async () => {
    const bench = await authorized();
    await bench.arrive('paymentwall', pingback('b1', '203'));
    expect(await bench.status('paymentwall', 'b1')).toBe('voided');
    expect(bench.types('b1')).toEqual(
      expect.arrayContaining(['revoke', 'payment.voided', 'payment.at_risk']),
    );
    expect(await bench.ship(6 * DAY)).toMatchObject({ overdue: 0 });
  });

  it('a void before anything went out puts nothing at risk', async () => {
    const bench = askingBench({ paymentwall: { goods: 'physical' } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    await bench.arrive('paymentwall', pingback('b1', '203'));
    expect(bench.types('b1')).not.toContain('payment.at_risk');
  });
});
