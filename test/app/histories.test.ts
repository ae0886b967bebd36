/**
 * Histories that an earlier version ended wrong, with real providers, faked APIs and the worker. They need unusual
 * sequences of messages, which the tests of single rules do not reach.
 */

import { describe, expect, it } from 'vitest';
import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { confirmPayment, rejectPayment } from '../../shared/app/operator/waiting.ts';
import { reportShipping } from '../../shared/app/schedules/shipping.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { isOverdue, waitsAs } from '../../shared/app/table/overdue.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { europeNotification } from '../support/europe-notification.ts';
import {
  capture,
  livePolicyOf,
  type PollingBench,
  pingback,
  pollingBench,
} from '../support/polling-bench.ts';

const operatorNote = { by: 'ada', note: 'looked at it' };
const ADDRESS = {
  ...{ email: 'jo@shop.example', country: 'US', city: 'Austin', zip: '78701', state: 'TX' },
  ...{ street: 'Main 1', phone: '1', firstname: 'Jo', lastname: 'Doe' },
};
let serial = 1_000;

/** An event of Trustly Americas about a child of the payment (refund 4, reversal 5, representment 8). */
const child = (parent: string, id: string, type: string, eventType: string, status: string): string =>
  new URLSearchParams({
    ...{ merchantId: '1', paymentType: '2', transactionType: type, eventId: String(++serial), eventType },
    ...{ objectId: id, objectType: 'Transaction', parentObjectId: parent, status },
  }).toString();

const dispute = (id: string): string =>
  new URLSearchParams({
    ...{ eventId: String(++serial), eventType: 'Dispute', objectId: String(serial), objectType: 'Dispute' },
    ...{ transactionId: id, returnType: '1', amountReturned: '10.00' },
  }).toString();

const event = (id: string, eventType: string, status: string): string =>
  capture(id, String(++serial), eventType, status);

const europe = (
  orderid: string,
  method: string,
  amount = '10.00',
  messageid = `order-${orderid}`,
): string => {
  const notificationid = String(++serial);
  const money = method === 'cancel' ? {} : { amount, currency: 'USD' };
  const data = {
    ...{ ...money, messageid, orderid, enduserid: '1', notificationid },
    ...{ timestamp: '2026-03-01 12:00:00.000000+00', attributes: {} },
  };
  const uuid = `258a2184-2842-b485-25ca-${notificationid.padStart(12, '0')}`;
  return JSON.stringify({ method, params: { signature: 'eA==', uuid, data }, version: '1.1' });
};

const trustsAmounts = (provider: ProviderName) => ({
  policy: livePolicyOf(provider, { amountCheck: 'when-present' }),
});
const americas = () => pollingBench({ americas: trustsAmounts('trustly-americas') });
const wall = () => pollingBench({ paymentwall: trustsAmounts('paymentwall') });

/** Registers an order with Trustly's order id as its alias, as a live account must. */
const europeOrder = (bench: PollingBench, id: string, more: Record<string, unknown> = {}) =>
  bench.order(`order-${id}`, '10.00', {
    ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: id }] },
    ...more,
  });

async function holdOf(bench: PollingBench, provider: ProviderName, id: string) {
  const payment = await bench.payment(provider, id);
  const [hold] = payment?.holds ?? [];
  if (payment === undefined || hold === undefined) throw new Error('not held');
  return { payment: payment.key, reason: hold.reason, digest: hold.digest };
}

