import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { ProviderName } from '../../shared/payment/types.ts';
import type { Config } from '../config.ts';
import { hasConfirmation, hasShipping, type QueueName } from '../functions.ts';
import { pascal, resourceName } from '../names.ts';
import { gatewayMetric, MINUTES_5, OwnMetrics, sumOver, tableMetric } from './metrics.ts';
import type { Queues } from './queues.ts';
import type { Tables } from './tables.ts';

/** What is watched; dashboards draw the same. */
export interface Watched {
  readonly apiId: string;
  readonly queues: Queues;
  readonly tables: Tables;
  /** All functions, and those that no provider waits for. */
  readonly functions: readonly LambdaFunction[];
  readonly workers: readonly LambdaFunction[];
  readonly sweeper: LambdaFunction;
}

export interface AlarmsProps extends Watched {
  readonly config: Pick<Config, 'environment' | 'alarmEmail' | 'expected' | 'accounts'>;
}

interface AlarmSpec {
  /** Ends the alarm's name; also the runbook's, unless `runbook` says another. */
  readonly name: string;
  readonly runbook?: string;
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
}

const MISSING = {
  quiet: TreatMissingData.NOT_BREACHING,
  same: TreatMissingData.IGNORE,
  alarm: TreatMissingData.BREACHING,
} as const;

const HOUR = Duration.hours(1);
const DAY_SECONDS = 86_400;
/** CloudWatch: at most ten metrics in an alarm's expression. */
const MAX_METRICS = 10;

/** Alarms, each with a runbook in docs/runbooks, and the topic that tells people. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { environment, alarmEmail: email } = props.config;
    const topicName = resourceName(environment, 'alarms');
    const topic = email === undefined ? undefined : new Topic(this, 'Topic', { topicName, enforceSSL: true });
    if (topic !== undefined && email !== undefined) topic.addSubscription(new EmailSubscription(email));

    const own = new OwnMetrics(environment);
    const specs = [
      ...answers(own, props.apiId),
      ...queues(props.queues),
      ...payments(own),
      ...delivery(own),
      ...conservation(own),
      ...silence(own, props.config.expected),
      ...machinery(own, props),
      ...(hasConfirmation(props.config) ? reconciliation(own) : []),
      ...(hasShipping(props.config) ? [overdueDeliveries(own)] : []),
    ];
    this.alarms = specs.map((spec) => this.alarm(spec, environment, topic));
  }

  private alarm(spec: AlarmSpec, environment: Config['environment'], topic: Topic | undefined): Alarm {
    const { name, runbook = name, says, metric, above, periods = 1, datapoints = periods, nothing } = spec;
    const alarm = new Alarm(this, pascal(name), {
      alarmName: resourceName(environment, name),
      alarmDescription: `${says} Runbook: docs/runbooks/${runbook}.md`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      treatMissingData: MISSING[nothing],
    });
    if (topic === undefined) return alarm;
    const tell = new SnsAction(topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    return alarm;
  }
}

/** A nightly run, and two hours for a late one. */
const RECONCILED_WITHIN_HOURS = 26;

/** Every night, one measurement per account, zeros as well: the state stays until the next night says otherwise. */
function reconciliation(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'reconciliation-unexplained',
      runbook: 'reconciliation',
      says: 'A provider does not know a payment, or tells another story than all that it sent.',
      metric: own.of('ReconciliationUnexplained', { statistic: 'Maximum' }),
      above: 0,
      nothing: 'same',
    },
    {
      name: 'reconciliation-incomplete',
      runbook: 'reconciliation',
      says: "An account was not compared to its end: what was missed there isn't found.",
      metric: own.of('ReconciliationIncomplete', { statistic: 'Maximum' }),
      above: 0,
      nothing: 'same',
    },
    {
      // One failed run a night never is three periods of worker-errors on end.
      name: 'reconciliation-missing',
      runbook: 'reconciliation',
      says: `No reconciliation has ended in ${RECONCILED_WITHIN_HOURS} hours: notifications that were missed stay so.`,
      metric: new MathExpression({
        expression: 'IF(runs > 0, 0, 1)',
        usingMetrics: { runs: own.of('ReconciliationChecked', { statistic: 'SampleCount', period: HOUR }) },
        period: HOUR,
        label: 'hours without one',
      }),
      above: 0,
      periods: RECONCILED_WITHIN_HOURS,
      nothing: 'alarm',
    },
  ];
}

