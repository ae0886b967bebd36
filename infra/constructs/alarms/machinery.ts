/** Alarms about the machinery: queues, secrets, functions, tables. */
import type { QueueName } from '../../functions.ts';
import { MINUTES_5, math, type OwnMetrics, sumOf, throttlesOf } from '../metrics.ts';
import type { Queues } from '../queues.ts';
import { type AlarmSpec, chunks, DAY_SECONDS, MAX_METRICS, numbered } from './spec.ts';
import type { Watched } from './watched.ts';

/**
 * SQS leaves a message out of ApproximateAgeOfOldestMessage once it was received three times and not deleted
 * (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html). So a high
 * age means that nothing receives. It does not show messages that fail again and again; those have their own alarms
 * (conservation, fulfilment-failures, stuck-effects, the dead-letter queues). A day for fulfilment, since a target may
 * ask for six hours between two attempts (Retry-After), and the third receive comes after twelve.
 */
const MAX_AGE_SECONDS: Readonly<Record<QueueName, number>> = { notifications: 900, fulfilment: DAY_SECONDS };
/**
 * In a dead-letter queue the age counts from the move, but SQS deletes a message 14 days after it was first sent: the
 * metric does not include the time before the move. A fulfilment message may have tried for days.
 */
const MAX_DEAD_DAYS = 3;

export function queueAlarms({ queues: alive, deadLetters, lostReports }: Queues): AlarmSpec[] {
  const statistic = { statistic: 'Maximum', period: MINUTES_5 };
  const lost: AlarmSpec[] =
    lostReports === undefined
      ? []
      : [
          {
            name: 'deliveries-dlq-not-empty',
            severity: 'page',
            says: 'The confirmer failed three times on a call; a shipping report may wait for an operator (kept 14 days).',
            metric: lostReports.metricApproximateNumberOfMessagesVisible(statistic),
          },
        ];
  const each = (['notifications', 'fulfilment'] as const).flatMap((name): AlarmSpec[] => [
    {
      name: `${name}-dlq-not-empty`,
      severity: 'ticket',
      runbook: 'dlq-not-empty',
      says: `Messages of the ${name} queue failed too often and wait for an operator (kept 14 days).`,
      metric: deadLetters[name].metricApproximateNumberOfMessagesVisible(statistic),
      // SQS publishes no metrics for a queue that was idle for hours.
    },
    {
      name: `${name}-dlq-age`,
      severity: 'page',
      runbook: 'dlq-age',
      says: `A message of the ${name} queue is in its dead-letter queue for more than ${MAX_DEAD_DAYS} days; SQS deletes it 14 days after it was first sent.`,
      metric: deadLetters[name].metricApproximateAgeOfOldestMessage(statistic),
      threshold: MAX_DEAD_DAYS * DAY_SECONDS,
    },
    {
      name: `${name}-queue-age`,
      severity: 'page',
      runbook: 'queue-age',
      says: `A message waits on the ${name} queue and nobody receives it (the worker is paused, or can't keep up); SQS deletes it after 14 days.`,
      metric: alive[name].metricApproximateAgeOfOldestMessage(statistic),
      threshold: MAX_AGE_SECONDS[name],
      periods: 3,
    },
  ]);
  return [...each, ...lost];
}

export function machineryAlarms(own: OwnMetrics, watched: Watched): AlarmSpec[] {
  const { functions, workers, sweeper } = watched;
  const runs = sweeper.metricInvocations({ period: MINUTES_5 });
  const errors = workers.map((each) => each.metricErrors({ period: MINUTES_5 }));
  return [
    {
      name: 'secret-failures',
      severity: 'page',
      says: 'A secret cannot be read or used; cached keys still serve, new environments answer 503.',
      metric: own.of('SecretFailures'),
    },
    {
      name: 'worker-errors',
      severity: 'page',
      says: 'A worker or the sweeper fails in three of four periods: what it should do waits on its queue.',
      metric: sumOf(errors, 'worker errors'),
      // The last period has only begun.
      periods: 4,
      datapoints: 3,
    },
    {
      name: 'sweeper-silent',
      severity: 'page',
      says: 'The sweeper has not run for 15 minutes: nobody finds what is stuck, and its metrics are missing.',
      metric: math('no run', 'IF(FILL(runs, 0) > 0, 0, 1)', { runs }),
      // The last period has only begun.
      periods: 4,
      missingData: 'bad',
    },
    ...chunks(functions, MAX_METRICS).map(
      (chunk, index): AlarmSpec => ({
        name: numbered('functions-throttled', index),
        severity: 'page',
        runbook: 'throttling',
        says: "Lambda refused to start functions: the account's concurrency is used up, and answers fail.",
        metric: sumOf(
          chunk.map((each) => each.metricThrottles({ period: MINUTES_5 })),
          'throttled',
        ),
      }),
    ),
    {
      name: 'table-throttled',
      severity: 'ticket',
      runbook: 'throttling',
      says: 'DynamoDB refused requests in three of four periods: workers fall behind, nothing is lost.',
      metric: sumOf(throttlesOf(watched), 'throttled by tables'),
      // The last period has only begun.
      periods: 4,
      datapoints: 3,
    },
  ];
}
