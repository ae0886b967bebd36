/**
 * One authorization, several captures (a shipment in parts): they find the order through the authorization, are summed,
 * and what exceeds the amount is held; whatever the order of arrival, one fulfil, and one revoke when all is lost.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { releaseHold } from '../../shared/app/operator/holds.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import { changeRegistered } from '../../shared/app/transition/order-changes.ts';
import { parseOrderChange } from '../../shared/payment/index.ts';
import type { Order } from '../../shared/payment/types.ts';
import { type AskingBench, askingBench } from '../support/asking-bench.ts';

const AUTHORIZATION = '900';
let serial = 5_000;

const event = (fields: Record<string, string>): string =>
  new URLSearchParams({
    ...{ merchantId: '1', paymentType: '2', eventId: String(++serial), objectType: 'Transaction' },
    ...{ createdAt: '1701986450064', ...fields },
  }).toString();

/** The authorization, under the reference of the attempt to pay. */
const authorized = (more: Record<string, string> = {}): string =>
  event({
    ...{ transactionType: '1', eventType: 'Authorize', status: '2', objectId: AUTHORIZATION },
    ...{ merchantReference: 'order-7', ...more },
  });

/** A capture of it, under a reference of its own, as Trustly demands. */
const captured = (
  id: string,
  eventType = 'Complete',
  status = '4',
  more: Record<string, string> = {},
): string =>
  event({
    ...{ transactionType: '3', eventType, status, objectId: id, parentObjectId: AUTHORIZATION },
    ...{ merchantReference: `shipment-${id}`, ...more },
  });

async function settle(bench: AskingBench): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await bench.confirm(60_000);
    await sweep({ ...bench.deps }, () => 600_000);
    await bench.settle();
  }
}

type Step = readonly [id: string, amount: string, status?: string];

/** The capture's amount is known to the API alone. */
async function capture(bench: AskingBench, [id, amount, status = '4']: Step): Promise<void> {
  const originalTransactionId = AUTHORIZATION;
  bench.fakes.americas.did({
    transactionId: id,
    amount,
    status,
    originalTransactionId,
    merchantReference: `shipment-${id}`,
  });
  await bench.arrive('trustly-americas', captured(id));
  await settle(bench);
}

const reverse = async (bench: AskingBench, id: string): Promise<void> => {
  bench.fakes.americas.did({ transactionId: id, status: '10' });
  await bench.arrive('trustly-americas', captured(id, 'Reverse', '10'));
  await settle(bench);
};

const EXACT = { amounts: [{ currency: 'USD', exact: '100' }] };
async function shop(order: object = EXACT): Promise<AskingBench> {
  const bench = askingBench();
  await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop', ...order });
  await bench.arrive('trustly-americas', authorized());
  return bench;
}

const payment = (bench: AskingBench, id: string) => bench.payment('trustly-americas', id);
const reasons = async (bench: AskingBench, id: string) =>
  (await payment(bench, id))?.holds.map(({ reason }) => reason);
const order = async (bench: AskingBench) => (await bench.store.get(orderKey('order-7')))?.data as Order;
const said = (bench: AskingBench, type: string) => bench.events.filter((each) => each.type === type);

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

  it('what was not captured can be given up: the corrected amount grants what is there', async () => {
    const bench = await shop({ ...EXACT, instalments: true });
    await capture(bench, ['1', '60.00']);
    const change = { reference: 'order-7', action: 'change', by: 'Ada', note: 'sold out' };
    await changeRegistered(parseOrderChange({ ...change, amounts: [{ currency: 'USD', exact: '60' }] }), {
      store: bench.store,
      queue: bench.notifications,
      at: new Date(bench.time.now).toISOString(),
    });
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
      const bench = askingBench();
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
      const bench = askingBench();
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

  it('is not missed when the authorization finds it between the capture’s look and its write', async () => {
    const bench = askingBench();
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

/** Amounts of captures, in dollars, played in any order, some reversed; the order expects 100. */
const captures = fc.array(fc.tuple(fc.constantFrom(20, 40, 60, 80, 100), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});

it('in any order of arrival: never granted for less than the amount, at most once, never revoked while money stands', async () => {
  await fc.assert(
    fc.asyncProperty(captures, fc.boolean(), async (played, instalments) => {
      const bench = await shop({ ...EXACT, instalments });
      const lost = new Set<string>();
      let [granted, reachable] = [false, 0];
      for (const [index, [amount, isLost]] of played.entries()) {
        const id = `${index + 1}`;
        await capture(bench, [id, `${amount}.00`]);
        const sound = await Promise.all(
          played.slice(0, index + 1).map(async ([sum], at) => {
            const each = await payment(bench, `${at + 1}`);
            return lost.has(`${at + 1}`) || (each?.holds.length ?? 0) > 0 ? 0 : sum;
          }),
        );
        reachable = sound.reduce((sum: number, each) => sum + each, 0);
        granted ||= said(bench, 'fulfil').length > 0;
        // What is not held never exceeds the amount; before the grant a part is held unless instalments are expected.
        expect([played, reachable <= 100]).toEqual([played, true]);
        if (granted) expect([played, said(bench, 'fulfil').length]).toEqual([played, 1]);
        if (isLost) {
          lost.add(id);
          await reverse(bench, id);
        }
      }
      const kept = (await order(bench)).captures ?? [];
      const stands = kept.some((each) => each.stands);
      expect([played, said(bench, 'revoke').length]).toEqual([played, granted && !stands ? 1 : 0]);
    }),
    { numRuns: 40 },
  );
});
