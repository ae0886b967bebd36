/**
 * Messages and rows of extreme length and number, through the worker: each row and message stays within the limits of
 * DynamoDB and SQS (the store in memory enforces them), or is refused with a sentence. No message is lost.
 */
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../shared/app/ports.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { paymentItem } from '../../../shared/app/table/rows.ts';
import { createTransitionHandler } from '../../../shared/app/transition/handler.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { MAX_CONFLICTS, MAX_DECISIONS } from '../../../shared/payment/holds.ts';
import { MAX_REFUNDS, parseRefund } from '../../../shared/payment/refunds.ts';
import type { HoldDecision, Payment } from '../../../shared/payment/types.ts';
import { providers } from '../../../shared/providers/index.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { batch, context } from '../../compat/worker.ts';
import {
  ACCOUNTS,
  americas,
  ENVELOPE_KEYS,
  envelopeOf,
  europe,
  type Message,
  paymentwall,
} from '../../engines/messages.ts';
import { bytesOfRow, MAX_ITEM_BYTES } from '../../support/aws-limits.ts';
import { signedByTrustly } from '../../support/trustly-signature.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

function bench() {
  const made = workerBench();
  const deps = { ...made.deps, providers, accounts: ACCOUNTS, envelopeKeys: async () => ENVELOPE_KEYS };
  const handler = createTransitionHandler(deps);
  const apply = async (...bodies: readonly string[]) =>
    (await handler(batch(...bodies), context)).batchItemFailures;
  return { ...made, deps, apply };
}
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const at = new Date(START).toISOString();

describe('many refunds that become known at once', () => {
  it.each([1, 20, 21, 60, 99])(
    '%i refunds that become known at once leave one payment.refunded effect each, and no message fails',
    async (count) => {
      const { apply, deps, memory, notifications, time } = bench();
      for (let n = 1; n <= count; n++) {
        const message = europe(
          '9000000001',
          'order-1',
          'payoutconfirmation',
          `1.${String(n).padStart(2, '0')}`,
          n,
        );
        expect(await apply(envelopeOf(message, at))).toEqual([]);
      }
      // Without the order the notices read as those of a payout. The order states that the money comes in.
      const order = { reference: 'order-1', amounts: [{ currency: 'EUR', exact: '902.50' }] };
      await registerOrder(deps.store, notifications, parseOrder(order, at));
      for (let round = 0; round < 12; round++) {
        expect(await apply(...notifications.sent.splice(0).map(({ body }) => body))).toEqual([]);
        time.now += 60_000;
        await sweep(deps, () => 60_000);
      }
      const [payment] = memory.data<Payment>('payment');
      expect(payment?.reading.refundsSeen).toHaveLength(count);
      const effects = memory.data<{ type: string; event: { refund?: { id?: string } } }>('effect#');
      const ids = effects
        .filter(({ type }) => type === 'payment.refunded')
        .map(({ event }) => event.refund?.id);
      expect(ids).toHaveLength(count);
      expect(new Set(ids).size).toBe(count);
    },
  );
});

const LONG = '～'.repeat(255);
const stories: Readonly<Record<string, (n: number) => Message>> = {
  'trustly-europe': (n) => {
    const method =
      (['pending', 'credit', 'debit', 'payoutconfirmation', 'payoutfailed', 'cancel', 'account'] as const)[
        n % 7
      ] ?? 'credit';
    return europe('9000000002', `${LONG}${n}`, method, `${n}.01`, n);
  },
  'trustly-americas': (n) => {
    const [event, status] = (
      [
        ['Complete', '4'],
        ['Process', '3'],
        ['Reverse', '10'],
        ['Dispute', '9'],
        ['Reconcile', '4'],
      ] as const
    )[n % 5] ?? ['Complete', '4'];
    return americas('9000000003', `${LONG.slice(0, 250)}${n}`, event, status, n);
  },
  paymentwall: (n) =>
    paymentwall(
      'b9000000004',
      `${LONG}${n}`,
      ['0', '1', '200', '201', '203', '2'][n % 6] ?? '0',
      n % 6 === 5 ? String(n % 10) : undefined,
    ),
};

