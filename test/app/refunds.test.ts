/** Registered refunds: notices of each provider find their refund and follow its state to the end. */

import { describe, expect, it } from 'vitest';
import { createCheckoutHandler } from '../../shared/app/http/checkout.ts';
import { checkoutRefund } from '../../shared/app/http/checkout-refund.ts';
import { rejectHold } from '../../shared/app/operator/holds.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import { refundKey } from '../../shared/app/table/keys.ts';
import { orderOf } from '../../shared/app/table/rows.ts';
import { matchRefunds, refundDueOf } from '../../shared/payment/index.ts';
import type { Order } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { europeNotification } from '../support/europe-notification.ts';
import { httpEvent } from '../support/http-event.ts';
import {
  capture,
  livePolicyOf,
  type PollingBench,
  pingback,
  pollingBench,
} from '../support/polling-bench.ts';

const operatorNote = { by: 'ada', note: 'looked at it' };
let serial = 5_000;

const keyOf = (provider: ProviderName, id = '900') => `${provider}:shop:${id}`;

async function register(
  bench: PollingBench,
  provider: ProviderName,
  more: Readonly<Record<string, unknown>>,
) {
  const { store, notifications, accounts, clock } = bench.deps;
  const body = { reference: 'refund-1', payment: keyOf(provider), currency: 'USD', ...more };
  const registered = await checkoutRefund(body, { store, notifications, accounts, clock });
  await bench.settle();
  return registered;
}

async function matched(bench: PollingBench, provider: ProviderName) {
  const { rules } = providers[provider];
  const payment = await bench.payment(provider, '900');
  if (payment === undefined) throw new Error('no payment');
  const row = await bench.store.get({ pk: `order#${payment.orderReference}`, sk: 'order' });
  const order: Order | undefined = row === undefined ? undefined : orderOf(row);
  return {
    payment,
    states: matchRefunds(payment, rules).map(({ reference, state }) => `${reference} ${state}`),
    due: refundDueOf(payment, order, rules)?.due.map(({ amount }) => amount),
    underWay: refundDueOf(payment, order, rules)?.underWay.map(({ amount }) => amount),
  };
}

const failures = (bench: PollingBench) =>
  bench.events.filter(({ type }) => type === 'refund.failed').map(({ refund }) => refund);

const trusts = (provider: ProviderName) => ({
  policy: livePolicyOf(provider, { amountCheck: 'when-present' }),
});

async function europe(order: Readonly<Record<string, unknown>> = {}) {
  const bench = pollingBench();
  await bench.order('order-900', '100.00', {
    ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: '900' }] },
    ...order,
  });
  const say = (method: string, amount: string) =>
    bench.arrive('trustly-europe', europeNotification('900', method, { amount }));
  return { bench, say };
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, at) => at !== index)).map((rest) => [item, ...rest]),
  );
}

