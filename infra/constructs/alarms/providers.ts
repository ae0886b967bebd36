/** Alarms about calls to providers: no answer, nothing reconciled, no shipping report. */

import { Duration } from 'aws-cdk-lib';
import { math, type OwnMetrics } from '../metrics.ts';
import { type AccountName, type AlarmSpec, alarmsOfAccounts, HOUR } from './spec.ts';

/**
 * Even after failed polls, the confirmer polls about a waiting payment at least every quarter of an hour
 * (shared/app/schedules/confirm.ts).
 */
const ANSWERED_WITHIN = Duration.minutes(30);

/**
 * An account whose provider was polled and never answered: its API is down, or the credentials are wrong. Two of three
 * periods, because the last period has only begun and must not end the alarm.
 */
export const unansweredAlarms = (own: OwnMetrics, accounts: readonly AccountName[]): AlarmSpec[] =>
  alarmsOfAccounts(own, accounts, {
    name: 'confirmations-failing',
    severity: 'ticket',
    runbook: 'confirmations-failing',
    says: 'A provider was polled, or got a shipping report, and has answered nothing for half an hour: payments wait.',
    metrics: { f: 'ProviderFailures', a: 'ProviderAnswers' },
    isFailing: (at) => `IF(FILL(f${at}, 0) > 0 AND FILL(a${at}, 0) == 0, 1, 0)`,
    period: ANSWERED_WITHIN,
    label: 'accounts without an answer',
    periods: 3,
    datapoints: 2,
  });

/** A nightly run, plus two hours for a late one. */
const RECONCILED_WITHIN_HOURS = 26;

/** One measurement per account every night, zeros included: the state stays until the next night's. */
export function reconciliationAlarms(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'reconciliation-unexplained',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: 'A provider does not know a payment, or its answer contradicts its notifications.',
      metric: own.of('ReconciliationUnexplained', { statistic: 'Maximum' }),
      missingData: 'unchanged',
    },
    {
      name: 'reconciliation-incomplete',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: "An account was not compared to its end: what was missed there isn't found.",
      metric: own.of('ReconciliationIncomplete', { statistic: 'Maximum' }),
      missingData: 'unchanged',
    },
    {
      // One failed run a night is never three consecutive periods of worker-errors.
      name: 'reconciliation-missing',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: `No reconciliation has ended in ${RECONCILED_WITHIN_HOURS} hours: notifications that were missed stay so.`,
      metric: math(
        'hours without one',
        'IF(FILL(runs, 0) > 0, 0, 1)',
        { runs: own.of('ReconciliationChecked', { statistic: 'SampleCount', period: HOUR }) },
        HOUR,
      ),
      // The last hour has only begun.
      periods: RECONCILED_WITHIN_HOURS + 1,
      missingData: 'bad',
    },
  ];
}

/** Paymentwall voids physical goods at day 7; five days without a shipping report leave two. */
export const overdueShippingAlarm = (own: OwnMetrics): AlarmSpec => ({
  name: 'overdue-deliveries',
  severity: 'page',
  runbook: 'stuck-payments',
  says: 'Payments for physical goods are authorized for five days and no shipping is reported; voided at day 7.',
  metric: own.of('DeliveriesOverdue', { statistic: 'Maximum' }),
  missingData: 'unchanged',
});
