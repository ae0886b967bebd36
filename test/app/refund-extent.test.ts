/** A refund that only its own events state: its extent is polled, and the payment waits while the extent is unknown. */
import { describe, expect, it } from 'vitest';
import { confirmPayment } from '../../shared/app/operator/waiting.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { needsConfirmation } from '../../shared/app/transition/follow-ups.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import { paymentRow } from '../support/payment-row.ts';
import {
  capture,
  livePolicyOf,
  type PollingBench,
  pingback,
  pollingBench,
} from '../support/polling-bench.ts';
import { heldPayment, put, waitingRow } from '../support/waiting-rows.ts';
import { workerBench } from '../support/worker-bench.ts';

const DAY = 86_400_000;
const refund = (eventType: string, status: string): string =>
  capture('1', `2${status}`, eventType, status)
    .replace('objectId=1', 'objectId=71&parentObjectId=1')
    .replace('transactionType=3', 'transactionType=4');

/** A payment of 10.00 that the provider refunded in full. Only the refund's own event arrives. */
async function refunded() {
  const bench = pollingBench();
  await bench.order('order-1', '10.00');
  bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  await bench.confirm();
  bench.fakes.americas.did({ transactionId: '1', status: '12', refunded: '10.00' });
  await bench.arrive('trustly-americas', refund('Complete', '4'));
  return bench;
}

describe('a full refund whose only event is the refund’s own', () => {
  it('a refund of unknown extent is polled, then revokes, and sends payment.refunded once', async () => {
    const bench = await refunded();
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      status: 'partially_refunded',
      reading: { refundUnknown: 'extent' },
    });
    expect((await bench.confirm()).polled).toBe(1);
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      status: 'refunded',
      grant: { state: 'revoked' },
    });
    const types = bench.types('1');
    expect(types.filter((type) => type === 'payment.refunded')).toHaveLength(1);
    expect(types.filter((type) => type === 'revoke')).toHaveLength(1);
  });

  it('a refund of unknown extent is listed as waiting until an operator rejects the payment', async () => {
    const bench = await refunded();
    const payment = await bench.payment('trustly-americas', '1');
    if (payment === undefined) throw new Error('no payment');
    expect(paymentRow(payment).openShard).toMatch(/^waiting#/);
    const decision = {
      reason: 'regrant',
      digest: '',
      verdict: 'reject',
      by: 'a',
      note: 'b',
      at: '',
    } as const;
    const rejected = { ...payment, decisions: [decision] };
    expect(paymentRow(rejected).openShard).toBeUndefined();
    const account = bench.deps.accounts.find(({ provider }) => provider === 'trustly-americas');
    if (account === undefined) throw new Error('no account');
    expect(needsConfirmation(account, payment)).toBe(true);
    expect(needsConfirmation(account, rejected)).toBe(false);
  });

  it.each([
    ['1 day', 1, 0],
    ['7 days', 7, 1],
  ])(
    'a refund of unknown extent counts in PaymentsStuck after 7 days without a message: %s',
    async (_name, days, stuck) => {
      const bench = workerBench({ policy: { unknownOrder: 'hold' } });
      const template = await heldPayment(bench);
      const unknown = { ...template, reading: { ...template.reading, refundUnknown: 'extent' as const } };
      put(bench.memory, [
        waitingRow(unknown, { id: 'r', status: 'partially_refunded', ageMs: days * DAY + 1_000 }),
      ]);
      await sweep(bench.deps, () => 60_000);
      expect(bench.metric('PaymentsStuck').at(-1)).toMatchObject({
        PaymentsWaiting: 1,
        PaymentsStuck: stuck,
      });
    },
  );
});

describe('Paymentwall: several partial refunds of a payment without a known amount', () => {
  const part = (n: string) => pingback('b1', '220', { refund_amount: '5.00', merchant_refund_id: n });
  const arrived = async (parts: readonly string[], confirm: boolean) => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { confirm, policy } });
    await bench.order('order-b1', '10.00');
    bench.fakes.paymentwall.did({
      id: 'b1',
      amount: '10.00',
      currency: 'USD',
      uid: 'u1',
      product_id: 'order-b1',
    });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    for (const each of parts) await bench.arrive('paymentwall', part(each));
    return bench;
  };
  const shard = async (bench: PollingBench) => {
    const payment = await bench.payment('paymentwall', 'b1');
    return payment === undefined ? undefined : paymentRow(payment).openShard;
  };

  it('a payment with a single partial refund of type 220 does not wait', async () => {
    expect(await shard(await arrived(['r1'], false))).toMatch(/^granted#/);
  });

  it('a payment with two partial refunds waits; an operator’s confirmation of a full refund revokes', async () => {
    const bench = await arrived(['r1', 'r2'], false);
    expect(await bench.status('paymentwall', 'b1')).toBe('partially_refunded');
    expect(await shard(bench)).toMatch(/^waiting#/);
    const payment = await bench.payment('paymentwall', 'b1');
    if (payment === undefined) throw new Error('no payment');
    const all = { amount: '10.00', currency: 'USD' };
    const answer = {
      payment: payment.key,
      digest: waitingOf(payment)?.digest ?? '',
      paid: all,
      returned: all,
    };
    await confirmPayment({ ...answer, by: 'ada', note: 'seen' }, bench.deps);
    await bench.settle();
    expect(await bench.status('paymentwall', 'b1')).toBe('refunded');
    expect(bench.types('b1')).toContain('revoke');
    expect(await shard(bench)).toBeUndefined();
  });

  it('a payment with two partial refunds is polled when the account can be polled, and revoked', async () => {
    const bench = await arrived(['r1', 'r2'], true);
    expect((await bench.confirm()).polled).toBe(1);
    expect(await bench.payment('paymentwall', 'b1')).toMatchObject({
      ...{ status: 'refunded', grant: { state: 'revoked' } },
    });
  });
});