describe('registered refunds of Trustly Europe', () => {
  it('a credit of the amount of a registered refund is no new money and sends refund.failed', async () => {
    const { bench, say } = await europe({ amounts: [{ currency: 'USD', min: '100', max: '500' }] });
    await say('credit', '60.00');
    await register(bench, 'trustly-europe', { amount: '60.00' });
    expect(await matched(bench, 'trustly-europe')).toMatchObject({
      ...{ states: ['refund-1 asked'], due: [], underWay: ['60.00'] },
    });
    await say('credit', '60.00');
    const end = await matched(bench, 'trustly-europe');
    expect(end).toMatchObject({ states: ['refund-1 failed'], due: ['60.00'], underWay: [] });
    expect(end.payment.reading.moved).toEqual([{ amount: '60.00', currency: 'USD' }]);
    expect(end.payment.reading.unexpected).toBeUndefined();
    expect(end.payment.holds.map(({ reason }) => reason)).toEqual(['amount_differs']);
    expect(failures(bench)).toEqual([
      { reference: 'refund-1', id: expect.any(String), amount: { amount: '60.00', currency: 'USD' } },
    ]);
    await register(bench, 'trustly-europe', { amount: '60', reference: 'refund-2', replaces: 'refund-1' });
    expect(await matched(bench, 'trustly-europe')).toMatchObject({
      ...{ states: ['refund-1 failed', 'refund-2 asked'], due: [], underWay: ['60.00'] },
    });
  });

  it('a refund that is registered before, between or after its notifications ends failed and without a revoke', async () => {
    const notice = (method: string, amount: string) => europeNotification('900', method, { amount });
    const messages = [
      notice('credit', '40.00'),
      notice('payoutconfirmation', '40.00'),
      notice('payoutconfirmation', '25.00'),
    ];
    const ends = new Set<string>();
    for (const sequence of permutations(['register', ...messages])) {
      const { bench, say } = await europe();
      await say('credit', '100.00');
      for (const step of sequence) {
        if (step === 'register') await register(bench, 'trustly-europe', { amount: '40.00' });
        else await bench.arrive('trustly-europe', step);
      }
      const { payment, ...end } = await matched(bench, 'trustly-europe');
      const { status, reading, holds, grant } = payment;
      ends.add(JSON.stringify([end, status, reading, holds, grant]));
      expect(failures(bench)).toHaveLength(1);
      expect(bench.types('900').filter((type) => type === 'revoke')).toEqual([]);
    }
    expect([...ends]).toHaveLength(1);
    expect([...ends][0]).toContain('"refund-1 failed"');
    expect([...ends][0]).toContain('"partially_refunded"');
  });

  it('a credit of another amount than the registered refund is held with unexpected_credit', async () => {
    const { bench, say } = await europe();
    await say('credit', '100.00');
    await register(bench, 'trustly-europe', { amount: '40.00' });
    await say('credit', '39.00');
    const { payment, states } = await matched(bench, 'trustly-europe');
    expect(states).toEqual(['refund-1 asked']);
    expect(payment.holds.map(({ reason }) => reason)).toEqual(['unexpected_credit']);
    expect(failures(bench)).toEqual([]);
  });

  it('a refund after a reject is due again when it failed, until its replacement is confirmed', async () => {
    const { bench, say } = await europe();
    await say('credit', '90.00');
    const { payment } = await matched(bench, 'trustly-europe');
    const [hold] = payment.holds;
    if (hold === undefined) throw new Error('not held');
    await rejectHold({ payment: payment.key, ...hold, ...operatorNote }, bench.deps);
    await bench.settle();
    expect(await matched(bench, 'trustly-europe')).toMatchObject({ due: ['90.00'], underWay: [] });
    await register(bench, 'trustly-europe', { amount: '90.00' });
    expect(await matched(bench, 'trustly-europe')).toMatchObject({ due: [], underWay: ['90.00'] });
    await say('payoutfailed', '90.00');
    expect(await matched(bench, 'trustly-europe')).toMatchObject({ due: ['90.00'], underWay: [] });
    expect(failures(bench)).toMatchObject([{ reference: 'refund-1' }]);
    await register(bench, 'trustly-europe', { amount: '90', reference: 'refund-2', replaces: 'refund-1' });
    await say('payoutconfirmation', '90.00');
    await say('payoutconfirmation', '90.00');
    expect(await matched(bench, 'trustly-europe')).toMatchObject({ due: [], underWay: [] });
  });
});

