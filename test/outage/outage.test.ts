/**
 * An outage of 14 hours of the merchant's stack. Each provider retries as documented, or in the worst possible way if
 * it documents nothing: Trustly Americas every 5 minutes for 12 hours, Paymentwall every 30 minutes, Trustly Europe
 * with growing pauses for ten days. After the outage and one reconciliation, every payment has its right status, fulfil
 * and revoke.
 */

import { describe, expect, it } from 'vitest';
import type { Status } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { type PollingBench, pingback, pollingBench, START } from '../support/polling-bench.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OUTAGE_MS = 14 * HOUR;
const END_MS = 30 * HOUR;

/** The time of attempt `n`, in milliseconds after the first attempt; undefined: the provider gives up. */
type Schedule = (n: number) => number | undefined;
const within =
  (everyMs: number, forMs: number): Schedule =>
  (n) =>
    n * everyMs <= forMs ? n * everyMs : undefined;
const americasSchedule = within(5 * MINUTE, 12 * HOUR);
/**
 * 5 s, 15 s, 45 s, 15 min, 45 min, 90 min, then every three hours up to attempt 87
 * (docs/protocols/trustly-europe.md#delivery).
 */
const EUROPE_PAUSES_MS = [0, 5_000, 15_000, 45_000, 15 * MINUTE, 45 * MINUTE, 90 * MINUTE];
const europeSchedule: Schedule = (n) =>
  n > 87
    ? undefined
    : Array.from({ length: n + 1 }, (_, i) => EUROPE_PAUSES_MS[i] ?? 3 * HOUR).reduce((a, b) => a + b, 0);
/** Paymentwall does not document how long it retries: for ever, or (worse) a few hours. */
const paymentwallSchedules: Readonly<Record<string, Schedule>> = {
  'Paymentwall retries for ever': (n) => n * 30 * MINUTE,
  'Paymentwall gives up after 6 hours': within(30 * MINUTE, 6 * HOUR),
};

/** One message: the time of its first attempt, and the state of the provider's API from then on. */
interface Sent {
  readonly atMs: number;
  readonly provider: ProviderName;
  readonly message: string;
  readonly truth: (bench: PollingBench) => void;
}

interface Story {
  readonly provider: ProviderName;
  readonly id: string;
  readonly sent: readonly Sent[];
  readonly becomes: Status;
  readonly fulfils: 0 | 1;
  readonly revokes: 0 | 1;
}

type Step = readonly [name: string, status: string, atMs: number];

let serial = 1_000;

function americas(
  id: string,
  steps: readonly Step[],
  becomes: Status,
  fulfils: 0 | 1,
  revokes: 0 | 1,
): Story {
  const sent = steps.map(([eventType, status, atMs]): Sent => {
    serial += 1;
    const fields = {
      ...{ merchantId: '1', merchantReference: `order-${id}`, paymentType: '2', transactionType: '3' },
      ...{ eventId: String(serial), eventType, objectId: id, objectType: 'Transaction', status },
    };
    return {
      atMs,
      provider: 'trustly-americas',
      message: new URLSearchParams(fields).toString(),
      truth: ({ fakes }) => fakes.americas.accepted(fields),
    };
  });
  return { provider: 'trustly-americas', id, sent, becomes, fulfils, revokes };
}

function paymentwall(
  id: string,
  steps: readonly Step[],
  becomes: Status,
  fulfils: 0 | 1,
  revokes: 0 | 1,
): Story {
  const sent = steps.map(([type, reason, atMs]): Sent => {
    const fields = { ref: id, type, uid: 'u1', goodsid: `order-${id}` };
    return {
      atMs,
      provider: 'paymentwall',
      message: pingback(id, type, reason === '' ? {} : { reason }),
      truth: ({ fakes }) => fakes.paymentwall.accepted(fields),
    };
  });
  return { provider: 'paymentwall', id, sent, becomes, fulfils, revokes };
}

