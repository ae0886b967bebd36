/** What an alarm is, before CloudWatch: its condition, and the sentence for whoever is woken. */
import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Account } from '../../../shared/providers/index.ts';

/**
 * page: money or notifications suffer now, wake somebody. ticket: look at it in working hours. none: a part of another
 * alarm, tells nobody. It is a tag and a word in the description, not in the name: CloudFormation replaces an alarm whose
 * name changes, and dashboards, runbooks and what people wrote themselves go by names.
 */
export type Severity = 'page' | 'ticket' | 'none';

export interface AlarmSpec {
  /** Ends the alarm's name; also the runbook's, unless `runbook` says another. */
  readonly name: string;
  readonly runbook?: string;
  readonly severity: Severity;
  /** One sentence for whoever is woken: what is wrong, what it means for money. */
  readonly says: string;
  readonly metric: IMetric;
  /** Alarms above this. */
  readonly above: number;
  /** Of so many periods… (1 when absent) */
  readonly periods?: number;
  /** …so many must be above (all when absent). */
  readonly datapoints?: number;
  /** quiet: nothing measured is nothing wrong · same: the state stays · alarm: nothing measured is what is wrong. */
  readonly nothing: 'quiet' | 'same' | 'alarm';
  /** It rings for what happened, and ends by itself whether or not anybody has dealt with it: nobody is told "OK". */
  readonly endsByItself?: true;
}

export const HOUR = Duration.hours(1);
export const DAY_SECONDS = 86_400;

/** CloudWatch: at most ten metrics in an alarm's expression. */
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
