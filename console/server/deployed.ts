/** What the console asks AWS for, as little as possible of it: logs that were read are kept, dashboards are read once. */
import { randomBytes } from 'node:crypto';
import type { Connection } from '../../cli/connect.ts';
import { type Answered, readAnswers } from '../../cli/requests/answers.ts';
import { scannedRows } from '../../shared/aws/payment-scan.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Backend } from './backend.ts';
import { cached } from './cached.ts';
import { contentsOf } from './contents.ts';
import type { DashboardSource, LineQuery, WidgetLines } from './dashboards.ts';
import { createLive } from './live.ts';
import { tableSnapshots } from './snapshot.ts';

/** CloudWatch shows a line some time after it was written. */
const LATE_MS = 120_000;
/** Every page and every event asks: CloudWatch is asked so often. */
const AGAIN_MS = 5_000;

/** Requests since a time; logs that were read once are not read again, but for the last two minutes. */
function keptAnswers(
  connection: Connection,
  { clock, fetch: get }: { readonly clock: () => number; readonly fetch: typeof fetch },
): (since: number) => Promise<readonly Answered[]> {
  const known = new Map<string, Answered>();
  let from = Number.POSITIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  async function refresh(since: number): Promise<void> {
    const now = clock();
    const isOlder = since < from;
    if (!isOlder && now - readAt < AGAIN_MS) return;
    const start = isOlder ? since : readAt - LATE_MS;
    for (const answered of await readAnswers(connection, { since: start, status: undefined }, get)) {
      known.set(answered.requestId, answered);
    }
    from = Math.min(from, since);
    readAt = now;
  }
  return async (since) => {
    // One after another: two reads at once would read the same.
    running = running.catch(() => {}).then(() => refresh(since));
    await running;
    return [...known.values()].filter(({ at }) => at >= since).sort((a, b) => a.at - b.at);
  };
}

const HOUR_MS = 3_600_000;
const METRICS_MS = 60_000;
const NAMES = ['business', 'engineering'];

/** Dashboards as they are deployed, and what CloudWatch has for them. */
function deployedDashboards(connection: Connection, clock: () => number): DashboardSource {
  const bodies = cached(() => bodiesOf(connection), { clock, forMs: HOUR_MS });
  const lines = new Map<string, () => Promise<WidgetLines>>();
  return {
    bodies,
    read: (queries, { from, to }) => {
      // A minute more or less is the same picture.
      const minute = Math.floor(to / METRICS_MS) * METRICS_MS;
      const range = { from: minute - (to - from), to: minute };
      const name = JSON.stringify([queries, to - from]);
      const read = () => metricData(connection, queries, range);
      const known = lines.get(name) ?? cached(read, { clock, forMs: METRICS_MS });
      lines.set(name, known);
      return known();
    },
  };
}

async function bodiesOf({ clients, resource }: Connection) {
  const { GetDashboardCommand } = await import('@aws-sdk/client-cloudwatch');
  return Promise.all(
    NAMES.map(async (short) => {
      const name = resource(short);
      const { DashboardBody = '{}' } = await clients.cloudWatch.send(
        new GetDashboardCommand({ DashboardName: name }),
      );
      return { name, body: DashboardBody };
    }),
  );
}

async function metricData(
  { clients }: Connection,
  queries: readonly LineQuery[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<WidgetLines> {
  if (queries.length === 0) return { series: [] };
  const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const { MetricDataResults = [] } = await clients.cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(from),
      EndTime: new Date(to),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: queries.map(queryOf),
    }),
  );
  return {
    series: MetricDataResults.map(({ Label = '', Timestamps = [], Values = [] }) => ({
      label: Label,
      points: Timestamps.map((at, index) => [at.getTime() / 1_000, Values[index] ?? 0] as const),
    })),
  };
}

function queryOf(query: LineQuery, index: number) {
  const more = { Id: query.id ?? `q${index}`, ReturnData: !query.hidden, ...defined({ Label: query.label }) };
  if ('expression' in query) return { ...more, Expression: query.expression, Period: query.periodSeconds };
  const { metric, statistic, periodSeconds } = query;
  return {
    ...more,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSeconds,
      Stat: statistic,
    },
  };
}

/** An operator's look costs little; that of every open page, every few seconds, would not. */
const LOOK_AGAIN_MS = 10_000;
const SCAN_SERVES_MS = 60_000;
const MOST_ROWS = 20_000;
const MOST_PAGES = 400;
const TOKEN_BYTES = 24;

interface DeployedOptions {
  /** As it was given: "PayhooksLive". */
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
      ...{ clock, version: () => live.now().version },
      ...{ serveMs: SCAN_SERVES_MS, most: MOST_ROWS, mostPages: MOST_PAGES },
    }),
    answers: keptAnswers(connection, { clock, fetch: get }),
    dashboards: deployedDashboards(connection, clock),
    contents: contentsOf(connection),
  };
}