function europe(id: string, steps: readonly Step[], becomes: Status, fulfils: 0 | 1, revokes: 0 | 1): Story {
  const sent = steps.map(([method, , atMs]): Sent => {
    serial += 1;
    const data = {
      ...{ amount: '10.00', currency: 'USD', messageid: `order-${id}`, orderid: id, enduserid: '1' },
      ...{ notificationid: String(serial), timestamp: '2026-03-01 12:00:00.000000+00', attributes: {} },
    };
    const uuid = `258a2184-2842-b485-25ca-${String(serial).padStart(12, '0')}`;
    const message = JSON.stringify({ method, params: { signature: 'eA==', uuid, data }, version: '1.1' });
    return { atMs, provider: 'trustly-europe', message, truth: () => undefined };
  });
  return { provider: 'trustly-europe', id, sent, becomes, fulfils, revokes };
}

/** Payments that begin before, during and after the outage. `h` is in hours from the begin of the outage. */
function stories(): readonly Story[] {
  const h = (hours: number) => hours * HOUR;
  const begun = (at: number): Step[] => [
    ['Authorize', '2', h(at)],
    ['Process', '3', h(at + 0.2)],
  ];
  return [
    // Notifications of Trustly Americas from the first two hours of the outage are lost for ever.
    americas('101', [...begun(-1), ['Complete', '4', h(0.5)]], 'paid', 1, 0),
    americas('102', [...begun(0.1), ['Complete', '4', h(1)]], 'paid', 1, 0),
    americas('103', [...begun(-2), ['Complete', '4', h(-1)], ['Reverse', '10', h(0.5)]], 'reversed', 1, 1),
    americas('104', [...begun(-1), ['Deny', '8', h(1)]], 'denied', 0, 0),
    americas('105', [...begun(0.2), ['Complete', '4', h(1)], ['Reverse', '10', h(1.5)]], 'reversed', 0, 0),
    americas('106', [...begun(-2), ['Complete', '4', h(-1)], ['Refund', '12', h(1)]], 'refunded', 1, 1),
    // All other notifications come late, in any order.
    americas('107', [...begun(0.5), ['Complete', '4', h(5)]], 'paid', 1, 0),
    americas('108', [...begun(3), ['Complete', '4', h(6)], ['Reverse', '10', h(20)]], 'reversed', 1, 1),
    americas('109', [...begun(9), ['Complete', '4', h(16)]], 'paid', 1, 0),
    americas('110', begun(13), 'processing', 0, 0),
    americas('111', [...begun(15), ['Complete', '4', h(18)]], 'paid', 1, 0),
    paymentwall('b1', [['0', '', h(-1)]], 'paid', 1, 0),
    paymentwall('b2', [['0', '', h(1)]], 'paid', 1, 0),
    paymentwall('b3', [['0', '', h(13.8)]], 'paid', 1, 0),
    paymentwall(
      'b4',
      [
        ['200', '', h(-0.5)],
        ['201', '', h(0.5)],
      ],
      'paid',
      1,
      0,
    ),
    paymentwall(
      'b5',
      [
        ['0', '', h(16)],
        ['2', '9', h(20)],
      ],
      'refunded',
      1,
      1,
    ),
    europe(
      '301',
      [
        ['pending', '', h(-1)],
        ['credit', '', h(1)],
      ],
      'paid',
      1,
      0,
    ),
    europe(
      '302',
      [
        ['credit', '', h(0.2)],
        ['debit', '', h(2)],
      ],
      'reversed',
      1,
      1,
    ),
    europe(
      '303',
      [
        ['pending', '', h(2)],
        ['credit', '', h(12)],
      ],
      'paid',
      1,
      0,
    ),
  ];
}

