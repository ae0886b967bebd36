/**
 * Several captures of one authorization (a shipment in parts): they find the order through the authorization and are
 * summed. A capture above the amount is held. In every order of arrival there is one fulfil, and one revoke when all
 * captures are lost.
 */
import { describe, expect, it } from 'vitest';
import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../shared/app/operator/rederive.ts';
import { rederiveUnassigned } from '../../shared/app/operator/rederive-unassigned.ts';
import { changeRegisteredOrder, showOrder } from '../../shared/app/transition/order-changes.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import { deriveChange } from '../../shared/app/transition/transact.ts';
import { parseOrderChange } from '../../shared/payment/index.ts';
import type { Hold, NormalizedEvent, PaymentKey } from '../../shared/payment/types.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { trustlyAmericas } from '../../shared/providers/trustly-americas/index.ts';
import {
  AUTHORIZATION,
  authorized,
  capture,
  captured,
  EXACT,
  eventsOfType,
  order,
  payment,
  reasons,
  reverse,
  settle,
  shop,
} from '../support/captures.ts';
import { livePolicyOf, type PollingBench, pollingBench } from '../support/polling-bench.ts';

/** The holds of the payment, derived anew with the present order. */
async function derivedHolds(bench: PollingBench, key: PaymentKey): Promise<readonly Hold[]> {
  const account = bench.accounts.find(({ provider }) => provider === 'trustly-americas');
  if (account === undefined) throw new Error('no account of Trustly Americas');
  const found = await deriveChange(
    {
      ...{ paymentId: key.split(':').at(-1) ?? '', at: '2030-01-01T00:00:00.000Z', cause: 'test' },
      provider: trustlyAmericas,
      account,
      input: { type: 'reevaluate', cause: 'test' },
    },
    bench.deps,
  );
  return found?.done.payment.holds ?? [];
}