/** Paymentwall voids physical goods at day 7; five days without a shipping report leave two. */
const overdueDeliveries = (own: OwnMetrics): AlarmSpec => ({
  name: 'overdue-deliveries',
  runbook: 'stuck-payments',
  says: 'Payments for physical goods are authorized for five days and no shipping is reported; voided at day 7.',
  metric: own.of('DeliveriesOverdue', { statistic: 'Maximum' }),
  above: 0,
  nothing: 'same',
});

function answers(own: OwnMetrics, apiId: string): AlarmSpec[] {
  const surge = new MathExpression({
    expression: 'IF(bad >= 10 AND bad > 0.2 * all, bad, 0)',
    usingMetrics: { bad: own.of('BadSignatures'), all: own.of('Notifications') },
    period: MINUTES_5,
    label: 'bad signatures',
  });
  return [
    {
      name: 'answer-latency',
      says: 'One in a hundred answers takes more than 2 s; providers give up at 3 s and send again.',
      metric: gatewayMetric(apiId, 'Latency', { statistic: 'p99' }),
      above: 2_000,
      periods: 3,
      datapoints: 2,
      nothing: 'quiet',
    },
    {
      name: 'own-5xx',
      says: 'At least five requests in five minutes were answered 5xx; each comes again when its provider retries.',
      metric: gatewayMetric(apiId, '5xx'),
      above: 4,
      nothing: 'quiet',
    },
    {
      name: 'bad-signatures',
      says: 'More than a fifth of what came (and at least ten) could not be verified: a stranger, or a wrong key.',
      metric: surge,
      above: 0,
      periods: 3,
      datapoints: 2,
      nothing: 'quiet',
    },
  ];
}

/** The notifications queue is worked off at once; the other one backs off while the merchant is down. */
const MAX_AGE_SECONDS: Readonly<Record<QueueName, number>> = { notifications: 900, fulfilment: DAY_SECONDS };
/** Half of the 14 days that SQS keeps a message, counted from when it was first sent. */
const MAX_DEAD_SECONDS = 7 * DAY_SECONDS;

function queues({ queues: alive, deadLetters }: Queues): AlarmSpec[] {
  const statistic = { statistic: 'Maximum', period: MINUTES_5 };
  return (['notifications', 'fulfilment'] as const).flatMap((name): AlarmSpec[] => [
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
}

function payments(own: OwnMetrics): AlarmSpec[] {
  const quarantined = new MathExpression({
    expression: 'FILL(kept, 0) + FILL(beyond, 0)',
    usingMetrics: { kept: own.of('Quarantined'), beyond: own.of('QuarantineOverflow') },
    period: MINUTES_5,
    label: 'quarantined',
  });
  return [
    {
      name: 'held-payments',
      says: 'A payment is held for more than a day: somebody paid and got nothing.',
      metric: own.of('OldestHeldAge', { statistic: 'Maximum' }),
      above: DAY_SECONDS,
      // Measured every minute; when it is not, sweeper-silent says so.
      nothing: 'same',
    },
    {
      name: 'stuck-payments',
      says: 'A payment awaits its confirmation for a day without any news.',
      metric: own.of('PaymentsStuck', { statistic: 'Maximum' }),
      above: 0,
      nothing: 'same',
    },
    {
      name: 'conflicting-duplicates',
      says: 'The same notification id came with other content: the payment is held until somebody has looked.',
      metric: own.of('ConflictingDuplicates'),
      above: 0,
      nothing: 'quiet',
    },
    {
      name: 'quarantine',
      says: 'An authentic notification could not be read safely: it is kept aside and moved no money.',
      metric: quarantined,
      above: 0,
      nothing: 'quiet',
    },
    {
      name: 'parked',
      says: 'A queue message can never succeed: it is kept aside with its reason.',
      metric: own.of('Parked'),
      above: 0,
      nothing: 'quiet',
    },
  ];
}

function delivery(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'fulfilment-failures',
      says: 'Gave up telling the merchant about an effect: 48 hours of trying, or the endpoint said it is gone.',
      metric: own.of('EffectsFailed'),
      above: 0,
      nothing: 'quiet',
    },
    {
      name: 'stuck-effects',
      says: 'The merchant was owed a message an hour ago and still has not got it.',
      metric: own.of('OldestEffectAge', { statistic: 'Maximum' }),
      above: HOUR.toSeconds(),
      periods: 3,
      nothing: 'same',
    },
  ];
}