describe('a second payment that arrived before the first payment paid the order', () => {
  const two = [
    { type: 'id', value: '1' },
    { type: 'id', value: '2' },
  ];
  const own = { merchantReference: 'order-1' };
  const of = (id: string, eventType: string, status: string): string => {
    const fields = new URLSearchParams(event(id, eventType, status));
    for (const [name, value] of Object.entries(own)) fields.set(name, value);
    return fields.toString();
  };
  const wallet = { goodsid: 'order-1' };

  it.each([
    [
      'disputed before it was completed',
      americas,
      'trustly-americas',
      {},
      [dispute('2'), of('2', 'Complete', '4')],
      of('1', 'Complete', '4'),
    ],
    [
      'canceled and credited',
      () => pollingBench(),
      'trustly-europe',
      { provider: 'trustly-europe', account: 'shop', aliases: two },
      [
        europe('2', 'cancel').replace('order-2', 'order-1'),
        europe('2', 'credit').replace('order-2', 'order-1'),
      ],
      europe('1', 'credit'),
    ],
    [
      'paid as a test in live',
      wall,
      'paymentwall',
      {},
      [pingback('2', '0', { ...wallet, is_test: '1' })],
      pingback('1', '0', wallet),
    ],
  ] as const)(
    'a second payment is announced as payment.duplicate when the first pays the order: the second is %s',
    async (_name, make, provider, order, second, first) => {
      const bench = make();
      await bench.order('order-1', '10.00', order);
      for (const message of second) await bench.arrive(provider, message);
      expect(bench.types('2')).not.toContain('payment.duplicate');
      await bench.arrive(provider, first);
      expect(bench.types('1')).toContain('fulfil');
      await sweep({ ...bench.deps }, () => 600_000);
      await bench.settle();
      const reasons = (await bench.payment(provider, '2'))?.holds.map(({ reason }) => reason);
      expect(reasons).toContain('order_already_paid');
      expect(bench.types('2')).toContain('payment.duplicate');
    },
  );
});