describe('registered refunds of Trustly Americas', () => {
  const child = (id: string, eventType: string, status: string): string =>
    new URLSearchParams({
      ...{ merchantId: '1', paymentType: '2', transactionType: '4', eventId: String(++serial), eventType },
      ...{ objectId: id, objectType: 'Transaction', parentObjectId: '900', status },
    }).toString();

  async function paid() {
    const bench = pollingBench({ americas: { ...trusts('trustly-americas'), confirm: false } });
    await bench.order('order-900', '10.00');
    await bench.arrive('trustly-americas', capture('900', String(++serial), 'Complete', '4'));
    return bench;
  }

  it('a refund of Trustly Americas is found by its transaction id, and refund.failed is sent when it is denied', async () => {
    const bench = await paid();
    await register(bench, 'trustly-americas', { amount: '4.00', id: '901' });
    await register(bench, 'trustly-americas', { amount: '3.00', id: '902', reference: 'refund-2' });
    await bench.arrive('trustly-americas', child('902', 'Complete', '4'));
    await bench.arrive('trustly-americas', child('901', 'Deny', '8'));
    expect(await matched(bench, 'trustly-americas')).toMatchObject({
      ...{ states: ['refund-1 failed', 'refund-2 sent'], due: ['4.00'], underWay: [] },
    });
    expect(failures(bench)).toEqual([
      { reference: 'refund-1', id: '901', amount: { amount: '4.00', currency: 'USD' } },
    ]);
    const [refunded] = bench.events.filter(({ type }) => type === 'payment.refunded');
    expect(refunded?.refund).toMatchObject({ reference: 'refund-2', id: '902' });
  });

  it('an unregistered refund that fails sends refund.failed, and no registered refund of another id fails', async () => {
    const bench = await paid();
    await register(bench, 'trustly-americas', { amount: '4.00', id: '901' });
    await bench.arrive('trustly-americas', child('903', 'Fail', '5'));
    expect(failures(bench)).toEqual([{ id: '903' }]);
    expect((await matched(bench, 'trustly-americas')).states).toEqual(['refund-1 asked']);
  });

  it('the money of a second payment of a paid order is due until its refund is asked for, then under way', async () => {
    const bench = pollingBench({ americas: { ...trusts('trustly-americas'), confirm: false } });
    await bench.order('order-1', '10.00');
    for (const id of ['800', '900']) {
      const message = capture(id, String(++serial), 'Complete', '4').replace(`order-${id}`, 'order-1');
      await bench.arrive('trustly-americas', message);
    }
    expect(bench.types('900')).toContain('payment.duplicate');
    expect(await matched(bench, 'trustly-americas')).toMatchObject({ due: ['10.00'], underWay: [] });
    await register(bench, 'trustly-americas', { amount: '10', id: '901' });
    expect(await matched(bench, 'trustly-americas')).toMatchObject({ due: [], underWay: ['10.00'] });
    await bench.arrive('trustly-americas', child('901', 'Complete', '4'));
    await bench.arrive('trustly-americas', capture('900', String(++serial), 'Refund', '12'));
    expect(await matched(bench, 'trustly-americas')).toMatchObject({
      states: ['refund-1 sent'],
      payment: { status: 'refunded' },
    });
  });
});

describe('registered refunds of Paymentwall', () => {
  it('a refund of Paymentwall is found by its merchant_refund_id, else by its amount', async () => {
    const bench = pollingBench({ paymentwall: { ...trusts('paymentwall'), confirm: false } });
    await bench.order('order-900', '10.00');
    await bench.arrive('paymentwall', pingback('900', '0'));
    await register(bench, 'paymentwall', { amount: '4.00', id: 'R-1' });
    await register(bench, 'paymentwall', { amount: '4.00', id: 'R-2', reference: 'refund-2' });
    const part = (id: string) =>
      pingback('900', '2', { reason: '10', merchant_refund_id: id, refund_amount: '4.00' });
    await bench.arrive('paymentwall', part('R-2'));
    expect((await matched(bench, 'paymentwall')).states).toEqual(['refund-1 asked', 'refund-2 sent']);
    await register(bench, 'paymentwall', { amount: '3.00', reference: 'refund-3' });
    await bench.arrive('paymentwall', pingback('900', '2', { reason: '10', refund_amount: '3.00' }));
    expect((await matched(bench, 'paymentwall')).states).toEqual([
      ...['refund-1 asked', 'refund-2 sent', 'refund-3 sent'],
    ]);
  });
});

