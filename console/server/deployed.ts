/** What the console reads from AWS, as little as possible: log lines are kept once read, dashboards are read once. */

import { randomBytes } from 'node:crypto';
import type { Connection } from '../../cli/connect.ts';
import { quarantined } from '../../cli/quarantined.ts';
import { readAnswers } from '../../cli/requests/answers.ts';
import { readDuplicates, readSettlements } from '../../cli/requests/settled.ts';
import { scannedRows } from '../../shared/aws/payment-scan.ts';
import type { Backend } from './backend.ts';
import { cached } from './cached.ts';
import { contentsOf } from './contents.ts';
import { deployedDashboards } from './deployed-dashboards.ts';
import { createLive } from './live.ts';
import { tableSnapshots } from './table-snapshot.ts';
import { touchedRows } from './touched-rows.ts';

/** CloudWatch shows a line some time after it was written. */
const LATE_MS = 120_000;
/** Minimum time between two reads of CloudWatch, because every page and every event asks. */
const AGAIN_MS = 5_000;

interface KeptLog<T> {
  readonly clock: () => number;
  /** @param since milliseconds since 1970 */
  readonly read: (since: number) => Promise<readonly T[]>;
}

/** The log's entries since a time. Entries are not read twice, except those of the last two minutes. */
function keptLog<T extends { readonly requestId: string }>({
  clock,
  read,
}: KeptLog<T>): (since: number) => Promise<readonly T[]> {
  const known = new Map<string, T>();
  let from = Number.POSITIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  async function refresh(since: number): Promise<void> {
    const now = clock();
    const isOlder = since < from;
    if (!isOlder && now - readAt < AGAIN_MS) return;
    const start = isOlder ? since : readAt - LATE_MS;
    for (const each of await read(start)) known.set(each.requestId, each);
    from = Math.min(from, since);
    readAt = now;
  }
  return async (since) => {
    // In sequence: two parallel reads would read the same entries.
    running = running.catch(() => {}).then(() => refresh(since));
    await running;
    return [...known.values()];
  };
}

function keptAnswers(connection: Connection, options: DeployedOptions): Backend['answers'] {
  const { clock, fetch: get } = options;
  const read = keptLog({
    clock,
    read: (since) => readAnswers(connection, { since, status: undefined }, get),
  });
  return async (since) => {
    const all = await read(since);
    return all.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at);
  };
}

const DAY_MS = 86_400_000;

/** Duplicates since a day before the console was opened. */
function keptDuplicates(connection: Connection, clock: () => number): Backend['duplicates'] {
  const read = keptLog({ clock, read: (since) => readDuplicates(connection, since) });
  const since = clock() - DAY_MS;
  return async () => ({ absorbed: await read(since), since });
}

/** One read costs little; one for every open page every few seconds would not. */
const LOOK_AGAIN_MS = 10_000;
const MINUTE_MS = 60_000;
/** However large the table is, lists read at most this many pages (1 MB each) of it per minute. */
const PAGES_A_MINUTE = 10;
export const scanServesMs = (pages: number): number =>
  Math.max(MINUTE_MS, (pages / PAGES_A_MINUTE) * MINUTE_MS);
const MOST_ROWS = 20_000;
const MOST_PAGES = 400;
const TOKEN_BYTES = 24;

interface DeployedOptions {
  /** The name as it was typed: "PayhooksLive". */
  readonly name: string;
  readonly actionsAllowed: boolean;
  readonly user: string;
  readonly clock: () => number;
  readonly fetch: typeof fetch;
}

export function deployedBackend(connection: Connection, options: DeployedOptions): Backend {
  const { name, actionsAllowed, user, clock, fetch: get } = options;
  const live = createLive({ clock, quietMs: 0, everyMs: LOOK_AGAIN_MS });
  return {
    ...{ connection, name, actionsAllowed, user, live, now: clock, fetch: get },
    token: randomBytes(TOKEN_BYTES).toString('base64url'),
    tables: tableSnapshots({
      scan: scannedRows({ client: connection.clients.dynamo, table: connection.table }),
      changes: touchedRows(connection.store),
      ...{ clock, serveMs: scanServesMs, most: MOST_ROWS, mostPages: MOST_PAGES },
    }),
    quarantined: cached(() => quarantined(connection), { clock, forMs: MINUTE_MS }),
    answers: keptAnswers(connection, options),
    duplicates: keptDuplicates(connection, clock),
    settled: keptLog({ clock, read: (since) => readSettlements(connection, since) }),
    dashboards: deployedDashboards(connection, clock),
    contents: contentsOf(connection),
  };
}
