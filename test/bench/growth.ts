/** The cost of one more notification as payment, table and accounts grow, counted at the ports and not measured. */

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Counted, nothingCounted } from '../../cli/cost/units.ts';
import { parseConfig } from '../../infra/config.ts';
import { bundle } from '../../infra/constructs/bundles.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { workerBench } from '../support/worker-bench.ts';
import { CountingStore } from './counting-store.ts';
import { INTAKES } from './intakes.ts';
import { type Panel, plotOf } from './plot.ts';
import type { Figure } from './statistics.ts';

export interface Point {
  /** The size: earlier notifications of the payment, or payments in the table. */
  readonly at: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Begun KB of the payment's row. */
  readonly rowKb: number;
}

const delta = (before: Counted, after: Counted, at: number): Point => ({
  at,
  writeUnits: after.writeUnits - before.writeUnits,
  readUnits: after.readUnits - before.readUnits,
  rowKb: Math.ceil((after.writes.findLast(({ row }) => row === 'payment')?.bytes ?? 0) / 1_024),
});

/** The cost of the n-th notification of one payment, each with its own fact. The first notification is `paid`. */
export async function byHistory(most: number): Promise<readonly Point[]> {
  const counted = nothingCounted();
  const bench = workerBench({ store: new CountingStore(counted) });
  const points: Point[] = [];
  for (let n = 0; n < most; n += 1) {
    const before = { ...counted };
    await bench.apply(bench.envelope({ key: `k${n}`, fact: n === 0 ? 'paid' : `fact${n}` }));
    await bench.deliverAll();
    points.push(delta(before, counted, n));
  }
  return points;
}

/** The cost of a new payment's notification, for these numbers of payments in the table. */
export async function byTable(sizes: readonly number[]): Promise<readonly Point[]> {
  const counted = nothingCounted();
  const bench = workerBench({ store: new CountingStore(counted) });
  const points: Point[] = [];
  let n = 0;
  for (const size of sizes) {
    for (; n <= size; n += 1) {
      const before = { ...counted };
      await bench.apply(bench.envelope({ key: `k${n}`, payment: `p${n}` }));
      await bench.deliverAll();
      if (n === size) points.push(delta(before, counted, size));
    }
  }
  return points;
}

/** KB of the largest intake bundle, for these numbers of accounts of each of two providers. */
function byAccounts(counts: readonly number[]): readonly { readonly at: number; readonly kb: number }[] {
  return counts.map((at) => {
    const { accounts } = parseConfig({
      environment: 'sandbox',
      probe: false,
      target: { type: 'eventbridge' },
      accounts: Array.from({ length: at }, (_, index) => [
        { provider: 'paymentwall', account: `goods-${index}`, api: 'digital_goods', signatureVersion: 3 },
        { provider: 'trustly-americas', account: `shop-${index}` },
      ]).flat(),
    });
    const bundles = bundle({ functions: INTAKES, accounts });
    try {
      const sizes = INTAKES.map((name) => statSync(join(bundles.folderOf(name), 'index.cjs')).size);
      return { at, kb: Math.max(...sizes) / 1_000 };
    } finally {
      bundles.remove();
    }
  });
}

const BUNDLE_BAR_KB = 80;

/** A rotation has two keys (current, next); larger numbers show the slope. */
const KEYS = [1, 2, 4, 8];

/** Number of digests for a pingback that none of the keys has signed, for these numbers of keys. */
export function byKeys(
  counts: readonly number[] = KEYS,
): readonly { readonly at: number; digests: number }[] {
  const [account] = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
  }).accounts;
  const params = [
    ...([
      ['uid', 'u1'],
      ['goodsid', 'gold'],
      ['slength', ''],
      ['speriod', ''],
      ['type', '0'],
    ] as const),
    ['ref', 'b1'] as const,
  ];
  const stranger = { secretKey: 'f'.repeat(32), version: 3, api: 'digital_goods' } as const;
  const request = {
    ...{ method: 'GET', rawQuery: signPingback(params, stranger), headers: {}, body: Buffer.alloc(0) },
    sourceIp: '192.0.2.1',
  };
  return counts.map((at) => {
    let digests = 0;
    const projects = Array.from({ length: at }, (_, index) => ({
      keyId: index === 0 ? ('current' as const) : ('next' as const),
      get secret() {
        digests += 1;
        return `${index}`.repeat(32);
      },
      fingerprint: '',
      projectKey: undefined,
    }));
    const { authentic } = paymentwall.verify(request, account as PaymentwallAccount, { projects });
    if (authentic) throw new Error('a forged pingback was accepted');
    return { at, digests };
  });
}

const panels = (
  history: readonly Point[],
  table: readonly Point[],
  accounts: ReturnType<typeof byAccounts>,
  keys: ReturnType<typeof byKeys>,
): readonly Panel[] => [
  {
    title: 'One more notification of one payment',
    along: 'notifications of the payment before',
    most: 24,
    lines: [
      { name: 'write units', points: history.map(({ at, writeUnits }) => [at, writeUnits]) },
      { name: 'read units', points: history.map(({ at, readUnits }) => [at, readUnits]) },
    ],
  },
  {
    title: 'The first notification of a new payment',
    along: 'payments in the table',
    most: 24,
    lines: [
      { name: 'write units', points: table.map(({ at, writeUnits }) => [at, writeUnits]) },
      { name: 'read units', points: table.map(({ at, readUnits }) => [at, readUnits]) },
    ],
  },
  {
    title: 'The largest intake',
    along: 'accounts of each of two providers',
    most: 80,
    lines: [{ name: 'KB', points: accounts.map(({ at, kb }) => [at, Math.round(kb)]) }],
  },
  {
    title: 'A forged request',
    along: 'keys that it is tried with',
    most: 8,
    lines: [{ name: 'digests', points: keys.map(({ at, digests }) => [at, digests]) }],
  },
];

/** @param plot path of the picture; absent: no picture */
export async function measureGrowth(plot?: string): Promise<readonly Figure[]> {
  const history = await byHistory(100);
  const table = await byTable([0, 100, 1_000, 5_000]);
  const accounts = byAccounts([1, 10, 30, 60]);
  const keys = byKeys();
  if (plot !== undefined) writeFileSync(plot, plotOf(panels(history, table, accounts, keys)));
  const units = (what: string, value: number): Figure => ({ what, value, unit: 'units' });
  return [
    ...[1, 10, 50, 99].flatMap((n) => {
      const point = history[n];
      return point === undefined
        ? []
        : [
            units(`write units of the notification after ${n} of its payment`, point.writeUnits),
            units(`read units of the notification after ${n} of its payment`, point.readUnits),
          ];
    }),
    ...table.map(({ at, writeUnits }) => units(`write units with ${at} payments in the table`, writeUnits)),
    ...keys.map(
      ({ at, digests }): Figure => ({
        what: `digests of a forged request with ${at} keys`,
        value: digests,
        unit: 'count',
      }),
    ),
    ...accounts.map(
      ({ at, kb }): Figure => ({
        what: `largest intake with ${at} accounts of each of two providers`,
        value: kb,
        unit: 'KB',
        bar: BUNDLE_BAR_KB,
      }),
    ),
  ];
}
