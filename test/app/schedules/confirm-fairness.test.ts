/** More polls than an API can answer: payments wait about equally long, and a slow API delays only its own account. */

import { describe, expect, it } from 'vitest';
import { confirmDue } from '../../../shared/app/schedules/confirm.ts';
import type { ProviderClient } from '../../../shared/app/schedules/provider-client.ts';
import { reportShipping, sendDueReports } from '../../../shared/app/schedules/shipping.ts';
import { openShard, paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { confirmItem, paymentOf, shippingItem } from '../../../shared/app/table/rows.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/trustly-americas/account.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { capture, livePolicyOf, pingback, pollingBench, START } from '../../support/polling-bench.ts';
import { range } from '../../support/waiting-rows.ts';

const MINUTE = 60_000;
const ROUND_MS = 55_000;

/** Payments of several accounts that have waited for a poll since START. */
async function waiting(counts: Readonly<Record<string, number>>) {
  const bench = pollingBench();
  await bench.order('order-1', '10.00');
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  const row = await bench.store.get(paymentKeyOf('trustly-americas:shop:1'));
  if (row === undefined) throw new Error('no payment');
  const template = paymentOf(row);
  bench.store.rows.clear();
  for (const [account, count] of Object.entries(counts)) {
    for (const n of range(count)) {
      const id = `${account}${n}`;
      const key = `trustly-americas:${account}:${id}`;
      await bench.store.write([{ put: paymentRow({ ...template, key, account, id }), when: 'absent' }]);
      const due = new Date(START + n).toISOString();
      await bench.store.write([{ put: confirmItem({ payment: key, attempts: 0 }, 1, due), when: 'absent' }]);
    }
  }
  const accounts = Object.keys(counts).map(
    (account): TrustlyAmericasAccount => ({ ...bench.americas, account }),
  );
  return { ...bench, accounts };
}

describe('an API that answers one poll in eight seconds', () => {
  it('each payment is polled once before any is polled again, and waits at most 2.2 times the average', async () => {
    const many = 150;
    const bench = await waiting({ shop: many });
    const waited = new Map<string, number>();
    const again = new Map<string, number>();
    const client = {
      ...bench.deps.client,
      poll: async (_account, question) => {
        const id = question.about === 'payment' ? question.id : '';
        if (waited.has(id)) again.set(id, bench.time.now);
        else waited.set(id, bench.time.now - START);
        bench.time.now += 8_000;
        return { type: 'unknown' };
      },
    } satisfies ProviderClient;
    const shards = new Set(range(many).map((n) => openShard('confirm', `trustly-americas:shop:shop${n}`)));
    expect(shards.size).toBe(8);
    bench.time.now += many;
    for (let round = 1; waited.size < many && round < 400; round++) {
      const endsAt = START + round * MINUTE + ROUND_MS;
      bench.time.now = Math.max(bench.time.now, START + round * MINUTE);
      await confirmDue({ ...bench.deps, client, accounts: bench.accounts }, () => endsAt - bench.time.now);
    }
    const waits = [...waited.values()];
    const average = waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
    expect(waits).toHaveLength(many);
    expect(Math.max(...waits) / average).toBeLessThan(2.2);
    // No payment was polled twice before every payment was polled once.
    expect(again.size).toBe(0);
  });

  it('a slow account does not delay the polls of other accounts, and each account has one poll at a time', async () => {
    const bench = await waiting({ slow: 40, quick: 40, other: 40 });
    const openPolls = new Map<string, number>();
    const maxOpenPolls = new Map<string, number>();
    const polledAccounts: string[] = [];
    const client = {
      ...bench.deps.client,
      poll: async ({ account }) => {
        const now = (openPolls.get(account) ?? 0) + 1;
        openPolls.set(account, now);
        maxOpenPolls.set(account, Math.max(maxOpenPolls.get(account) ?? 0, now));
        polledAccounts.push(account);
        const turns = account === 'slow' ? 200 : 5;
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        openPolls.set(account, now - 1);
        return { type: 'unknown' };
      },
    } satisfies ProviderClient;
    bench.time.now += 1_000;
    const done = await confirmDue({ ...bench.deps, client, accounts: bench.accounts }, () => 60_000);
    expect(done).toMatchObject({ due: 120, polled: 120 });
    expect([...maxOpenPolls.values()]).toEqual([1, 1, 1]);
    // When the quick accounts were finished, the slow account had fewer than 20 polls.
    const last = Math.max(polledAccounts.lastIndexOf('quick'), polledAccounts.lastIndexOf('other'));
    expect(polledAccounts.slice(0, last).filter((account) => account === 'slow').length).toBeLessThan(20);
  });
});

describe('shipping reports', () => {
  it('a due shipping report is sent although 300 overdue unreported shipments are in the same shard', async () => {
    const policy = livePolicyOf('paymentwall', { grantOn: 'authorized', amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { goods: 'physical', policy } });
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    const address = { email: 'a@example.com', country: 'US', city: 'C', zip: '1', state: 'S', street: 'X' };
    const report = {
      ...{ status: 'delivering', merchantReference: 'order-b1', refundable: true },
      estimatedDeliveryAt: '2026-03-05T10:00:00.000Z',
      carrier: { type: 'UPS', trackingId: 'T1' },
      shippingAddress: { ...address, phone: '1', firstname: 'S', lastname: 'L' },
    };
    await reportShipping({ account: 'shop', ref: 'b1' }, report, bench.deps);
    const shard = openShard('delivery', 'paymentwall:shop:b1');
    const [authorizedAt, overdueAt] = [START, START - MINUTE].map((ms) => new Date(ms).toISOString());
    range(4_000)
      .map((n) => `paymentwall:shop:x${n}`)
      .filter((payment) => openShard('delivery', payment) === shard)
      .slice(0, 300)
      .forEach((payment) => {
        const data = { payment, state: 'due', authorizedAt: authorizedAt ?? '', attempts: 0 } as const;
        const row = shippingItem(data, 1, overdueAt);
        bench.store.rows.set(`${row.pk}\u0000${row.sk}`, row);
      });
    // The time is enough for one report: the remaining time is read once before each report.
    let clockReads = 0;
    const done = await sendDueReports(bench.deps, () => (clockReads++ === 0 ? 60_000 : 1_000));
    expect(done).toMatchObject({ sent: 1 });
  });
});
