/**
 * Two objectives, and alarms that ring by how fast their error budget burns. CloudWatch's alarms take metrics of one
 * period each, so every window is an alarm of its own without actions, and a composite alarm rings while both of its
 * windows burn: the long window shows that it matters, the short one that it still goes on.
 * https://sre.google/workbook/alerting-on-slos/, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { gatewayMetric, math, type OwnMetrics } from '../metrics.ts';
import type { AlarmSpec, Severity } from './spec.ts';

/** How long a provider waits for an answer (docs/protocols/trustly-americas.md#delivery). */
const ANSWERED_WITHIN_MS = 3_000;
/** Fewer failures show no trend: with ten payments a day, each slow answer would page somebody. */
const AT_LEAST = 3;

interface Objective {
  readonly name: string;
  readonly title: string;
  /** The objective: a percentage, 0 to 100. */
  readonly percent: number;
  readonly says: string;
  /** Metric math, over `metrics`: the number of failures, and the number of all events. */
  readonly failed: { readonly expression: string; readonly of: string };
  readonly metrics: (period: Duration) => Record<string, IMetric>;
}

interface Burn {
  readonly name: string;
  /** Burn rate: 1 uses up the budget in thirty days. */
  readonly rate: number;
  readonly windows: readonly [short: Window, long: Window];
  readonly severity: Severity;
  readonly says: string;
}

interface Window {
  readonly name: string;
  readonly period: Duration;
}

/** An alarm that rings while all of these ring. */
export interface CompositeSpec extends Pick<AlarmSpec, 'name' | 'says' | 'severity'> {
  readonly runbook: string;
  readonly all: readonly AlarmSpec[];
}

const BURNS: readonly Burn[] = [
  {
    name: 'fast',
    rate: 14.4,
    windows: [
      { name: '5m', period: Duration.minutes(5) },
      { name: '1h', period: Duration.hours(1) },
    ],
    severity: 'page',
    says: 'two per cent of the budget of a month burn in an hour',
  },
  {
    name: 'slow',
    rate: 6,
    windows: [
      { name: '30m', period: Duration.minutes(30) },
      { name: '6h', period: Duration.hours(6) },
    ],
    severity: 'ticket',
    says: 'five per cent of the budget of a month burn in six hours',
  },
];

export const objectives = (own: OwnMetrics, apiId: string): readonly Objective[] => [
  {
    name: 'slo-answers',
    title: 'Requests answered within 3 s and not with 5xx',
    percent: 99.9,
    says: 'Of all requests 99.9 % are to be answered within 3 s and not with 5xx',
    failed: {
      // CloudWatch gives the share of answers within the time in per cent. 100 without any answer: then none is late.
      expression: 'FILL(errors, 0) + (100 - FILL(intime, 100)) * FILL(all, 0) * 0.01',
      of: 'FILL(all, 0)',
    },
    metrics: (period) => ({
      errors: gatewayMetric(apiId, '5xx', { period }),
      intime: gatewayMetric(apiId, 'Latency', { statistic: `PR(:${ANSWERED_WITHIN_MS})`, period }),
      all: gatewayMetric(apiId, 'Count', { period }),
    }),
  },
  {
    name: 'slo-delivered',
    title: 'Events delivered within 30 s of the notification',
    percent: 99,
    says: 'Of all events 99 % are to reach the merchant at the first attempt, within 30 s of the notification',
    failed: { expression: 'FILL(late, 0)', of: 'FILL(tried, 0)' },
    metrics: (period) => ({
      late: own.of('EffectsLate', { period }),
      tried: own.of('EffectsTried', { period }),
    }),
  },
];

/** The alarms of every window, and the composite alarms over them, which have actions. */
export function burnRateAlarms(own: OwnMetrics, apiId: string): readonly CompositeSpec[] {
  return objectives(own, apiId).flatMap((objective) =>
    BURNS.map(({ name, rate, windows, severity, says }) => ({
      name: `${objective.name}-${name}-burn`,
      runbook: objective.name,
      severity,
      says: `${objective.says}: ${says}.`,
      all: windows.map((window) => windowOf(objective, rate, window)),
    })),
  );
}

function windowOf(objective: Objective, rate: number, { name, period }: Window): AlarmSpec {
  const { failed, percent, metrics } = objective;
  const most = Number((((100 - percent) / 100) * rate).toFixed(6));
  return {
    name: `${objective.name}-${name}`,
    runbook: objective.name,
    severity: 'none',
    says: `${objective.says}: in ${period.toHumanString()} they fail ${rate} times as often as may be. Part of another alarm; sends no mail.`,
    metric: math(
      `burns ${rate} times as fast`,
      `IF(${failed.expression} >= ${AT_LEAST} AND ${failed.expression} > ${most} * ${failed.of}, 1, 0)`,
      metrics(period),
      period,
    ),
    // The period that has just begun holds little data, so the period before counts as well.
    periods: 2,
    datapoints: 1,
  };
}

/** The share of successes in per cent, for a graph. */
export const achieved = ({ failed, metrics, title }: Objective, period: Duration): IMetric =>
  math(title, `100 - 100 * (${failed.expression}) / (${failed.of})`, metrics(period), period);