/** A payment keeps a hundred entries of facts. Further notifications add only their own rows. */
describe('160 notifications of one payment with the longest names', () => {
  it.each(Object.keys(stories))(
    '%s: 160 notifications with the longest names are applied, and the payment row stays below MAX_ITEM_BYTES',
    async (provider) => {
      const messageOf = stories[provider];
      if (messageOf === undefined) throw new Error(provider);
      const { apply, deliverAll, memory } = bench();
      for (let n = 0; n < 160; n += 10) {
        const messages = Array.from({ length: 10 }, (_, each) => envelopeOf(messageOf(n + each), at));
        expect(await apply(...messages)).toEqual([]);
      }
      const payments = memory.data<Payment>('payment');
      expect(payments).toHaveLength(1);
      // The payment's row is within the limit also with all its lists full.
      const [payment] = payments;
      if (payment === undefined) throw new Error('no payment');
      expect(bytesOfRow(fullRow(payment))).toBeLessThan(MAX_ITEM_BYTES);
      await deliverAll();
    },
  );
});

/** The row of the payment with the lists of refunds, decisions and conflicts at their limits. */
function fullRow(payment: Payment): Item {
  const refunds = range(MAX_REFUNDS).map((n) =>
    parseRefund(
      { reference: `${LONG.slice(0, 250)}${n}`, payment: payment.key, amount: '1.00', currency: 'EUR' },
      at,
    ),
  );
  const decision: HoldDecision = {
    reason: 'waiting',
    digest: 'f'.repeat(32),
    verdict: 'confirm',
    evidence: 'e'.repeat(64),
    paid: { amount: '123456789012.34', currency: 'EUR' },
    by: '～'.repeat(128),
    note: '～'.repeat(500),
    at,
  };
  const full: Payment = {
    ...payment,
    refunds,
    decisions: range(MAX_DECISIONS).map(() => decision),
    conflicts: range(MAX_CONFLICTS).map((n) => `${'9'.repeat(64)}${n}#${'f'.repeat(16)}`),
  };
  return paymentItem(full, { isPolled: false });
}

describe('an unreadable message of one megabyte', () => {
  it('an unreadable message of one megabyte is parked as unreadable_message in a row that DynamoDB accepts', async () => {
    const { apply, memory } = bench();
    // Characters of three bytes each, in a text that does not compress.
    const text = range(349_000)
      .map((n) => String.fromCharCode(0x4e00 + ((n * 7_919) % 20_011)))
      .join('');
    expect(await apply(text)).toEqual([]);
    const parked = memory.all().filter(({ pk }) => pk.startsWith('parked#'));
    expect(parked).toMatchObject([{ data: { reason: 'unreadable_message' } }]);
  });
});

describe('the longest request that intake accepts', () => {
  it('the longest request that intake accepts goes into quarantine in a row that DynamoDB accepts', async () => {
    const { apply, memory } = bench();
    const message: Message = {
      provider: 'trustly-europe',
      text: signedByTrustly(
        JSON.stringify({
          method: 'credit',
          params: {
            signature: 'x',
            uuid: '258a2184-2842-b485-25ca-293525152425',
            data: { notificationid: '1', orderid: '2', filler: '～'.repeat(65_000 / 3) },
          },
          version: '1.1',
        }),
      ),
    };
    const envelope = { ...JSON.parse(envelopeOf(message, at)), quarantine: 'ambiguous' };
    expect(await apply(JSON.stringify(envelope))).toEqual([]);
    expect(memory.all().filter(({ pk }) => pk.startsWith('quarantine#')).length).toBeGreaterThan(0);
  });
});

describe('the largest order', () => {
  it('the largest order fits into rows, and the message to a payment that waits for it fits into a queue', async () => {
    const { apply, deps, memory, notifications } = bench();
    const waiting = europe('9000000005', `${LONG}x`, 'credit', '5.00', 1);
    expect(await apply(envelopeOf(waiting, at))).toEqual([]);
    expect(notifications.sent).toEqual([]);
    const currencies = ['EUR', 'USD', 'GBP', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF', 'CHF'];
    const order = {
      reference: `${LONG}x`,
      endUser: `${LONG}y`,
      provider: 'trustly-europe',
      account: 'shop',
      amounts: currencies.map((currency) => ({ currency, min: '1.00', max: '123456789.00' })),
      aliases: range(9).map((n) => ({ type: 'id', value: `${LONG}${n}` })),
    };
    await registerOrder(deps.store, notifications, parseOrder(order, at));
    const sent = notifications.sent.splice(0).map(({ body }) => body);
    expect(sent).toHaveLength(1);
    expect(await apply(...sent)).toEqual([]);
    expect(memory.data<Payment>('payment')).toMatchObject([{ orderReference: order.reference }]);
  });
});