describe('several captures of one authorization', () => {
  it('captures of 60 and 40 pay an order of 100 with a single fulfil; 80 more are held with order_already_paid', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    expect(await payment(bench, '1')).toMatchObject({
      orderReference: 'order-7',
      status: 'paid',
      grant: { state: 'none' },
    });
    expect(await reasons(bench, '1')).toEqual(['amount_differs']);
    expect(eventsOfType(bench, 'fulfil')).toEqual([]);

    await capture(bench, ['2', '40.00']);
    expect(await reasons(bench, '1')).toEqual([]);
    expect(await reasons(bench, '2')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([
      {
        payment: 'trustly-americas:shop:2',
        order: { state: 'claimed', captured: [{ amount: '100.00', currency: 'USD' }] },
      },
    ]);
    expect(
      eventsOfType(bench, 'payment.paid')
        .map(({ payment: of }) => of.slice(-1))
        .sort(),
    ).toEqual(['1', '2']);

    await capture(bench, ['3', '80.00']);
    expect(await payment(bench, '3')).toMatchObject({ orderReference: 'order-7', grant: { state: 'none' } });
    expect(await reasons(bench, '3')).toEqual(['amount_differs', 'order_already_paid']);
    expect(eventsOfType(bench, 'payment.duplicate')).toMatchObject([{ payment: 'trustly-americas:shop:3' }]);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
    expect(await reasons(bench, '1')).toEqual([]);
  });

  it('a capture of an order with instalments is paid without a hold, and granted with the rest', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    expect(bench.types('1')).toEqual(['payment.processing', 'payment.paid']);
    expect(await payment(bench, '1')).toMatchObject({ holds: [], status: 'paid', grant: { state: 'none' } });
    await capture(bench, ['2', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
    expect(eventsOfType(bench, 'payment.held')).toEqual([]);
  });

  it('a capture above the amount is held with amount_differs, and the exact rest is still granted', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    expect(eventsOfType(bench, 'fulfil')).toEqual([]);
    await capture(bench, ['3', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:3' }]);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).not.toEqual([]);
  });

  it('a hold has the digest that is derived anew, after each change of the other captures, and can be rejected', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    // Each change alters the sum without capture 2: another part, the whole amount, one part less.
    for (const change of [
      () => capture(bench, ['3', '30.00']),
      () => capture(bench, ['4', '30.00']),
      () => reverse(bench, '3'),
    ]) {
      await change();
      const [hold] = (await payment(bench, '2'))?.holds ?? [];
      if (hold === undefined) throw new Error('no hold');
      const key = 'trustly-americas:shop:2';
      const [shown] = await derivedHolds(bench, key);
      expect(hold).toEqual(shown);
    }
    const [hold] = (await payment(bench, '2'))?.holds ?? [];
    if (hold === undefined) throw new Error('no hold');
    const answer = { ...hold, payment: 'trustly-americas:shop:2', by: 'ada', note: 'given back' };
    const rejected = await rejectHold(answer, bench.deps);
    expect(rejected.payment.holds).toEqual([]);
    // The rejected capture contributes nothing to the sum.
    expect((await order(bench)).captures).toContainEqual(
      expect.objectContaining({ payment: 'trustly-americas:shop:2', amounts: [], stands: false, held: true }),
    );
  });

  it('captures pay a range from its min; a further capture up to the max joins only with instalments', async () => {
    const amounts = [{ currency: 'USD', min: '50', max: '100' }];
    for (const [instalments, held] of [
      [true, []],
      [false, ['order_already_paid']],
    ] as const) {
      const bench = await shop({ amounts, instalments });
      await capture(bench, ['1', '60.00']);
      await capture(bench, ['2', '40.00']);
      expect([instalments, await reasons(bench, '2')]).toEqual([instalments, held]);
      await capture(bench, ['3', '1.00']);
      expect(await reasons(bench, '3')).toContain('order_already_paid');
      expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
    }
  });

  it('a capture that pays a range alone is granted, and an earlier part is held with order_already_paid', async () => {
    const bench = await shop({ amounts: [{ currency: 'USD', min: '50', max: '100' }] });
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '60.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
    expect(await reasons(bench, '1')).toEqual(['order_already_paid']);
    await reverse(bench, '2');
    expect(eventsOfType(bench, 'revoke')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
  });

  it('a capture granted without an order claims the order that its authorization names: payment.at_risk', async () => {
    const bench = pollingBench({
      americas: { policy: livePolicyOf('trustly-americas', { unknownOrder: 'trust' }) },
    });
    await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop', ...EXACT });
    await capture(bench, ['1', '60.00']);
    expect(await payment(bench, '1')).toMatchObject({ grant: { state: 'granted' } });
    expect(await payment(bench, '1')).not.toHaveProperty('orderReference');
    await bench.arrive('trustly-americas', authorized());
    await settle(bench);
    expect(await payment(bench, '1')).toMatchObject({
      orderReference: 'order-7',
      grant: { state: 'granted', epoch: 1 },
    });
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
    expect((await order(bench)).paidBy).toBe('trustly-americas:shop:1');
    expect(eventsOfType(bench, 'payment.at_risk')).not.toEqual([]);
  });

  it('captures of different authorizations are not summed: amount_differs', async () => {
    const bench = await shop();
    await bench.arrive('trustly-americas', authorized({ objectId: '901' }));
    await capture(bench, ['1', '60.00']);
    bench.fakes.americas.did({
      transactionId: '2',
      amount: '40.00',
      status: '4',
      originalTransactionId: '901',
    });
    await bench.arrive('trustly-americas', captured('2', 'Complete', '4', { parentObjectId: '901' }));
    await settle(bench);
    expect(eventsOfType(bench, 'fulfil')).toEqual([]);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
  });

  it('a capture that pays the order alone is granted, and an earlier part is held with order_already_paid', async () => {
    const bench = await shop();
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '100.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
    expect(await reasons(bench, '1')).toEqual(['amount_differs', 'order_already_paid']);
  });

  it('an amount that is corrected to the captured sum grants the capture', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    const change = { reference: 'order-7', action: 'change', by: 'Ada', note: 'sold out' };
    await changeRegisteredOrder(
      parseOrderChange({ ...change, amounts: [{ currency: 'USD', exact: '60' }] }),
      {
        store: bench.store,
        queue: bench.notifications,
        at: new Date(bench.time.now).toISOString(),
      },
    );
    await bench.settle();
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:1' }]);
  });

  it('a released capture keeps its fulfil, and the rest of the order sends no second fulfil', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    const [hold] = (await payment(bench, '1'))?.holds ?? [];
    await releaseHold(
      {
        payment: 'trustly-americas:shop:1',
        reason: hold?.reason ?? '',
        digest: hold?.digest ?? '',
        by: 'Ada',
        note: 'ship it',
      },
      bench.deps,
    );
    await bench.settle();
    await capture(bench, ['2', '40.00']);
    expect(await reasons(bench, '2')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:1' }]);
  });
});

describe('the goods of several captures', () => {
  it.each([
    ['the claimant is reversed first', ['2', '1']],
    ['the claimant is reversed last', ['1', '2']],
  ])(
    'the goods of several captures are revoked once, when the last capture is reversed: %s',
    async (_, lost) => {
      const bench = await shop();
      await capture(bench, ['1', '60.00']);
      await capture(bench, ['2', '40.00']);
      await reverse(bench, lost[0] ?? '');
      expect(eventsOfType(bench, 'payment.reversed')).toHaveLength(1);
      expect(eventsOfType(bench, 'revoke')).toEqual([]);
      await reverse(bench, lost[1] ?? '');
      expect(eventsOfType(bench, 'revoke')).toMatchObject([{ payment: 'trustly-americas:shop:2', epoch: 1 }]);
    },
  );

  it('a capture that was reversed before the rest came does not count in the sum', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await reverse(bench, '1');
    await capture(bench, ['2', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toEqual([]);
    await capture(bench, ['3', '60.00']);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });

  it('a capture in place of a reversed capture is not held and sends no second fulfil', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    await reverse(bench, '1');
    await capture(bench, ['3', '60.00']);
    expect(await reasons(bench, '3')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });
});

describe('the order of a capture', () => {
  it('a capture finds its order also when the authorization or the order arrives later', async () => {
    for (const late of ['authorization', 'order'] as const) {
      const bench = pollingBench();
      const register = () => bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop' });
      if (late === 'authorization') await register();
      else await bench.arrive('trustly-americas', authorized());
      await capture(bench, ['1', '100.00']);
      expect([late, await reasons(bench, '1')]).toEqual([late, ['unknown_order']]);
      if (late === 'authorization') await bench.arrive('trustly-americas', authorized());
      else await register();
      await settle(bench);
      expect([late, eventsOfType(bench, 'fulfil').length]).toEqual([late, 1]);
    }
  });

  it('a capture finds the order with the authorization’s id as an alias, also without the authorization', async () => {
    const aliases = [{ type: 'id', value: AUTHORIZATION }];
    for (const first of [true, false]) {
      const bench = pollingBench();
      const register = () =>
        bench.order('order-9', '100', { provider: 'trustly-americas', account: 'shop', aliases });
      if (first) await register();
      await capture(bench, ['1', '100.00']);
      if (!first) await register();
      await settle(bench);
      expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-9' }]);
    }
  });

  it('a capture whose own reference names an order pays that order, not the order of the authorization', async () => {
    const bench = await shop();
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await capture(bench, ['1', '60.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'shipment-1' }]);
    expect((await order(bench)).captures).toBeUndefined();
  });

  it('a capture whose own order is registered later leaves the order of the authorization with its money', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['3', '80.00']);
    expect(await reasons(bench, '3')).toEqual(['amount_differs']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'shipment-1' }]);
    // Capture 3 no longer exceeds the sum: capture 1 left it.
    expect(await reasons(bench, '3')).toEqual([]);
    await capture(bench, ['2', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    await capture(bench, ['4', '20.00']);
    expect(eventsOfType(bench, 'fulfil').slice(1)).toMatchObject([
      { orderReference: 'order-7', order: { captured: [{ amount: '100.00', currency: 'USD' }] } },
    ]);
  });

  it('a capture stays with the order whose goods are granted for a sum with the capture', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect(await payment(bench, '1')).toMatchObject({ orderReference: 'order-7', grant: { state: 'none' } });
    await reverse(bench, '2');
    expect(eventsOfType(bench, 'revoke')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-7' }]);
  });

  it('a capture that is held with conflicting_duplicate stays with the order whose goods are granted', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await bench.arrive('trustly-americas', captured('1', 'Process', '3', { eventId: '77' }));
    await capture(bench, ['2', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-7' }]);
    await bench.arrive('trustly-americas', captured('1', 'Process', '3', { eventId: '77', merchantId: '2' }));
    await settle(bench);
    expect(await reasons(bench, '1')).toEqual(['conflicting_duplicate']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect((await payment(bench, '1'))?.orderReference).toBe('order-7');
    const [hold] = (await payment(bench, '1'))?.holds ?? [];
    if (hold === undefined) throw new Error('no hold');
    await releaseHold({ ...hold, payment: 'trustly-americas:shop:1', by: 'ada', note: 'a copy' }, bench.deps);
    await settle(bench);
    // The payments brought 100 dollars: goods for 100 are granted, and no goods for another 60.
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });

  it('captures follow the authorization to another order, and their sum is not divided', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    const of = { provider: 'trustly-americas', account: 'shop', instalments: true, ...EXACT };
    await bench.order('order-8', '100', { ...of, aliases: [{ type: 'id', value: AUTHORIZATION }] });
    await settle(bench);
    expect((await payment(bench, AUTHORIZATION))?.orderReference).toBe('order-8');
    expect((await payment(bench, '1'))?.orderReference).toBe('order-8');
    await capture(bench, ['2', '40.00']);
    expect(eventsOfType(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-8' }]);
    expect((await order(bench)).captures).toBeUndefined();
  });

  it('registerOrder and showOrder name a payment that has the order’s reference and pays another order', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    const of = { provider: 'trustly-americas', account: 'shop', amounts: [{ currency: 'USD', exact: '60' }] };
    const register = (reference: string, more: object = {}) =>
      registerOrder(
        bench.store,
        bench.notifications,
        parseOrder({ ...of, reference, ...more }, '2026-03-01T12:00:00.000Z'),
      );
    const elsewhere = (id: string) => [{ payment: `trustly-americas:shop:${id}`, order: 'order-7' }];
    // Capture 1, a part of the sum, is found by its reference, and capture 2, which was granted, by its id.
    const named = await register('shipment-1');
    expect(named.elsewhere).toEqual(elsewhere('1'));
    const byId = await register('second', { aliases: [{ type: 'id', value: '2' }] });
    expect(byId.elsewhere).toEqual(elsewhere('2'));
    expect(await register('third')).not.toHaveProperty('elsewhere');
    await settle(bench);
    expect((await showOrder(bench.store, 'shipment-1'))?.paidElsewhere).toEqual(elsewhere('1'));
    expect((await showOrder(bench.store, 'second'))?.paidElsewhere).toEqual(elsewhere('2'));
    for (const reference of ['order-7', 'third'])
      expect(await showOrder(bench.store, reference)).not.toHaveProperty('paidElsewhere');
  });

  it('captures of a recurring authorization and payouts do not get the order of the authorization', async () => {
    const bench = await shop();
    bench.fakes.americas.did({
      transactionId: '1',
      amount: '100.00',
      status: '4',
      paymentType: '3',
      originalTransactionId: AUTHORIZATION,
    });
    await bench.arrive('trustly-americas', captured('1', 'Complete', '4', { paymentType: '3' }));
    await bench.arrive('trustly-americas', captured('2', 'Complete', '4', { transactionType: '6' }));
    await settle(bench);
    expect(await reasons(bench, '1')).toEqual(['unknown_order']);
    expect(await payment(bench, '2')).not.toHaveProperty('orderReference');
    expect(eventsOfType(bench, 'fulfil')).toEqual([]);
  });

  it('a capture finds its order when the authorization is stored between the capture’s read and write', async () => {
    const bench = pollingBench();
    await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop' });
    bench.fakes.americas.did({
      transactionId: '1',
      amount: '100.00',
      status: '4',
      originalTransactionId: AUTHORIZATION,
    });
    let once = true;
    bench.store.beforeWrite = async (writes) => {
      if (
        !once ||
        !writes.some(
          (write) => 'put' in write && write.put.pk.endsWith(':shop:1') && write.put.sk === 'payment',
        )
      )
        return;
      once = false;
      await bench.arrive('trustly-americas', authorized());
    };
    await bench.arrive('trustly-americas', captured('1'));
    await settle(bench);
    expect(once).toBe(false);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });
});

describe('captures of an authorization that only a rederive can read', () => {
  const update = { dryRun: false, by: 'ada', note: 'release 1.2' };
  const [CAPTURE, OF] = ['1', AUTHORIZATION].map((id) => `trustly-americas:shop:${id}`);

  /** The dependencies of another version, which reads the events of the authorization in another way. */
  const version = (bench: PollingBench, reads: (normalized: NormalizedEvent) => NormalizedEvent) => ({
    ...bench.deps,
    providers: {
      ...bench.deps.providers,
      'trustly-americas': {
        ...trustlyAmericas,
        normalize: (...given: Parameters<typeof trustlyAmericas.normalize>) => {
          const normalized = trustlyAmericas.normalize(...given);
          return normalized.aliases.some(({ value }) => value === AUTHORIZATION) &&
            normalized.details.eventType === 'Authorize'
            ? reads(normalized)
            : normalized;
        },
      },
    },
  });

  it('captures that are rederived before their authorization are derived anew with it and granted', async () => {
    const bench = pollingBench();
    await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop' });
    await bench.arrive('trustly-americas', authorized({ merchantReference: 'cut' }));
    await capture(bench, ['1', '100.00']);
    expect(await reasons(bench, '1')).toEqual(['unknown_order']);
    const today = version(bench, (normalized) => ({
      ...normalized,
      aliases: [...normalized.aliases, { type: 'reference', value: 'order-7' }],
    }));
    await rederive(listedPayments([CAPTURE ?? '', OF ?? '']), update, today);
    await settle(bench);
    expect(await reasons(bench, '1')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });

  it('captures are derived anew when their unassigned authorization becomes a payment', async () => {
    const bench = pollingBench();
    await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop' });
    const before = createApply(
      version(bench, ({ subject: _, ...normalized }) => ({ ...normalized, facts: {}, aliases: [] })),
    );
    await bench.queue('trustly-americas', authorized());
    for (const { body } of bench.notifications.sent.splice(0)) await before(body);
    await capture(bench, ['1', '100.00']);
    expect(await reasons(bench, '1')).toEqual(['unknown_order']);
    const account = bench.accounts.find(({ provider }) => provider === 'trustly-americas');
    const { assigned } = await rederiveUnassigned(account ?? expect.fail('no account'), update, bench.deps);
    expect(assigned).toMatchObject([{ payment: OF }]);
    await settle(bench);
    expect(await reasons(bench, '1')).toEqual([]);
    expect(eventsOfType(bench, 'fulfil')).toHaveLength(1);
  });
});