describe('Trustly Americas', () => {
  it('a full refund during a dispute revokes the goods, in either order of arrival', async () => {
    for (const disputeFirst of [true, false]) {
      const bench = americas();
      await bench.order('order-1', '10.00');
      await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
      const laterEvents = [dispute('1'), event('1', 'Refund', '12')];
      for (const message of disputeFirst ? laterEvents : laterEvents.reverse())
        await bench.arrive('trustly-americas', message);
      expect(await bench.payment('trustly-americas', '1')).toMatchObject({
        status: 'refunded',
        grant: { state: 'revoked' },
      });
      const types = bench.types('1').sort();
      expect(types).toEqual([
        ...['fulfil', 'payment.disputed', 'payment.paid', 'payment.refunded', 'revoke'],
      ]);
    }
  });

  it('each of several partial refunds sends payment.refunded, though no event names an amount', async () => {
    const bench = americas();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    await bench.arrive('trustly-americas', child('1', '71', '4', 'Process', '3'));
    await bench.arrive('trustly-americas', event('1', 'Refund', '11'));
    expect(bench.types('1').filter((type) => type === 'payment.refunded')).toHaveLength(1);
    await bench.arrive('trustly-americas', child('1', '72', '4', 'Process', '3'));
    await bench.arrive('trustly-americas', event('1', 'Refund', '11'));
    expect(bench.types('1').filter((type) => type === 'payment.refunded')).toHaveLength(2);
  });

  it('a refund of a held payment sends payment.refunded', async () => {
    const bench = americas();
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    await bench.arrive('trustly-americas', event('1', 'Refund', '11'));
    expect(bench.types('1')).toEqual(['payment.held', 'payment.refunded']);
  });

  it('moved, returned and net are empty after a partial refund without an amount', async () => {
    const bench = americas();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    expect(bench.events.at(-1)).toMatchObject({ amountSource: 'order', net: [{ amount: '10.00' }] });
    await bench.arrive('trustly-americas', event('1', 'Refund', '11'));
    expect(bench.events.at(-1)).toMatchObject({
      ...{ type: 'payment.refunded', amountSource: 'none', moved: [], returned: [], net: [] },
    });
  });

  it('a payment that is partially refunded before its amount is known is polled, and then granted', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '11', refunded: '4.00' });
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    await bench.arrive('trustly-americas', event('1', 'Refund', '11'));
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    await bench.confirm();
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      status: 'partially_refunded',
      grant: { state: 'granted' },
    });
    expect(bench.types('1')).toContain('fulfil');
  });

  it('a denied debit that is tried again is polled under its second transaction and granted with its amount', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '8' });
    bench.fakes.americas.did({
      ...{ transactionId: '2', originalTransactionId: '1', transactionType: '8', status: '4' },
    });
    await bench.arrive('trustly-americas', event('1', 'Deny', '8'));
    await bench.arrive('trustly-americas', child('1', '2', '8', 'Complete', '4'));
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    await bench.confirm();
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      status: 'paid',
      grant: { state: 'granted' },
      reading: { moved: [{ amount: '10.00', currency: 'USD' }] },
    });
  });

  it('a child of a representment is held with orphan_child, also when a dispute named the parent', async () => {
    const bench = americas();
    await bench.arrive('trustly-americas', dispute('2'));
    await bench.arrive('trustly-americas', child('2', '9', '5', 'Authorize', '2'));
    const payment = await bench.payment('trustly-americas', '2');
    expect(payment?.holds.map(({ reason }) => reason)).toContain('orphan_child');
  });

  it('an early grant with a required amount waits until the API names the amount of the order', async () => {
    const policy = livePolicyOf('trustly-americas', { grantOn: 'authorized' });
    for (const amount of ['10.00', '9.00']) {
      const bench = pollingBench({ americas: { policy } });
      await bench.order('order-1', '10.00');
      bench.fakes.americas.did({ transactionId: '1', status: '2', amount });
      await bench.arrive('trustly-americas', event('1', 'Authorize', '2'));
      expect(bench.types('1')).not.toContain('fulfil');
      await bench.confirm();
      expect(bench.types('1').includes('fulfil')).toBe(amount === '10.00');
      const [fulfil] = bench.events.filter(({ type }) => type === 'fulfil');
      if (fulfil !== undefined) expect(fulfil).toMatchObject({ early: true, moved: [] });
    }
  });

  it('an early grant waits as awaiting_confirmation, and the digest of its hold contains the seen amount', async () => {
    const policy = livePolicyOf('trustly-americas', { grantOn: 'authorized' });
    const digests = new Set<string>();
    for (const amount of ['5.00', '0.01']) {
      const bench = pollingBench({ americas: { policy } });
      await bench.order('order-1', '10.00');
      bench.fakes.americas.did({ transactionId: '1', status: '2', amount });
      await bench.arrive('trustly-americas', event('1', 'Authorize', '2'));
      expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
      await bench.confirm();
      digests.add((await holdOf(bench, 'trustly-americas', '1')).digest);
    }
    expect(digests.size).toBe(2);
  });

  it('a dispute that the API reports before its event sends payment.disputed once', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '9' });
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    await bench.confirm();
    await bench.arrive('trustly-americas', dispute('1'));
    expect(bench.types('1').filter((type) => type === 'payment.disputed')).toHaveLength(1);
  });

  it('a contradiction with an expired payment cannot be released, only rejected: the status stays expired', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', event('1', 'Expire', '6'));
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    const hold = await holdOf(bench, 'trustly-americas', '1');
    await expect(releaseHold({ ...hold, ...operatorNote }, bench.deps)).rejects.toThrow(
      /its status stays expired/,
    );
    const { payment } = await rejectHold({ ...hold, ...operatorNote }, bench.deps);
    expect(payment.holds).toEqual([]);
  });

  it('a transaction with payment types of money and of no money is held with contradictory_evidence', async () => {
    const bench = americas();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    const other = new URLSearchParams(event('1', 'Refresh', '2'));
    other.set('paymentType', '6');
    await bench.arrive('trustly-americas', other.toString());
    const payment = await bench.payment('trustly-americas', '1');
    expect(payment?.holds.map(({ reason }) => reason)).toContain('contradictory_evidence');
  });
});

