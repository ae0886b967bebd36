import { describe, expect, it } from 'vitest';
import { evidenceOfPayment } from '../../../shared/app/operator/rederive-evidence.ts';
import type { Item } from '../../../shared/app/ports.ts';
import {
  confirmDue,
  confirmRedirect,
  enqueueAnswer,
  pollPauseMs,
} from '../../../shared/app/schedules/confirm.ts';
import { createConfirmer } from '../../../shared/app/schedules/confirm-handler.ts';
import type { ConfirmRow } from '../../../shared/app/table/rows.ts';
import { parseMoneyText } from '../../../shared/payment/index.ts';
import { capture, livePolicyOf, pingback, pollingBench, START } from '../../support/polling-bench.ts';

const MINUTE = 60_000;
const usd = (amount: string) => [parseMoneyText(`${amount} USD`)];

/** A completed capture for an order of 10.00. The events state no amount. */
async function waiting(amount = '10.00') {
  const bench = pollingBench();
  await bench.order('order-1', amount);
  bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  const row = (): Item | undefined => bench.store.all().find(({ sk }) => sk === 'confirmation');
  return { ...bench, row, ask: () => row()?.data as ConfirmRow | undefined };
}

describe('a completion without an amount', () => {
  it('a completion without an amount waits in awaiting_confirmation and is not fulfilled', async () => {
    const bench = await waiting();
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    expect(bench.types('1')).not.toContain('fulfil');
    expect(bench.row()).toMatchObject({ openAt: new Date(START).toISOString() });
  });

  it('a completion without an amount is fulfilled once when the API names the amount of the order', async () => {
    const bench = await waiting();
    expect(await bench.confirm()).toEqual({ due: 1, polled: 1, answers: 1 });
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({
      status: 'paid',
      reading: { moved: usd('10.00') },
    });
    expect(bench.types('1').filter((type) => type === 'fulfil')).toHaveLength(1);
    const [fulfil] = bench.events.filter(({ type }) => type === 'fulfil');
    expect(fulfil).toMatchObject({ moved: usd('10.00'), amountSource: 'evidence' });
  });

  it('a completion is held as amount_differs when the API names another amount than the order', async () => {
    const bench = await waiting('11.00');
    await bench.confirm();
    const payment = await bench.payment('trustly-americas', '1');
    expect(payment?.holds.map(({ reason }) => reason)).toEqual(['amount_differs']);
    expect(bench.types('1')).not.toContain('fulfil');
  });

  it.each(['wrapped', 'bare'] as const)(
    'a payment is paid by an answer of Get Transaction in the %s documented shape',
    async (shape) => {
      const bench = await waiting();
      bench.fakes.americas.shape = shape;
      await bench.confirm();
      expect(await bench.status('trustly-americas', '1')).toBe('paid');
    },
  );

  it('an answer is kept as sealed evidence of variant confirmation, without the name of the shopper', async () => {
    const bench = await waiting();
    await bench.confirm();
    const kept = bench.store.data<{ variant: string; toldKey: string }>('evidence#');
    expect(kept.map(({ variant }) => variant).sort()).toEqual(['confirmation', 'test']);
    expect(kept.find(({ variant }) => variant === 'confirmation')?.toldKey).toMatch(/^confirmation\/1\//);
    expect(JSON.stringify(bench.store.all())).not.toContain('Demo Shopper');
  });

  it('a payment is not polled again once its answer is queued', async () => {
    const bench = await waiting();
    await bench.confirm();
    expect(await bench.confirm(2 * MINUTE)).toMatchObject({ polled: 0 });
    expect(bench.row()).toBeUndefined();
    expect(bench.fakes.americas.calls).toBe(1);
  });

  it('an answer that the worker receives twice changes the payment once', async () => {
    const bench = await waiting();
    const sent: string[] = [];
    const { send } = bench.notifications;
    bench.notifications.send = async (body, options) => {
      sent.push(body);
      await send.call(bench.notifications, body, options);
    };
    await bench.confirm();
    const before = await bench.payment('trustly-americas', '1');
    await bench.notifications.send(sent[0] ?? '');
    await bench.settle();
    expect(await bench.payment('trustly-americas', '1')).toEqual(before);
    expect(bench.types('1').filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('answers with the amount "10.0" and the amount "10.00" are no conflicting duplicates, and fulfil is sent once', async () => {
    const bench = await waiting();
    for (const amount of ['10.0', '10.00']) {
      const transaction = { transactionId: '1', transactionType: '3', paymentType: '2', status: '4' };
      const message = JSON.stringify({ ...transaction, amount, currency: 'USD' });
      await enqueueAnswer(bench.americas, message, bench.deps);
      await bench.settle();
    }
    expect(bench.metric('ConfirmationsApplied')).toHaveLength(2);
    expect(await bench.payment('trustly-americas', '1')).toMatchObject({ status: 'paid', holds: [] });
    expect(bench.types('1').filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a payment of an account without confirm is not polled', async () => {
    const bench = pollingBench({ americas: { confirm: false } });
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    expect(await bench.confirm()).toEqual({ due: 0, polled: 0, answers: 0 });
  });
});

describe('the evidence of an answer', () => {
  it('the evidence of an answer is normalized again with source confirmation', async () => {
    const bench = await waiting();
    await bench.confirm(MINUTE);
    const results = await evidenceOfPayment(bench.americas, 'trustly-americas:shop:1', bench.deps);
    expect(
      results.map((result) => ('normalized' in result ? result.normalized.source : result.unusable)),
    ).toEqual(['notification', 'confirmation']);
  });
});

describe('an API that fails', () => {
  it.each(['failing', 'throttled', 'garbled', 'down'] as const)(
    'a payment stays unchanged while the API is %s, and is polled again after one minute',
    async (fault) => {
      const bench = await waiting();
      bench.fakes.americas.fault = fault;
      const before = await bench.payment('trustly-americas', '1');
      expect(await bench.confirm()).toMatchObject({ polled: 1, answers: 0 });
      expect(await bench.payment('trustly-americas', '1')).toEqual(before);
      expect(bench.ask()).toMatchObject({ attempts: 1, outcome: expect.stringMatching(/^unavailable\./) });
      expect(await bench.confirm(30_000)).toMatchObject({ polled: 0 });
      bench.fakes.americas.fault = undefined;
      expect(await bench.confirm(MINUTE)).toMatchObject({ polled: 1, answers: 1 });
      expect(await bench.status('trustly-americas', '1')).toBe('paid');
    },
  );

  it('an API is not polled for the rest of a run after three failures', async () => {
    const bench = pollingBench();
    for (let id = 1; id <= 10; id++) {
      await bench.order(`order-${id}`, '10.00');
      await bench.arrive('trustly-americas', capture(String(id), `1${id}`, 'Complete', '4'));
    }
    bench.fakes.americas.fault = 'down';
    expect(await bench.confirm()).toMatchObject({ due: 10, polled: 3 });
    expect(bench.fakes.americas.calls).toBe(3);
    // The other payments were postponed too, so that they do not delay the payments of other accounts.
    expect(await bench.confirm()).toMatchObject({ due: 0 });
    bench.fakes.americas.fault = undefined;
    expect(await bench.confirm(5 * MINUTE)).toMatchObject({ due: 10, polled: 10 });
  });

  it('a failure about one payment prevents no poll about another payment, and the run fails', async () => {
    const bench = pollingBench();
    for (const id of ['1', '2', '3']) {
      await bench.order(`order-${id}`, '10.00');
      bench.fakes.americas.did({ transactionId: id, status: '4' });
      await bench.arrive('trustly-americas', capture(id, `1${id}`, 'Complete', '4'));
    }
    let calls = 0;
    const envelopeKeys = async () => {
      calls += 1;
      if (calls === 1) throw new Error('broken once');
      return bench.deps.envelopeKeys();
    };
    await expect(confirmDue({ ...bench.deps, envelopeKeys }, () => 60_000)).rejects.toThrow('broken once');
    await bench.settle();
    const became = await Promise.all(['1', '2', '3'].map((id) => bench.status('trustly-americas', id)));
    expect(became.sort()).toEqual(['awaiting_confirmation', 'paid', 'paid']);
  });

  it('a poll with wrong credentials has outcome refused.credentials, and a corrected secret is used later', async () => {
    const bench = await waiting();
    const right = bench.secretTexts['payhooks/live/trustly-americas/shop'] ?? '';
    bench.secretTexts['payhooks/live/trustly-americas/shop'] = JSON.stringify({
      current: { accessId: 'access-id', accessKey: 'old-key' },
    });
    await bench.confirm();
    expect(bench.ask()?.outcome).toBe('refused.credentials');
    bench.secretTexts['payhooks/live/trustly-americas/shop'] = right;
    await bench.confirm(16 * MINUTE);
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
  });

  it('a failing poll writes no credential and no address of the API to a log', async () => {
    const bench = await waiting();
    bench.fakes.americas.fault = 'down';
    await bench.confirm();
    expect(bench.lines.join('\n')).not.toMatch(/access-key|americas\.fake|Basic/);
  });

  it('a payment that the provider does not know keeps waiting, with outcome unknown', async () => {
    const bench = await waiting();
    bench.fakes.americas.transactions.clear();
    await bench.confirm();
    expect(bench.ask()?.outcome).toBe('unknown');
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
  });

  it('the pauses between polls double up to 360 minutes, after unavailable up to 15 minutes', () => {
    const found = (attempts: number) => pollPauseMs(attempts, { type: 'found' }) / MINUTE;
    expect([1, 2, 3, 9, 10, 1_000].map(found)).toEqual([1, 2, 4, 256, 360, 360]);
    expect(pollPauseMs(50, { type: 'unavailable' }) / MINUTE).toBe(15);
  });
});

describe('contradictory evidence', () => {
  it('contradictory_evidence causes a poll; the answer is stored as a fact, and the payment stays held', async () => {
    const bench = await waiting();
    await bench.arrive('trustly-americas', capture('1', '12', 'Deny', '8'));
    await bench.confirm();
    const payment = await bench.payment('trustly-americas', '1');
    expect(payment?.holds.map(({ reason }) => reason)).toContain('contradictory_evidence');
    expect(Object.keys(payment?.facts ?? {})).toContainEqual(expect.stringMatching(/^confirmed\/1\//));
    expect(bench.types('1')).not.toContain('fulfil');
  });

  it('a Completed event with status 2 waits for the API and is paid when the API answers status 4', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '2' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Completed', '2'));
    await bench.confirm();
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    await bench.confirm(MINUTE);
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
  });
});

describe('a poll of Paymentwall', () => {
  it('a Paymentwall payment is paid and granted once Payment Status names the amount', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    expect(await bench.status('paymentwall', 'b1')).toBe('awaiting_confirmation');
    await bench.confirm();
    expect(await bench.payment('paymentwall', 'b1')).toMatchObject({
      status: 'paid',
      reading: { moved: usd('9.99') },
      grant: { state: 'granted' },
    });
  });
});

describe('a redirect', () => {
  const redirect = { transactionId: '1', merchantReference: 'order-1' };
  it('a redirect is confirmed by Get Transaction when the merchantReference is the same', async () => {
    const bench = await waiting();
    expect(await confirmRedirect(bench.americas, redirect, bench.deps)).toEqual({
      type: 'confirmed',
      payment: 'trustly-americas:shop:1',
    });
    await bench.settle();
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
  });
  it('a redirect with the merchantReference of another order differs, and no message is queued', async () => {
    const bench = await waiting();
    const stolen = { ...redirect, merchantReference: 'order-2' };
    expect(await confirmRedirect(bench.americas, stolen, bench.deps)).toEqual({ type: 'differs' });
    expect(bench.notifications.sent).toEqual([]);
  });
  it('a redirect is answered as unavailable while the API fails, and as unknown for an unknown transaction', async () => {
    const bench = await waiting();
    bench.fakes.americas.fault = 'failing';
    expect(await confirmRedirect(bench.americas, redirect, bench.deps)).toEqual({
      type: 'unavailable',
      outcome: 'unavailable.status',
    });
    bench.fakes.americas.fault = undefined;
    bench.fakes.americas.transactions.clear();
    expect(await confirmRedirect(bench.americas, redirect, bench.deps)).toEqual({ type: 'unknown' });
  });
});

describe('the confirmer', () => {
  it('the confirmer polls due payments and counts shipping reports in each scheduled run', async () => {
    const bench = await waiting();
    const run = createConfirmer(bench.deps);
    expect(await run({}, () => 60_000)).toEqual({
      due: 1,
      polled: 1,
      answers: 1,
      sent: 0,
      waiting: 0,
      overdue: 0,
    });
  });
  it('the confirmer refuses an invalid shipping report from the bus as refused.report and logs the reason', async () => {
    const bench = await waiting();
    const run = createConfirmer(bench.deps);
    const event = {
      'detail-type': 'delivery.reported',
      detail: { account: 'shop', ref: 'b9', delivery: {} },
    };
    expect(await run(event, () => 60_000)).toBe('kept');
    expect(bench.lines.join('\n')).toMatch(/delivery\.status/);
    expect(bench.metric('DeliveryConfirmations')).toMatchObject([{ outcome: 'refused.report' }]);
  });
  it('the confirmer makes no poll with 1,000 ms left', async () => {
    const bench = await waiting();
    expect(await createConfirmer(bench.deps)({}, () => 1_000)).toMatchObject({ polled: 0 });
  });
});

describe('the policy amountCheck', () => {
  it('a payment with amountCheck when-present is paid without a poll', async () => {
    const policy = livePolicyOf('trustly-americas', { amountCheck: 'when-present' });
    const bench = pollingBench({ americas: { policy } });
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
    expect(await bench.confirm()).toMatchObject({ due: 0 });
  });
});
