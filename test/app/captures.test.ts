/**
 * One authorization, several captures (a shipment in parts): they find the order through the authorization, are summed,
 * and what exceeds the amount is held; whatever the order of arrival, one fulfil, and one revoke when all is lost.
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
  order,
  payment,
  reasons,
  reverse,
  said,
  settle,
  shop,
} from '../support/captures.ts';
import { livePolicyOf, type PollingBench, pollingBench } from '../support/polling-bench.ts';

/** As they are by the order of this moment. */
async function derivedHolds(bench: PollingBench, key: PaymentKey): Promise<readonly Hold[]> {
  const account = bench.accounts.find(({ provider }) => provider === 'trustly-americas');
  if (account === undefined) throw new Error('the bench has such an account');
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
  it('60 and 40 of 100 find the order, are summed and fulfilled once; 80 more are held as a duplicate', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    expect(await payment(bench, '1')).toMatchObject({
      orderReference: 'order-7',
      status: 'paid',
      grant: { state: 'none' },
    });
    expect(await reasons(bench, '1')).toEqual(['amount_differs']);
    expect(said(bench, 'fulfil')).toEqual([]);

    await capture(bench, ['2', '40.00']);
    expect(await reasons(bench, '1')).toEqual([]);
    expect(await reasons(bench, '2')).toEqual([]);
    expect(said(bench, 'fulfil')).toMatchObject([
      {
        payment: 'trustly-americas:shop:2',
        order: { state: 'claimed', captured: [{ amount: '100.00', currency: 'USD' }] },
      },
    ]);
    expect(
      said(bench, 'payment.paid')
        .map(({ payment: of }) => of.slice(-1))
        .sort(),
    ).toEqual(['1', '2']);

    await capture(bench, ['3', '80.00']);
    expect(await payment(bench, '3')).toMatchObject({ orderReference: 'order-7', grant: { state: 'none' } });
    expect(await reasons(bench, '3')).toEqual(['amount_differs', 'order_already_paid']);
    expect(said(bench, 'payment.duplicate')).toMatchObject([{ payment: 'trustly-americas:shop:3' }]);
    expect(said(bench, 'fulfil')).toHaveLength(1);
    expect(await reasons(bench, '1')).toEqual([]);
  });

  it('with instalments a part is no hold: it is announced as paid, and granted with the rest', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    expect(bench.types('1')).toEqual(['payment.processing', 'payment.paid']);
    expect(await payment(bench, '1')).toMatchObject({ holds: [], status: 'paid', grant: { state: 'none' } });
    await capture(bench, ['2', '40.00']);
    expect(said(bench, 'fulfil')).toHaveLength(1);
    expect(said(bench, 'payment.held')).toEqual([]);
  });

  it('beyond the amount before it is complete: the one that exceeds it is held, the rest still completes it', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    expect(said(bench, 'fulfil')).toEqual([]);
    await capture(bench, ['3', '40.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:3' }]);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).not.toEqual([]);
  });

  it('a held payment can be answered as it was shown, whatever changed since on the others', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '80.00']);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    // Each of them changes the sum that the other one is held for: a part more, the whole, a part less.
    for (const change of [
      () => capture(bench, ['3', '30.00']),
      () => capture(bench, ['4', '30.00']),
      () => reverse(bench, '3'),
    ]) {
      await change();
      const [hold] = (await payment(bench, '2'))?.holds ?? [];
      if (hold === undefined) throw new Error('it is held');
      const key = 'trustly-americas:shop:2';
      const [shown] = await derivedHolds(bench, key);
      expect(hold).toEqual(shown);
    }
    const [hold] = (await payment(bench, '2'))?.holds ?? [];
    if (hold === undefined) throw new Error('it is held');
    const answer = { ...hold, payment: 'trustly-americas:shop:2', by: 'ada', note: 'given back' };
    const rejected = await rejectHold(answer, bench.deps);
    expect(rejected.payment.holds).toEqual([]);
    // It was never counted: what the others bring is as before.
    expect((await order(bench)).captures).toContainEqual(
      expect.objectContaining({ payment: 'trustly-americas:shop:2', amounts: [], stands: false, held: true }),
    );
  });

  it('a range is granted when its least is reached, and joined up to its most where instalments are expected', async () => {
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
      expect(said(bench, 'fulfil')).toHaveLength(1);
    }
  });

  it('one that pays a range alone needs no other: the part before it is the duplicate, and goods go with it', async () => {
    const bench = await shop({ amounts: [{ currency: 'USD', min: '50', max: '100' }] });
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '60.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
    expect(await reasons(bench, '1')).toEqual(['order_already_paid']);
    await reverse(bench, '2');
    expect(said(bench, 'revoke')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
  });

  it('one that was granted without an order is compared when its authorization finds one', async () => {
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
    expect(said(bench, 'fulfil')).toHaveLength(1);
    expect((await order(bench)).paidBy).toBe('trustly-americas:shop:1');
    expect(said(bench, 'payment.at_risk')).not.toEqual([]);
  });

  it('are not summed with captures of another authorization', async () => {
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
    expect(said(bench, 'fulfil')).toEqual([]);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
  });

  it('a capture that pays the whole alone is granted, and the part before it is the duplicate', async () => {
    const bench = await shop();
    await capture(bench, ['1', '40.00']);
    await capture(bench, ['2', '100.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:2' }]);
    expect(await reasons(bench, '1')).toEqual(['amount_differs', 'order_already_paid']);
  });

  it('the rest of an order can be given up: the corrected amount grants what was captured', async () => {
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
    expect(said(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:1' }]);
  });

  it('one that an operator released as it was is completed by the rest without a second fulfil', async () => {
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
    expect(said(bench, 'fulfil')).toMatchObject([{ payment: 'trustly-americas:shop:1' }]);
  });
});