describe('Paymentwall', () => {
  it('partial refunds that add up to the paid amount make the payment refunded and revoke', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99');
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    await bench.confirm();
    const part = (amount: string, id: string) =>
      pingback('b1', '220', { refund_amount: amount, merchant_refund_id: id });
    await bench.arrive('paymentwall', part('4.00', 'r1'));
    expect(await bench.payment('paymentwall', 'b1')).toMatchObject({
      status: 'partially_refunded',
      grant: { state: 'granted' },
    });
    await bench.arrive('paymentwall', part('5.99', 'r2'));
    expect(await bench.payment('paymentwall', 'b1')).toMatchObject({
      status: 'refunded',
      grant: { state: 'revoked' },
    });
  });

  it('physical goods are granted on authorized, with a required amount only after the confirmation', async () => {
    for (const amountCheck of ['when-present', 'required'] as const) {
      const policy = livePolicyOf('paymentwall', { grantOn: 'authorized', amountCheck });
      const bench = pollingBench({ paymentwall: { goods: 'physical', policy } });
      await bench.order('order-b1', '9.99');
      bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
      await bench.arrive('paymentwall', pingback('b1', '0'));
      expect(bench.types('b1').includes('fulfil')).toBe(amountCheck === 'when-present');
      await bench.confirm();
      expect(bench.types('b1')).toContain('fulfil');
      expect(await bench.status('paymentwall', 'b1')).toBe('authorized');
    }
  });

  it('a second payment of an order with fulfilled external is announced as payment.duplicate', async () => {
    const bench = wall();
    await bench.order('order-b1', '9.99', { fulfilled: 'external' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    expect(bench.types('b1')).toEqual(['payment.paid']);
    await bench.arrive('paymentwall', pingback('b2', '0', { goodsid: 'order-b1' }));
    expect(bench.types('b2')).toEqual(['payment.duplicate']);
    expect(bench.events.map(({ type }) => type)).not.toContain('fulfil');
  });

  it('a claimant stays without a hold after the release of a second payment; a third is payment.duplicate', async () => {
    const bench = wall();
    await bench.order('order-b1', '9.99');
    await bench.arrive('paymentwall', pingback('b1', '0'));
    await bench.arrive('paymentwall', pingback('b2', '0', { goodsid: 'order-b1' }));
    await releaseHold({ ...(await holdOf(bench, 'paymentwall', 'b2')), ...operatorNote }, bench.deps);
    await bench.settle();
    expect(bench.types('b2')).toContain('fulfil');
    await bench.arrive('paymentwall', pingback('b1', '201'));
    expect((await bench.payment('paymentwall', 'b1'))?.holds).toEqual([]);
    expect(bench.types('b1')).toEqual(['payment.paid', 'fulfil']);
    // The third payment is a duplicate.
    await bench.arrive('paymentwall', pingback('b3', '0', { goodsid: 'order-b1' }));
    expect(bench.types('b3')).toEqual(['payment.duplicate']);
  });
});

describe('shipping reports', () => {
  it('a shipping report during a review is sent to Paymentwall when the payment is authorized', async () => {
    const policy = livePolicyOf('paymentwall', { grantOn: 'authorized', amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { goods: 'physical', policy } });
    await bench.order('order-b1', '9.99');
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '200'));
    const report = {
      ...{ status: 'delivering', merchantReference: 'order-b1', refundable: true },
      ...{ estimatedDeliveryAt: '2026-03-05T10:00:00Z', reason: 'sent', details: 'sent' },
      ...{ carrier: { type: 'UPS', trackingId: '1Z' }, shippingAddress: ADDRESS },
    };
    await reportShipping({ account: 'shop', ref: 'b1' }, report, bench.deps);
    await bench.arrive('paymentwall', pingback('b1', '201'));
    await bench.ship();
    expect(bench.fakes.paymentwall.deliveries.map(({ status }) => status)).toEqual(['delivering']);
  });
});

