/** An alarm before it becomes a CloudWatch resource: its condition, and the sentence for the person on call. */
import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../../shared/app/platform/metrics.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { math, type OwnMetrics } from '../metrics.ts';

/**
 * page: money or notifications suffer now, page somebody at once. ticket: look at it in working hours. none: a part of
 * another alarm, has no actions. The severity is a tag and a word in the description, not in the name: CloudFormation
 * replaces an alarm whose name changes, and dashboards, runbooks and the merchant's own notes refer to names.
 */
export type Severity = 'page' | 'ticket' | 'none';

export interface AlarmSpec {
  /** The end of the alarm's name; also the runbook's name, unless `runbook` gives another. */
  readonly name: string;
  readonly runbook?: string;
  readonly severity: Severity;
  /** One sentence for the person on call: what is wrong, and what it means for money. */
  readonly says: string;
  readonly metric: IMetric;
  /** The alarm rings above it; 0 when absent. */
  readonly threshold?: number;
  /** The number of latest periods to evaluate; 1 when absent. */
  readonly periods?: number;
  /** How many of them must be above the threshold; all when absent. */
  readonly datapoints?: number;
  /** What missing data means. good (when absent): nothing is wrong · unchanged: the state stays · bad: it is the fault. */
  readonly missingData?: 'good' | 'unchanged' | 'bad';
  /**
   * The alarm reports something that happened, and ends by itself whether or not anybody has handled it. So it sends no
   * "OK".
   */
  readonly endsByItself?: true;
}

export const HOUR = Duration.hours(1);
export const DAY_SECONDS = 86_400;

/** CloudWatch allows at most ten metrics in an alarm's expression. */
export const MAX_METRICS = 10;

export function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** "functions-throttled", "functions-throttled-2"… */
export const numbered = (name: string, index: number): string =>
  index === 0 ? name : `${name}-${index + 1}`;

export type AccountName = Pick<Account, 'provider' | 'account'>;

/** An alarm about each account, in metric math: CloudWatch cannot search in alarms. */
interface OfAccounts
  extends Pick<AlarmSpec, 'name' | 'runbook' | 'severity' | 'says' | 'periods' | 'datapoints'> {
  readonly period: Duration;
  readonly label: string;
  /** Metrics of an account, by the letter of their ids. */
  readonly metrics: Readonly<Record<string, MetricName>>;
  /** 1 for an account that the alarm is about, otherwise 0. @param at ends the ids of the account's metrics */
  readonly isFailing: (at: number) => string;
}

/** As few alarms as hold the metrics of all accounts; each counts those that it is about. */
export function alarmsOfAccounts(
  own: OwnMetrics,
  accounts: readonly AccountName[],
  { name, period, label, metrics, isFailing, ...spec }: OfAccounts,
): AlarmSpec[] {
  const letters = Object.entries(metrics);
  return chunks(accounts, MAX_METRICS / letters.length).map((chunk, index) => ({
    ...spec,
    name: numbered(name, index),
    metric: math(
      label,
      chunk.map((_, at) => isFailing(at)).join(' + '),
      Object.fromEntries(
        chunk.flatMap(({ provider, account }, at) =>
          letters.map(([letter, metric]) => [
            `${letter}${at}`,
            own.of(metric, { period }, { provider, account }),
          ]),
        ),
      ),
      period,
    ),
  }));
}