describe('the registration of a refund', () => {
  it('a repeated registration is created once; other content, an unknown payment or replaces is refused', async () => {
    const { bench, say } = await europe();
    await say('credit', '100.00');
    const given = { amount: '40.00' };
    expect(await register(bench, 'trustly-europe', given)).toMatchObject({ created: true });
    expect(await register(bench, 'trustly-europe', given)).toMatchObject({ created: false });
    expect((await matched(bench, 'trustly-europe')).states).toEqual(['refund-1 asked']);
    await expect(register(bench, 'trustly-europe', { amount: '41' })).rejects.toThrow(
      'refund.reference: "refund-1" is registered with other content (amount)',
    );
    await expect(
      register(bench, 'trustly-europe', { amount: '1', reference: 'r', payment: keyOf('paymentwall', '7') }),
    ).rejects.toThrow('refund.payment: found "paymentwall:shop:7", allowed: a payment that its provider has');
    await expect(
      register(bench, 'trustly-europe', { amount: '1', reference: 'r', payment: 'paymentwall:other:7' }),
    ).rejects.toThrow('allowed: a payment of an account that this stack has');
    await expect(
      register(bench, 'trustly-europe', { amount: '1', reference: 'r', replaces: 'none' }),
    ).rejects.toThrow('refund.replaces: found "none"');
    expect(await bench.store.get(refundKey('r'))).toBeUndefined();
  });

  it('a registration whose message was lost is sent again by the same registration', async () => {
    const { bench, say } = await europe();
    await say('credit', '100.00');
    await register(bench, 'trustly-europe', { amount: '40.00', reference: 'refund-0' });
    const { store, accounts, clock } = bench.deps;
    const body = { reference: 'refund-1', payment: keyOf('trustly-europe'), amount: '40', currency: 'USD' };
    const broken = { send: async () => Promise.reject(new Error('queue gone')) };
    await expect(checkoutRefund(body, { store, accounts, clock, notifications: broken })).rejects.toThrow(
      'queue gone',
    );
    expect((await matched(bench, 'trustly-europe')).states).toEqual(['refund-0 asked']);
    expect(await register(bench, 'trustly-europe', { amount: '40' })).toMatchObject({ created: false });
    expect((await matched(bench, 'trustly-europe')).states).toEqual(['refund-0 asked', 'refund-1 asked']);
  });

  it('POST /checkout/refunds answers 201, 200 for a repetition, 400, 404 and 409', async () => {
    const { bench, say } = await europe();
    await say('credit', '100.00');
    const handler = createCheckoutHandler({
      ...bench.deps,
      environment: 'live',
      secrets: createSecrets({ fetch: async () => '', clock: bench.deps.clock, report: () => undefined }),
      publicUrl: 'https://hooks.example',
    });
    const post = async (body: object) => {
      const event = httpEvent({ method: 'POST', body: JSON.stringify(body), timeEpoch: bench.time.now });
      const { statusCode, body: answer = '' } = await handler({
        ...event,
        routeKey: 'POST /checkout/refunds',
      });
      return [statusCode, JSON.parse(answer) as unknown];
    };
    const refund = {
      ...{ reference: 'refund-1', payment: keyOf('trustly-europe'), amount: '40', currency: 'USD' },
    };
    const answered = { reference: 'refund-1', payment: keyOf('trustly-europe') };
    expect(await post(refund)).toEqual([201, { ...answered, created: true }]);
    expect(await post(refund)).toEqual([200, { ...answered, created: false }]);
    expect((await post({ ...refund, amount: '41' }))[0]).toBe(409);
    expect((await post({ ...refund, reference: 'r', payment: keyOf('paymentwall', '7') }))[0]).toBe(404);
    for (const wrong of [
      { amount: '40.005' },
      { amount: '0' },
      { currency: 'XXQ' },
      { payment: 'shop' },
      { reference: '' },
      { replaces: 'refund-1' },
      { kind: 'refund' },
    ]) {
      const [status, errorAnswer] = await post({ ...refund, ...wrong });
      expect(status, JSON.stringify(wrong)).toBe(400);
      expect(errorAnswer).toMatchObject({
        error: expect.stringContaining(`refund.${Object.keys(wrong)[0]}`),
      });
    }
  });
});
