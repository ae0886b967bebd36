/** Alarms about the machinery: queues, secrets, functions, tables. */
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { QueueName } from '../../functions.ts';
import { MINUTES_5, type OwnMetrics, sumOf, throttlesOf } from '../metrics.ts';
import type { Queues } from '../queues.ts';
import { type AlarmSpec, chunks, DAY_SECONDS, MAX_METRICS, numbered } from './spec.ts';
import type { Watched } from './watched.ts';

/** The notifications queue is worked off at once; the other one backs off while the merchant is down. */
const MAX_AGE_SECONDS: Readonly<Record<QueueName, number>> = { notifications: 900, fulfilment: DAY_SECONDS };
/** Half of the 14 days that SQS keeps a message, counted from when it was first sent. */
const MAX_DEAD_SECONDS = 7 * DAY_SECONDS;

export function queues({ queues: alive, deadLetters, lostReports }: Queues): AlarmSpec[] {
  const statistic = { statistic: 'Maximum', period: MINUTES_5 };
  const lost: AlarmSpec[] =
    lostReports === undefined
      ? []
      : [
          {
            name: 'deliveries-dlq-not-empty',
            says: 'The confirmer failed three times on a call; a shipping report may wait for an operator (kept 14 days).',
            metric: lostReports.metricApproximateNumberOfMessagesVisible(statistic),
            above: 0,
            nothing: 'quiet',
          },
        ];
  const each = (['notifications', 'fulfilment'] as const).flatMap((name): AlarmSpec[] => [
    {
      name: `${name}-dlq-not-empty`,
      runbook: 'dlq-not-empty',
      says: `Messages of the ${name} queue failed too often and wait for an operator (kept 14 days).`,
      metric: deadLetters[name].metricApproximateNumberOfMessagesVisible(statistic),
      above: 0,
      // SQS reports nothing for a queue that was idle for hours.
      nothing: 'quiet',
    },
    {
      name: `${name}-dlq-age`,
      runbook: 'dlq-age',
      says: `A message of the ${name} queue is more than 7 days old in its dead-letter queue; SQS deletes it at 14.`,
      metric: deadLetters[name].metricApproximateAgeOfOldestMessage(statistic),
      above: MAX_DEAD_SECONDS,
      nothing: 'quiet',
    },
    {
      name: `${name}-queue-age`,
      runbook: 'queue-age',
      says: `A message waits on the ${name} queue for longer than it should; SQS deletes it after 14 days.`,
      metric: alive[name].metricApproximateAgeOfOldestMessage(statistic),
      above: MAX_AGE_SECONDS[name],
      periods: 3,
      nothing: 'quiet',
    },
  ]);
  return [...each, ...lost];
}

export function machinery(own: OwnMetrics, watched: Watched): AlarmSpec[] {
  const { functions, workers, sweeper } = watched;
  const idle = new MathExpression({
    expression: 'IF(FILL(runs, 0) > 0, 0, 1)',
    usingMetrics: { runs: sweeper.metricInvocations({ period: MINUTES_5 }) },
    period: MINUTES_5,
    label: 'no run',
  });
  const errors = workers.map((each) => each.metricErrors({ period: MINUTES_5 }));
  return [
    {
      name: 'secret-failures',
      says: 'A secret cannot be read or used; cached keys still serve, new environments answer 503.',
      metric: own.of('SecretFailures'),
      above: 0,
      nothing: 'quiet',
    },
    {
      name: 'worker-errors',
      says: 'A worker or the sweeper fails in every period: what it should do waits on its queue.',
      metric: sumOf(errors, 'worker errors'),
      above: 0,
      periods: 3,
      nothing: 'quiet',
    },
    {
      name: 'sweeper-silent',
      says: 'The sweeper has not run for 15 minutes: nobody finds what is stuck, and its metrics are missing.',
      metric: idle,
      above: 0,
      // The last period has only begun.
      periods: 4,
      nothing: 'alarm',
    },
    ...chunks(functions, MAX_METRICS).map(
      (chunk, index): AlarmSpec => ({
        name: numbered('functions-throttled', index),
        runbook: 'throttling',
        says: "Lambda refused to start functions: the account's concurrency is used up, and answers fail.",
        metric: sumOf(
          chunk.map((each) => each.metricThrottles({ period: MINUTES_5 })),
          'throttled',
        ),
        above: 0,
        nothing: 'quiet',
      }),
    ),
    {
      name: 'table-throttled',
      runbook: 'throttling',
      says: 'DynamoDB refused requests in three periods on end: workers fall behind, nothing is lost.',
      metric: sumOf(throttlesOf(watched), 'throttled by tables'),
      above: 0,
      periods: 3,
      nothing: 'quiet',
    },
  ];
}
