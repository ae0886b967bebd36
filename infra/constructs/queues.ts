import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { QueueName } from '../functions.ts';
import { pascal } from '../names.ts';
import { MAX_RECEIVE_COUNT, VISIBILITY_FACTOR } from '../queue-limits.ts';

export interface QueuesProps {
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
  /** Timeout of each queue's consumer, in seconds. */
  readonly consumerTimeoutSeconds: Readonly<Record<QueueName, number>>;
  /** Whether merchants send shipping reports. */
  readonly ships: boolean;
}

/** The longest retention that SQS offers. */
const RETENTION = Duration.days(14);

/** Both queues are standard queues (docs/decisions/001-standard-queues.md), each with its dead-letter queue. */
export class Queues extends Construct {
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly deadLetters: Readonly<Record<QueueName, Queue>>;
  /** Shipping reports, verbatim, that Lambda sends here when the confirmer failed to handle them. */
  readonly lostReports?: Queue;

  constructor(scope: Construct, id: string, props: QueuesProps) {
    super(scope, id);
    const { prefix, removalPolicy, consumerTimeoutSeconds, ships } = props;
    const make = (
      name: string,
      more: Pick<QueueProps, 'visibilityTimeout' | 'deadLetterQueue' | 'redriveAllowPolicy'>,
    ) =>
      new Queue(this, pascal(name), {
        queueName: `${prefix}-${name}`,
        retentionPeriod: RETENTION,
        // SQS-managed: bodies are sealed already, and intake must not depend on KMS (docs/decisions/005-encryption.md).
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        removalPolicy,
        ...more,
      });
    const pair = (name: QueueName) => {
      // By its ARN as text: a reference to the queue, which itself refers to this one, would be circular.
      const arn = Stack.of(this).formatArn({ service: 'sqs', resource: `${prefix}-${name}` });
      const sourceQueues = [Queue.fromQueueArn(this, pascal(`${name}-by-name`), arn)];
      const deadLetters = make(`${name}-dlq`, {
        redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues },
      });
      const queue = make(name, {
        visibilityTimeout: Duration.seconds(consumerTimeoutSeconds[name] * VISIBILITY_FACTOR),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT[name] },
      });
      return { queue, deadLetters };
    };
    const notifications = pair('notifications');
    const fulfilment = pair('fulfilment');
    if (ships) {
      this.lostReports = make('deliveries-dlq', {});
      Validations.of(this.lostReports).acknowledge({
        id: 'AwsSolutions-SQS3',
        reason:
          'It is itself where Lambda sends the calls of the confirmer that failed; the rule knows redrive policies only.',
      });
    }
    this.queues = { notifications: notifications.queue, fulfilment: fulfilment.queue };
    this.deadLetters = { notifications: notifications.deadLetters, fulfilment: fulfilment.deadLetters };
  }
}
