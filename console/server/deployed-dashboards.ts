/** The deployed dashboards, with CloudWatch's values. */
import type { GetMetricDataCommandInput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { Connection } from '../../cli/connect.ts';
import { defined } from '../../shared/payment/defined.ts';
import { cached } from './cached.ts';
import type { DashboardSource, LineQuery, Range, WidgetLines } from './dashboard-source.ts';
import { unlessDenied } from './unless-denied.ts';

const HOUR_MS = 3_600_000;
const METRICS_MS = 60_000;
const NAMES = ['business', 'engineering'];
/** Maximum number of pages of one GetMetricData query. */
const MOST_PAGES = 20;
/** CloudWatch's largest answer, and its largest widget. */
const MOST_ALARMS = 100;

/** Number of widgets whose lines are cached: two dashboards, with several ranges. */
const MOST_KEPT = 200;

export function deployedDashboards(connection: Connection, clock: () => number): DashboardSource {
  const bodies = cached(() => bodiesOf(connection), { clock, forMs: HOUR_MS });
  const lines = new Map<string, () => Promise<WidgetLines>>();
  function kept(name: string, read: () => Promise<WidgetLines>): Promise<WidgetLines> {
    const known = lines.get(name) ?? cached(read, { clock, forMs: METRICS_MS });
    if (lines.size >= MOST_KEPT) lines.clear();
    lines.set(name, known);
    return known();
  }
  return {
    bodies,
    read: (queries, { from, to }) => {
      // Each read uses the time at which it is made.
      const read = () => {
        const minute = Math.floor((isNow(to, clock()) ? clock() : to) / METRICS_MS) * METRICS_MS;
        return metricData(connection, queries, { from: minute - (to - from), to: minute });
      };
      // A range that ends now is cached under "now": a minute more or less gives the same picture.
      return kept(JSON.stringify([queries, to - from, isNow(to, clock()) ? 'now' : to]), read);
    },
    alarms: (arns) => kept(JSON.stringify(arns), () => alarmStates(connection, arns)),
  };
}

const isNow = (to: number, now: number): boolean => Math.abs(now - to) < METRICS_MS;

async function bodiesOf({ clients, resource }: Connection) {
  const { DashboardNotFoundError, GetDashboardCommand } = await import('@aws-sdk/client-cloudwatch');
  const found = await Promise.all(
    NAMES.map(async (short) => {
      const name = resource(short);
      try {
        const { DashboardBody = '{}' } = await clients.cloudWatch.send(
          new GetDashboardCommand({ DashboardName: name }),
        );
        return [{ name, body: DashboardBody }];
      } catch (error) {
        // Somebody deleted this dashboard by hand; the other one is still shown.
        if (error instanceof DashboardNotFoundError) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

/** 1: the alarm rings; no point: CloudWatch has too little data. */
async function alarmStates({ clients }: Connection, arns: readonly string[]): Promise<WidgetLines> {
  const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const command = new DescribeAlarmsCommand({
    AlarmNames: arns.map((arn) => arn.split(':alarm:')[1] ?? arn),
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    MaxRecords: MOST_ALARMS,
  });
  const answer = await unlessDenied(clients.cloudWatch.send(command), 'denied' as const);
  if (answer === 'denied') {
    return { series: [], note: 'AWS does not allow you to see the alarms (cloudwatch:DescribeAlarms).' };
  }
  const { MetricAlarms = [], CompositeAlarms = [] } = answer;
  return {
    series: [...MetricAlarms, ...CompositeAlarms].map((alarm) => {
      const { AlarmName: label = '', StateValue, StateUpdatedTimestamp: at } = alarm;
      const value = StateValue === 'ALARM' ? 1 : 0;
      const isKnown = StateValue === 'ALARM' || StateValue === 'OK';
      return { label, points: isKnown ? [[(at?.getTime() ?? 0) / 1_000, value] as const] : [] };
    }),
  };
}

async function metricData(
  { clients }: Connection,
  queries: readonly LineQuery[],
  { from, to }: Range,
): Promise<WidgetLines> {
  if (queries.length === 0) return { series: [] };
  const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const input: GetMetricDataCommandInput = {
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: queries.map(queryOf),
  };
  const found = new Map<string, { readonly label: string; readonly points: [number, number][] }>();
  let NextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await clients.cloudWatch.send(
      new GetMetricDataCommand({ ...input, ...defined({ NextToken }) }),
    );
    for (const result of answer.MetricDataResults ?? []) gather(found, result);
    NextToken = answer.NextToken;
    if (NextToken === undefined) break;
  }
  return { series: [...found.values()] };
}

/** A line may continue on the next page; a SEARCH has several lines under one id. */
function gather(
  found: Map<string, { readonly label: string; readonly points: [number, number][] }>,
  { Id = '', Label = '', Timestamps = [], Values = [] }: MetricDataResult,
): void {
  const name = JSON.stringify([Id, Label]);
  const line = found.get(name) ?? { label: Label, points: [] };
  line.points.push(
    ...Timestamps.map((at, index): [number, number] => [at.getTime() / 1_000, Values[index] ?? 0]),
  );
  found.set(name, line);
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