async function play(all: readonly Story[], paymentwallSchedule: Schedule): Promise<PollingBench> {
  const bench = pollingBench();
  bench.time.now = START - 3 * HOUR;
  for (const { provider, id } of all) {
    const more = provider === 'paymentwall' ? { endUser: 'u1' } : {};
    // The order is registered under Trustly's order id, so the notification matches only this order.
    const named = { provider, account: 'shop', aliases: [{ type: 'id', value: id }] };
    const europe = provider === 'trustly-europe' ? named : {};
    await bench.order(`order-${id}`, provider === 'paymentwall' ? '9.99' : '10.00', { ...more, ...europe });
  }
  const isOut = (atMs: number): boolean => atMs >= 0 && atMs < OUTAGE_MS;
  const scheduleOf: Readonly<Record<ProviderName, Schedule>> = {
    'trustly-americas': americasSchedule,
    'trustly-europe': europeSchedule,
    paymentwall: paymentwallSchedule,
  };
  const timeline = all
    .flatMap(({ sent }) => sent)
    .flatMap(({ atMs, provider, message, truth }) => {
      const happened = { atMs, run: async () => truth(bench) };
      for (let n = 0; ; n++) {
        const after = scheduleOf[provider](n);
        if (after === undefined) return [happened];
        if (!isOut(atMs + after)) {
          return [happened, { atMs: atMs + after + 1, run: () => bench.arrive(provider, message) }];
        }
      }
    });
  for (let atMs = -2 * HOUR; atMs < END_MS; atMs += 10 * MINUTE) {
    if (!isOut(atMs)) timeline.push({ atMs: atMs + 2, run: async () => void (await bench.confirm()) });
  }
  for (const { atMs, run } of timeline.sort((a, b) => a.atMs - b.atMs)) {
    bench.time.now = Math.max(bench.time.now, START + atMs);
    await run();
  }
  return bench;
}

describe.each(Object.entries(paymentwallSchedules))('an outage of 14 hours: %s', (_name, schedule) => {
  it('every payment has its expected status, fulfil and revoke after an outage of 14 hours and one reconciliation', async () => {
    const all = stories();
    const bench = await play(all, schedule);
    const since = new Date(START - HOUR).toISOString();
    const report = await bench.reconcile({ since });
    for (let run = 0; run < 3; run++) await bench.confirm(20 * MINUTE);

    const found = await Promise.all(
      all.map(async ({ provider, id }) => {
        const types = bench.types(id);
        const count = (type: string) => types.filter((each) => each === type).length;
        const payment = await bench.payment(provider, id);
        return {
          id,
          becomes: payment?.status,
          fulfils: count('fulfil'),
          revokes: count('revoke'),
          holds: payment?.holds.map(({ reason }) => reason),
        };
      }),
    );
    expect(found).toEqual(
      all.map(({ id, becomes, fulfils, revokes }) => ({ id, becomes, fulfils, revokes, holds: [] })),
    );
    expect(report.mended).toBeGreaterThanOrEqual(6);
    expect(report.unexplained).toBe(0);
  });

  it('a second reconciliation after an outage mends nothing and sends neither fulfil nor revoke', async () => {
    const bench = await play(stories(), schedule);
    const since = new Date(START - HOUR).toISOString();
    await bench.reconcile({ since });
    await bench.confirm(MINUTE);
    bench.events.splice(0);
    expect(await bench.reconcile({ since })).toMatchObject({ mended: 0, unexplained: 0 });
    expect(bench.events.filter(({ type }) => type === 'fulfil' || type === 'revoke')).toEqual([]);
  });
});

it('control: without a reconciliation the payments with lost notifications keep wrong statuses', async () => {
  const bench = await play(stories(), paymentwallSchedules['Paymentwall gives up after 6 hours'] as Schedule);
  expect(await bench.status('trustly-americas', '101')).toBe('processing');
  expect(await bench.status('trustly-americas', '102')).toBeUndefined();
  expect(await bench.status('trustly-americas', '103')).toBe('paid');
  expect(await bench.status('paymentwall', 'b2')).toBeUndefined();
});
