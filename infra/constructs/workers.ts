import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkerProps {
  readonly worker: LambdaFunction;
  readonly queue: Queue;
  /** Environments at work at a time: bounds the load on the table, or on the merchant. */
  readonly maxConcurrency: number;
}

const BATCH_SIZE = 10;

/** A queue and the function that works it off, with partial batch responses. */
export class Worker extends Construct {
  constructor(scope: Construct, id: string, { worker, queue, maxConcurrency }: WorkerProps) {
    super(scope, id);
    new EventSourceMapping(this, 'Source', {
      target: worker,
      eventSourceArn: queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }
}

export interface AskingProps {
  readonly confirmer: LambdaFunction;
  /** Undefined: no account's provider has an API to ask. */
  readonly reconciler: LambdaFunction | undefined;
  readonly ruleName: (name: string) => string;
  /** Takes `delivery.reported` from the default bus. */
  readonly ships: boolean;
}

/** What merchants put on the account's default bus, where we log and archive nothing: it holds an address. */
export const DELIVERY_EVENT = { source: ['payhooks.merchant'], detailType: ['delivery.reported'] };

/** Asks every minute, reconciles every night (UTC), and takes the merchant's shipping reports. */
export class Asking extends Construct {
  constructor(scope: Construct, id: string, { confirmer, reconciler, ruleName, ships }: AskingProps) {
    super(scope, id);
    new Rule(this, 'Confirmations', {
      ruleName: ruleName('confirmations'),
      description: 'Payhooks: asks providers about payments that wait',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [once(confirmer)],
    });
    if (reconciler !== undefined) {
      new Rule(this, 'Reconciliations', {
        ruleName: ruleName('reconciliations'),
        description: 'Payhooks: compares with providers what is ledgered',
        schedule: Schedule.cron({ hour: '3', minute: '17' }),
        targets: [once(reconciler)],
      });
    }
    if (ships) {
      new Rule(this, 'Deliveries', {
        ruleName: ruleName('deliveries'),
        description: "Payhooks: takes the merchant's shipping reports",
        eventPattern: DELIVERY_EVENT,
        targets: [new LambdaTarget(confirmer, { retryAttempts: 10, maxEventAge: Duration.hours(6) })],
      });
    }
  }
}

const once = (handler: LambdaFunction): LambdaTarget =>
  new LambdaTarget(handler, {
    event: RuleTargetInput.fromObject({}),
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });

export interface SweeperProps {
  readonly sweeper: LambdaFunction;
  readonly ruleName: string;
}

/** Runs the sweeper every minute. A run that fails is not repeated: the next one does its work. */
export class Sweeper extends Construct {
  constructor(scope: Construct, id: string, { sweeper, ruleName }: SweeperProps) {
    super(scope, id);
    new Rule(this, 'Schedule', {
      ruleName,
      description: 'Payhooks: publishes again what is not final',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaTarget(sweeper, {
          event: RuleTargetInput.fromObject({}),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
