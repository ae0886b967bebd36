import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { QueueName } from '../functions.ts';
import { pascal } from '../names.ts';
import type { Queues } from './queues.ts';

export interface AlarmsProps {
  readonly prefix: string;
  readonly queues: Queues;
  /** Undefined: alarms change colour in the console and nobody is told. */
  readonly email: string | undefined;
}

/** Alarms, and the topic that tells people. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { prefix, queues, email }: AlarmsProps) {
    super(scope, id);
    const topic =
      email === undefined
        ? undefined
        : new Topic(this, 'Topic', { topicName: `${prefix}-alarms`, enforceSSL: true });
    if (topic !== undefined && email !== undefined) topic.addSubscription(new EmailSubscription(email));

    for (const name of ['notifications', 'fulfilment'] satisfies QueueName[]) {
      const alarm = new Alarm(this, `${pascal(name)}DeadLetters`, {
        alarmName: `${prefix}-${name}-dlq-not-empty`,
        alarmDescription: `Messages of the ${name} queue failed too often and wait for an operator (kept 14 days)`,
        metric: queues.deadLetters[name].metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        // SQS reports nothing for a queue that was idle for hours.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
    }
  }
}
