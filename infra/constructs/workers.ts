import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Environment } from '../../shared/payment/types.ts';
import { resourceName } from '../names.ts';
import { BATCH_SIZE } from '../queue-limits.ts';

export interface WorkerProps {
  readonly worker: IFunction;
  readonly queue: Queue;
  /** Limits concurrent execution environments, and so the load on the table or the merchant. */
  readonly maxConcurrency: number;
}

/** A queue and the function that consumes it, with partial batch responses. */
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

export interface PollingProps {
  readonly confirmer: LambdaFunction;
  /** Undefined: no account's provider is polled. */
  readonly reconciler: LambdaFunction | undefined;
  readonly environment: Environment;
  /**
   * When set, the confirmer takes `delivery.reported` from the default bus, and Lambda puts events there that fail
   * three times.
   */
  readonly lostReports: Queue | undefined;
}

/**
 * The pattern of shipping reports on the account's default bus. We neither log nor archive that bus, because a report
 * contains a postal address. Two environments in one account may both listen there, so a report names its environment.
 */
const shippingEvent = (environment: Environment) => ({
  source: ['payhooks.merchant'],
  detailType: ['delivery.reported'],
  detail: { environment: [environment] },
});

/** Polls every minute, reconciles every night (UTC), and takes the merchant's shipping reports. */
export class Polling extends Construct {
  constructor(scope: Construct, id: string, props: PollingProps) {
    super(scope, id);
    const { confirmer, reconciler, environment, lostReports } = props;
    const ruleName = (name: string) => resourceName(environment, name);
    if (lostReports === undefined) withoutRetries(confirmer, A_MINUTE);
    else {
      // A report comes once: Lambda tries it again after one and two minutes, then sends it to the queue of lost reports.
      confirmer.configureAsyncInvoke({
        retryAttempts: 2,
        maxEventAge: REPORT_AGE,
        // Not SqsDestination, which adds another policy to the role (access.ts makes all permissions).
        onFailure: { bind: () => ({ destination: lostReports.queueArn }) },
      });
    }
    new Rule(this, 'Confirmations', {
      ruleName: ruleName('confirmations'),
      description: 'Payhooks: polls providers about payments that wait',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [onePerRun(confirmer)],
    });
    if (reconciler !== undefined) {
      // One run a night: it may start late, if the account has no concurrency left.
      withoutRetries(reconciler, Duration.hours(1));
      new Rule(this, 'Reconciliations', {
        ruleName: ruleName('reconciliations'),
        description: 'Payhooks: compares with providers what is stored',
        schedule: Schedule.cron({ hour: '3', minute: '17' }),
        targets: [onePerRun(reconciler)],
      });
    }
    if (lostReports !== undefined) {
      new Rule(this, 'Deliveries', {
        ruleName: ruleName('deliveries'),
        description: "Payhooks: takes the merchant's shipping reports",
        eventPattern: shippingEvent(environment),
        targets: [new LambdaTarget(confirmer, { retryAttempts: 10, maxEventAge: REPORT_AGE })],
      });
    }
  }
}

const A_MINUTE = Duration.minutes(1);
const REPORT_AGE = Duration.hours(6);

/** EventBridge invokes the function once. Lambda's own retries are set by withoutRetries. */
const onePerRun = (handler: LambdaFunction): LambdaTarget =>
  new LambdaTarget(handler, {
    event: RuleTargetInput.fromObject({}),
    retryAttempts: 0,
    maxEventAge: A_MINUTE,
  });

/** By default Lambda invokes a failed function twice more, in parallel to the next scheduled run. */
const withoutRetries = (handler: LambdaFunction, maxEventAge: Duration): void =>
  handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge });

export interface ScheduledProps {
  readonly handler: LambdaFunction;
  readonly ruleName: string;
  readonly description: string;
  readonly every: Duration;
}

/** Invokes a function at an interval. A failed run is not retried: the next one does its work. */
export class Scheduled extends Construct {
  constructor(scope: Construct, id: string, { handler, ruleName, description, every }: ScheduledProps) {
    super(scope, id);
    withoutRetries(handler, A_MINUTE);
    new Rule(this, 'Schedule', {
      ...{ ruleName, description },
      schedule: Schedule.rate(every),
      targets: [onePerRun(handler)],
    });
  }
}