describe('the goods of several captures', () => {
  it.each([
    ['the one that completed the sum first', ['2', '1']],
    ['the other one first', ['1', '2']],
  ])('stay while one stands, and are revoked once with the last: %s', async (_, lost) => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    await reverse(bench, lost[0] ?? '');
    expect(said(bench, 'payment.reversed')).toHaveLength(1);
    expect(said(bench, 'revoke')).toEqual([]);
    await reverse(bench, lost[1] ?? '');
    expect(said(bench, 'revoke')).toMatchObject([{ payment: 'trustly-americas:shop:2', epoch: 1 }]);
  });

  it('a part that was reversed before the rest came no longer counts', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await reverse(bench, '1');
    await capture(bench, ['2', '40.00']);
    expect(said(bench, 'fulfil')).toEqual([]);
    await capture(bench, ['3', '60.00']);
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });

  it('what was reversed afterwards and captured again is no duplicate', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    await reverse(bench, '1');
    await capture(bench, ['3', '60.00']);
    expect(await reasons(bench, '3')).toEqual([]);
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });
});

describe('the order of a capture', () => {
  it('is found when the authorization comes, or its order is registered, after the capture', async () => {
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
      expect([late, said(bench, 'fulfil').length]).toEqual([late, 1]);
    }
  });

  it('is the one that was registered with the authorization’s id, before or after, also when that never comes', async () => {
    const aliases = [{ type: 'id', value: AUTHORIZATION }];
    for (const first of [true, false]) {
      const bench = pollingBench();
      const register = () =>
        bench.order('order-9', '100', { provider: 'trustly-americas', account: 'shop', aliases });
      if (first) await register();
      await capture(bench, ['1', '100.00']);
      if (!first) await register();
      await settle(bench);
      expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-9' }]);
    }
  });

  it('is its own where its reference has one, whatever the authorization leads to', async () => {
    const bench = await shop();
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await capture(bench, ['1', '60.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'shipment-1' }]);
    expect((await order(bench)).captures).toBeUndefined();
  });

  it('is its own also where that is registered later: its money no longer counts for the order that it leaves', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['3', '80.00']);
    expect(await reasons(bench, '3')).toEqual(['amount_differs']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'shipment-1' }]);
    // The capture that exceeded the sum is a part of it now.
    expect(await reasons(bench, '3')).toEqual([]);
    await capture(bench, ['2', '40.00']);
    expect(said(bench, 'fulfil')).toHaveLength(1);
    expect(await reasons(bench, '2')).toEqual(['amount_differs']);
    await capture(bench, ['4', '20.00']);
    expect(said(bench, 'fulfil').slice(1)).toMatchObject([
      { orderReference: 'order-7', order: { captured: [{ amount: '100.00', currency: 'USD' }] } },
    ]);
  });

  it('stays the one whose goods are out for a sum with it', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await capture(bench, ['2', '40.00']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect(await payment(bench, '1')).toMatchObject({ orderReference: 'order-7', grant: { state: 'none' } });
    await reverse(bench, '2');
    expect(said(bench, 'revoke')).toEqual([]);
    expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-7' }]);
  });

  it('stays the one whose goods are out for a sum with it, also while another hold keeps it from counting', async () => {
    const bench = await shop();
    await capture(bench, ['1', '60.00']);
    await bench.arrive('trustly-americas', captured('1', 'Process', '3', { eventId: '77' }));
    await capture(bench, ['2', '40.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-7' }]);
    await bench.arrive('trustly-americas', captured('1', 'Process', '3', { eventId: '77', merchantId: '2' }));
    await settle(bench);
    expect(await reasons(bench, '1')).toEqual(['conflicting_duplicate']);
    await bench.order('shipment-1', '60.00', { provider: 'trustly-americas', account: 'shop' });
    await settle(bench);
    expect((await payment(bench, '1'))?.orderReference).toBe('order-7');
    const [hold] = (await payment(bench, '1'))?.holds ?? [];
    if (hold === undefined) throw new Error('it is held');
    await releaseHold({ ...hold, payment: 'trustly-americas:shop:1', by: 'ada', note: 'a copy' }, bench.deps);
    await settle(bench);
    // 100 dollars came: goods for 100 are out, and none for 60 more.
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });

  it('is the one of its authorization also where that follows another order later: the sum is not divided', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    const of = { provider: 'trustly-americas', account: 'shop', instalments: true, ...EXACT };
    await bench.order('order-8', '100', { ...of, aliases: [{ type: 'id', value: AUTHORIZATION }] });
    await settle(bench);
    expect((await payment(bench, AUTHORIZATION))?.orderReference).toBe('order-8');
    expect((await payment(bench, '1'))?.orderReference).toBe('order-8');
    await capture(bench, ['2', '40.00']);
    expect(said(bench, 'fulfil')).toMatchObject([{ orderReference: 'order-8' }]);
    expect((await order(bench)).captures).toBeUndefined();
  });

  it('is told where it pays another one: at the registration that names it, and when the order is shown', async () => {
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
    // A part of the sum is found by each of its names, the capture that was granted by its own id.
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

  it('is not that of a recurring authorization, nor is a payout’s: those are of other orders', async () => {
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
    expect(said(bench, 'fulfil')).toEqual([]);
  });

  it('is not missed when the authorization finds it between the capture’s reading and its write', async () => {
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
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });
});

describe('captures that waited for an authorization that only an update can read', () => {
  const update = { dryRun: false, by: 'ada', note: 'release 1.2' };
  const [CAPTURE, OF] = ['1', AUTHORIZATION].map((id) => `trustly-americas:shop:${id}`);

  /** Another version, which reads the messages of the authorization otherwise. */
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

  it('are derived anew with it, although they were looked at before it', async () => {
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
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });

  it('are derived anew when it was stored as a message about no payment, and gets one', async () => {
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
    expect(said(bench, 'fulfil')).toHaveLength(1);
  });
});
