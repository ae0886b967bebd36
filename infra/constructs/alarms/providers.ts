/** Alarms about what we ask and tell providers: no answer, nothing compared, nothing shipped. */

import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { OwnMetrics } from '../metrics.ts';
import { type AccountName, type AlarmSpec, chunks, HOUR, MAX_METRICS, numbered } from './spec.ts';

/** What waits is asked about at least every quarter of an hour while nobody answers (shared/app/schedules/confirm.ts). */
const ASKED_WITHIN = Duration.minutes(30);
const ACCOUNTS_PER_ALARM = MAX_METRICS / 2;

/**
 * An account whose provider was asked and never answered, be its API down or the credentials wrong. Two of three
 * periods: the last one has only begun, and must not end the alarm.
 */
export function unanswered(own: OwnMetrics, accounts: readonly AccountName[]): AlarmSpec[] {
  return chunks(accounts, ACCOUNTS_PER_ALARM).map((chunk, index) => ({
    name: numbered('confirmations-failing', index),
    severity: 'ticket',
    runbook: 'confirmations-failing',
    says: 'A provider was asked, or told of a shipment, and has answered nothing for half an hour: payments wait.',
    metric: new MathExpression({
      expression: chunk.map((_, at) => `IF(FILL(f${at}, 0) > 0 AND FILL(a${at}, 0) == 0, 1, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(
        chunk.flatMap(({ provider, account }, at) => [
          [`f${at}`, own.of('ProviderFailures', { period: ASKED_WITHIN }, { provider, account })],
          [`a${at}`, own.of('ProviderAnswers', { period: ASKED_WITHIN }, { provider, account })],
        ]),
      ),
      period: ASKED_WITHIN,
      label: 'accounts without an answer',
    }),
    above: 0,
    periods: 3,
    datapoints: 2,
    nothing: 'quiet',
  }));
}

/** A nightly run, and two hours for a late one. */
const RECONCILED_WITHIN_HOURS = 26;

/** Every night, one measurement per account, zeros as well: the state stays until the next night says otherwise. */
export function reconciliation(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'reconciliation-unexplained',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: 'A provider does not know a payment, or tells another story than all that it sent.',
      metric: own.of('ReconciliationUnexplained', { statistic: 'Maximum' }),
      above: 0,
      nothing: 'same',
    },
    {
      name: 'reconciliation-incomplete',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: "An account was not compared to its end: what was missed there isn't found.",
      metric: own.of('ReconciliationIncomplete', { statistic: 'Maximum' }),
      above: 0,
      nothing: 'same',
    },
    {
      // One failed run a night never is three periods of worker-errors on end.
      name: 'reconciliation-missing',
      severity: 'ticket',
      runbook: 'reconciliation',
      says: `No reconciliation has ended in ${RECONCILED_WITHIN_HOURS} hours: notifications that were missed stay so.`,
      metric: new MathExpression({
        expression: 'IF(FILL(runs, 0) > 0, 0, 1)',
        usingMetrics: { runs: own.of('ReconciliationChecked', { statistic: 'SampleCount', period: HOUR }) },
        period: HOUR,
        label: 'hours without one',
      }),
      above: 0,
      // The last hour has only begun.
      periods: RECONCILED_WITHIN_HOURS + 1,
      nothing: 'alarm',
    },
  ];
}

/** Paymentwall voids physical goods at day 7; five days without a shipping report leave two. */
export const overdueShipping = (own: OwnMetrics): AlarmSpec => ({
  name: 'overdue-deliveries',
  severity: 'page',
  runbook: 'stuck-payments',
  says: 'Payments for physical goods are authorized for five days and no shipping is reported; voided at day 7.',
  metric: own.of('DeliveriesOverdue', { statistic: 'Maximum' }),
  above: 0,
  nothing: 'same',
});