describe('Trustly Europe', () => {
  it('a genuine notification of another merchant’s order that names ours pays nothing: order_id_differs', async () => {
    const bench = pollingBench();
    await europeOrder(bench, '900');
    await bench.arrive('trustly-europe', europe('901', 'credit', '10.00', 'order-900'));
    const stranger = await bench.payment('trustly-europe', '901');
    expect(stranger?.holds.map(({ reason }) => reason)).toEqual(['order_id_differs']);
    await bench.arrive('trustly-europe', europe('900', 'credit'));
    expect(bench.events.filter(({ type }) => type === 'fulfil').map(({ payment }) => payment)).toEqual([
      'trustly-europe:shop:900',
    ]);
  });

  it('a live order without Trustly’s order id is held with order_id_unknown; a sandbox order is granted', async () => {
    const once = pollingBench();
    await once.order('order-900', '10.00');
    await once.arrive('trustly-europe', europe('900', 'credit'));
    const payment = await once.payment('trustly-europe', '900');
    expect(payment?.holds.map(({ reason }) => reason)).toEqual(['order_id_unknown']);
    const sandbox = pollingBench({
      europe: { policy: livePolicyOf('trustly-europe', { environment: 'sandbox' }) },
    });
    await sandbox.order('order-900', '10.00');
    await sandbox.arrive('trustly-europe', europe('900', 'credit'));
    expect(sandbox.types('900')).toContain('fulfil');
  });

  it('a rejected payment sends payment.rejected again when more money arrives, expected or unexpected', async () => {
    const bench = pollingBench();
    await europeOrder(bench, '900', { amounts: [{ currency: 'USD', exact: '100' }] });
    await bench.arrive('trustly-europe', europe('900', 'credit', '90.00'));
    await rejectHold({ ...(await holdOf(bench, 'trustly-europe', '900')), ...operatorNote }, bench.deps);
    await bench.settle();
    await bench.arrive('trustly-europe', europe('900', 'credit', '10.00'));
    const rejected = bench.events.filter(({ type }) => type === 'payment.rejected');
    expect(rejected.map(({ net, unexpected = [] }) => [net[0]?.amount, unexpected[0]?.amount])).toEqual([
      ['90.00', undefined],
      ['90.00', '10.00'],
    ]);
    expect((await bench.payment('trustly-europe', '900'))?.holds).toEqual([]);
    const inParts = pollingBench();
    await europeOrder(inParts, '900', { amounts: [{ currency: 'USD', exact: '100' }], instalments: true });
    await inParts.arrive('trustly-europe', europe('900', 'credit', '90.00'));
    await rejectHold({ ...(await holdOf(inParts, 'trustly-europe', '900')), ...operatorNote }, inParts.deps);
    await inParts.settle();
    await inParts.arrive('trustly-europe', europe('900', 'credit', '10.00'));
    const rejections = inParts.events.filter(({ type }) => type === 'payment.rejected');
    expect(rejections.map(({ net }) => net[0]?.amount)).toEqual(['90.00', '100.00']);
  });

  it('a credit after an unregistered payout is held with unexpected_credit', async () => {
    const bench = pollingBench();
    await bench.arrive('trustly-europe', europe('900', 'payoutconfirmation'));
    await bench.arrive('trustly-europe', europe('900', 'credit'));
    const payment = await bench.payment('trustly-europe', '900');
    expect(payment?.holds.map(({ reason }) => reason)).toContain('unexpected_credit');
  });

  it('a payoutconfirmation after a credit without an order, with unknownOrder trust, is a refund', async () => {
    const policy = livePolicyOf('trustly-europe', { unknownOrder: 'trust', environment: 'sandbox' });
    const bench = pollingBench({ europe: { policy } });
    await bench.arrive('trustly-europe', europe('900', 'credit'));
    await bench.arrive('trustly-europe', europe('900', 'payoutconfirmation'));
    expect(await bench.payment('trustly-europe', '900')).toMatchObject({ status: 'refunded', holds: [] });
  });

  it('a payout of another amount than ordered is held with amount_differs as soon as it is processing', async () => {
    const bench = pollingBench();
    await europeOrder(bench, '900', { kind: 'payout' });
    await bench.arrive('trustly-europe', europe('900', 'pending', '11.00'));
    const held = await bench.payment('trustly-europe', '900');
    expect(held).toMatchObject({ status: 'processing' });
    expect(held?.holds.map(({ reason }) => reason)).toEqual(['amount_differs']);
    expect(bench.types('900')).toEqual(['payout.processing', 'payout.held']);
    await europeOrder(bench, '901', { kind: 'payout' });
    await bench.arrive('trustly-europe', europe('901', 'pending', '10.00'));
    expect(await bench.payment('trustly-europe', '901')).toMatchObject({ status: 'processing', holds: [] });
  });

  it('a payout that failed after it was sent is held with contradictory_evidence until the money is credited', async () => {
    const bench = pollingBench();
    await europeOrder(bench, '900', { kind: 'payout' });
    await bench.arrive('trustly-europe', europe('900', 'payoutconfirmation'));
    await bench.arrive('trustly-europe', europe('900', 'payoutfailed'));
    const held = await bench.payment('trustly-europe', '900');
    expect(held?.holds.map(({ reason }) => reason)).toEqual(['contradictory_evidence']);
    await bench.arrive('trustly-europe', europe('900', 'credit'));
    expect(await bench.payment('trustly-europe', '900')).toMatchObject({ status: 'reversed', holds: [] });
    expect(bench.types('900')).toContain('balance.restore');
  });

  it('the order of a refund does not replace the order of the deposit that is refunded', async () => {
    const bench = pollingBench();
    // In code-unit order "Refund-1" comes before "dep-1".
    await bench.order('dep-1', '20.00', { use: 'open' });
    await bench.order('Refund-1', '10.00', { kind: 'refund', use: 'open' });
    await bench.arrive('trustly-europe', europe('900', 'credit', '10.00', 'dep-1'));
    await bench.arrive('trustly-europe', europe('900', 'payoutconfirmation', '10.00', 'Refund-1'));
    expect(await bench.payment('trustly-europe', '900')).toMatchObject({
      orderReference: 'dep-1',
      reading: { direction: 'in', status: 'refunded' },
    });
    expect(bench.types('900')).not.toContain('balance.restore');
  });

  it('instalments up to the max of a range are paid; money in two currencies is held with amount_differs', async () => {
    const bench = pollingBench();
    const amounts = [{ currency: 'USD', min: '100', max: '200' }];
    await europeOrder(bench, '900', { amounts, instalments: true });
    await bench.arrive('trustly-europe', europe('900', 'credit', '60.00'));
    await bench.arrive('trustly-europe', europe('900', 'credit', '60.00'));
    expect(await bench.payment('trustly-europe', '900')).toMatchObject({ status: 'paid', holds: [] });
    const both = pollingBench();
    const either = [
      { currency: 'USD', exact: '10' },
      { currency: 'SEK', exact: '100' },
    ];
    await europeOrder(both, '900', { amounts: either });
    await both.arrive('trustly-europe', europe('900', 'credit', '10.00'));
    await both.arrive('trustly-europe', europe('900', 'credit', '100.00').replace('"USD"', '"SEK"'));
    const payment = await both.payment('trustly-europe', '900');
    expect(payment?.holds.map(({ reason }) => reason)).toContain('amount_differs');
  });
});