/**
 * Accepted minus settled, both stamped with the time of the request, so that each hour balances by itself. An hour
 * is judged when the next one has begun (`x - DIFF(x)` is the value before): what is on its way is not missing.
 */
export function imbalance(own: OwnMetrics): {
  readonly unsettled: MathExpression;
  readonly judged: MathExpression;
} {
  const hourly = { period: HOUR };
  const unsettled = new MathExpression({
    expression: 'FILL(accepted, 0) - FILL(settled, 0)',
    usingMetrics: { accepted: own.of('Accepted', hourly), settled: own.of('Settled', hourly) },
    period: HOUR,
    label: 'accepted - settled',
  });
  const judged = new MathExpression({
    expression: 'unsettled - DIFF(unsettled)',
    usingMetrics: { unsettled },
    period: HOUR,
    label: 'accepted, never settled (the hour before)',
  });
  return { unsettled, judged };
}

function conservation(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'conservation',
      says: 'More was accepted than was applied, absorbed, parked or quarantined: after an hour something is missing.',
      metric: imbalance(own).judged,
      above: 0,
      // Stays until what was missing has been found, at most a day.
      periods: 24,
      datapoints: 1,
      nothing: 'quiet',
    },
  ];
}

export interface Expected {
  readonly provider: ProviderName;
  readonly account: string;
  /** Something is accepted at least once in so many hours. */
  readonly hours: number;
}

function silence(own: OwnMetrics, expected: readonly Expected[]): AlarmSpec[] {
  return expected.map(({ provider, account, hours }) => ({
    name: `silence-${provider}-${account}`,
    runbook: 'silence',
    says: `Nothing was accepted from ${provider} for "${account}" in ${hours} hours.`,
    // Alarms are above a threshold: an hour counts as silent when nothing was accepted in it.
    metric: new MathExpression({
      expression: 'IF(accepted > 0, 0, 1)',
      usingMetrics: { accepted: own.of('Accepted', { period: HOUR }, { provider, account }) },
      period: HOUR,
      label: 'silent hours',
    }),
    above: 0,
    periods: hours,
    nothing: 'alarm' as const,
  }));
}

function machinery(own: OwnMetrics, { functions, workers, sweeper, tables }: Watched): AlarmSpec[] {
  const chunks = Array.from({ length: Math.ceil(functions.length / MAX_METRICS) }, (_, index) =>
    functions.slice(index * MAX_METRICS, (index + 1) * MAX_METRICS),
  );
  const runs = sweeper.metricInvocations({ period: MINUTES_5 });
  const idle = new MathExpression({
    expression: 'IF(runs > 0, 0, 1)',
    usingMetrics: { runs },
    period: MINUTES_5,
    label: 'no run',
  });
  const throttled = new MathExpression({
    expression: 'FILL(reads, 0) + FILL(writes, 0)',
    usingMetrics: {
      reads: tableMetric(tables.main, 'ReadThrottleEvents'),
      writes: tableMetric(tables.main, 'WriteThrottleEvents'),
    },
    period: MINUTES_5,
    label: 'throttled by the table',
  });
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
      metric: sumOver(workers, 'Errors', 'worker errors'),
      above: 0,
      periods: 3,
      nothing: 'quiet',
    },
    {
      name: 'sweeper-silent',
      says: 'The sweeper has not run for 15 minutes: nobody finds what is stuck, and its metrics are missing.',
      metric: idle,
      above: 0,
      periods: 3,
      nothing: 'alarm',
    },
    ...chunks.map(
      (chunk, index): AlarmSpec => ({
        name: index === 0 ? 'functions-throttled' : `functions-throttled-${index + 1}`,
        runbook: 'throttling',
        says: "Lambda refused to start functions: the account's concurrency is used up, and answers fail.",
        metric: sumOver(chunk, 'Throttles', 'throttled'),
        above: 0,
        nothing: 'quiet',
      }),
    ),
    {
      name: 'table-throttled',
      runbook: 'throttling',
      says: 'DynamoDB refused requests in three periods on end: workers fall behind, nothing is lost.',
      metric: throttled,
      above: 0,
      periods: 3,
      nothing: 'quiet',
    },
  ];
}
