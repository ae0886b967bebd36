/**
 * Our metrics and AWS's, by the names that alarms and dashboards use. A test compares every name with the emitted
 * metrics.
 */

import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type Dimensions, dimensionSets, type MetricName } from '../../shared/app/platform/metrics.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Environment } from '../../shared/payment/types.ts';
import { METRICS_NAMESPACE, serviceName } from '../names.ts';
import type { Watched } from './alarms/watched.ts';
import { OPEN_INDEX } from './tables.ts';

export const MINUTES_5 = Duration.minutes(5);

export interface Reading {
  /** "Sum" (default), "Maximum", "p99"… */
  readonly statistic?: string;
  /** Five minutes when absent. */
  readonly period?: Duration;
  readonly label?: string;
}

/** Metrics of one environment. */
export class OwnMetrics {
  private readonly service: string;

  constructor(environment: Environment) {
    this.service = serviceName(environment);
  }

  /** @throws Error when the metric is not published under exactly these dimensions */
  of(metricName: MetricName, reading: Reading = {}, dimensions: Dimensions = {}): Metric {
    const names = Object.keys(dimensions);
    assertPublished(metricName, names);
    const { statistic = 'Sum', period = MINUTES_5, label } = reading;
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: this.service, ...dimensions },
      statistic,
      period,
      ...defined({ label }),
    });
  }

  /** One line for every value of these dimensions; for dashboards only (alarms cannot search). */
  every(metricName: MetricName, by: readonly (keyof Dimensions)[], statistic = 'Sum'): IMetric {
    assertPublished(metricName, by);
    const schema = [METRICS_NAMESPACE, 'service', ...by].join(',');
    const label = by.map((name) => `\${PROP('Dim.${name}')}`).join(' ');
    return new MathExpression({
      expression: `SEARCH('{${schema}} service="${this.service}" MetricName="${metricName}"', '${statistic}', ${MINUTES_5.toSeconds()})`,
      label,
      period: MINUTES_5,
    });
  }
}

function assertPublished(metricName: MetricName, names: readonly string[]): void {
  const wanted = [...names].sort().join();
  if (dimensionSets(metricName).some((set) => [...set].sort().join() === wanted)) return;
  throw new Error(`${metricName} is not published by [${names.join()}] (shared/app/platform/metrics.ts)`);
}

/** A metric of an HTTP API; a REST API's metrics have other names. */
export const gatewayMetric = (
  ApiId: string,
  metricName: '4xx' | '5xx' | 'Count' | 'Latency' | 'IntegrationLatency',
  { statistic = 'Sum', period = MINUTES_5, label }: Reading = {},
): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId, Stage: '$default' },
    statistic,
    period,
    ...defined({ label }),
  });

/** Throttle metrics of every table and of the index, which the table's own metric leaves out. */
export function throttlesOf({ tables, vault }: Pick<Watched, 'tables' | 'vault'>): readonly Metric[] {
  const { tableName: main } = tables.main;
  const { tableName: idempotency } = tables.idempotency;
  return [
    ...throttles('table', { TableName: main }),
    ...throttles('index', { TableName: main, GlobalSecondaryIndexName: OPEN_INDEX }),
    ...throttles('idempotency', { TableName: idempotency }),
    ...(vault === undefined ? [] : throttles('vault', { TableName: vault.table.tableName })),
  ];
}

const throttles = (what: string, dimensionsMap: Readonly<Record<string, string>>): readonly Metric[] =>
  (['Read', 'Write'] as const).map(
    (kind) =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: `${kind}ThrottleEvents`,
        dimensionsMap,
        statistic: 'Sum',
        period: MINUTES_5,
        label: `${what}: ${kind.toLowerCase()}s`,
      }),
  );

export const latencyOf = ({ tableName: TableName }: TableV2, Operation: string): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'SuccessfulRequestLatency',
    dimensionsMap: { TableName, Operation },
    statistic: 'p99',
    period: MINUTES_5,
    label: Operation,
  });

/** Metric math over these metrics. */
export const math = (
  label: string,
  expression: string,
  usingMetrics: Record<string, IMetric>,
  period = MINUTES_5,
): MathExpression => new MathExpression({ expression, usingMetrics, period, label });

/** The sum of metrics as one expression; for an alarm at most ten. */
export function sumOf(metrics: readonly IMetric[], label: string): IMetric {
  const entries = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return math(label, entries.map(([id]) => `FILL(${id}, 0)`).join(' + '), Object.fromEntries(entries));
}