describe('a payment about which the provider sends nothing more', () => {
  const answerTo = async (bench: PollingBench, provider: ProviderName, id: string) => {
    const payment = await bench.payment(provider, id);
    if (payment === undefined) throw new Error('no payment');
    return { payment: payment.key, digest: waitingOf(payment)?.digest ?? 'settled', ...operatorNote };
  };

  it('Trustly Americas: an operator confirms a Complete with status 2, and the payment is granted', async () => {
    const bench = pollingBench({ americas: { ...trustsAmounts('trustly-americas'), confirm: false } });
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', event('1', 'Complete', '2'));
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    const paid = { amount: '10.00', currency: 'USD' };
    await confirmPayment({ ...(await answerTo(bench, 'trustly-americas', '1')), paid }, bench.deps);
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      ...{ status: 'paid', holds: [], grant: { state: 'granted' } },
    });
  });

  it('Trustly Europe: an operator confirms or rejects a credit without an amount', async () => {
    const bench = pollingBench();
    const without = (id: string) =>
      bench.arrive(
        'trustly-europe',
        europeNotification(id, 'credit', { amount: undefined, currency: undefined }),
      );
    for (const id of ['1', '2']) {
      await europeOrder(bench, id);
      await without(id);
      expect(await bench.status('trustly-europe', id)).toBe('awaiting_confirmation');
    }
    const paid = { amount: '10.00', currency: 'USD' };
    await confirmPayment({ ...(await answerTo(bench, 'trustly-europe', '1')), paid }, bench.deps);
    expect(await bench.payment('trustly-europe', '1')).toMatchObject({ grant: { state: 'granted' } });
    const rejected = await rejectPayment(await answerTo(bench, 'trustly-europe', '2'), bench.deps);
    expect(rejected.effects).toEqual(['n2#payment.rejected']);
  });

  it('a second payment after a reversal is order_payment_reversed; a late payment.denied names the claimant', async () => {
    const bench = pollingBench({ americas: trustsAmounts('trustly-americas') });
    await bench.order('order-1', '10.00', {
      aliases: [
        { type: 'reference', value: 'order-2' },
        { type: 'reference', value: 'order-3' },
      ],
    });
    await bench.arrive('trustly-americas', event('1', 'Complete', '4'));
    await bench.arrive('trustly-americas', event('3', 'Deny', '8'));
    expect(bench.events.at(-1)).toMatchObject({
      type: 'payment.denied',
      order: {
        reference: 'order-1',
        state: 'claimed',
        paidBy: { payment: 'trustly-americas:shop:1', status: 'paid' },
      },
    });
    await bench.arrive('trustly-americas', child('1', '9', '5', 'Reverse', '10'));
    await bench.arrive('trustly-americas', event('2', 'Complete', '4'));
    expect(bench.events.at(-1)).toMatchObject({
      ...{ type: 'payment.held', holds: ['order_payment_reversed'] },
      order: { state: 'open', paidBy: { payment: 'trustly-americas:shop:1', status: 'reversed' } },
    });
  });
});

describe('a bank account without money under an order id (Trustly Europe)', () => {
  it('an account notification sends account.received and is never held, waiting or overdue', async () => {
    const bench = pollingBench();
    const selected = europeNotification('77', 'account', {
      ...{ amount: undefined, currency: undefined, timestamp: undefined },
      ...{ accountid: '1234567890', verified: '1' },
    });
    await bench.arrive('trustly-europe', selected);
    const payment = await bench.payment('trustly-europe', '77');
    expect(payment).toMatchObject({ status: 'pending', holds: [], grant: { state: 'none' } });
    if (payment === undefined) throw new Error('no payment');
    expect(waitsAs(payment)).toBeUndefined();
    expect(isOverdue(payment, Date.parse(payment.updatedAt) + 400 * 86_400_000)).toBe(false);
    expect(bench.events.map(({ type }) => type)).toEqual(['account.received']);
  });

  it('a payment with a pending notification waits as underway', async () => {
    const bench = pollingBench();
    await bench.arrive('trustly-europe', europeNotification('78', 'pending'));
    const payment = await bench.payment('trustly-europe', '78');
    if (payment === undefined) throw new Error('no payment');
    expect(waitsAs(payment)).toBe('underway');
  });
});
