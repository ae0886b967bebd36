import type { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Environment } from '../../shared/payment/types.ts';
import { FUNCTIONS, type FunctionName } from '../functions.ts';
import { gatewayLogGroup, pascal } from '../names.ts';

export interface LogsProps {
  readonly environment: Environment;
  readonly retentionDays: number;
  /** Retention of the access log, which holds source addresses. */
  readonly accessLogDays: number;
  readonly removalPolicy: RemovalPolicy;
}

type GroupName = FunctionName | 'events' | 'gateway';

/**
 * One log group per function, one for the gateway and one for the bus, each with its configured retention. The stack
 * always makes all of them: a log group outlives its function, and CloudFormation would refuse a new one of the same
 * name when an option is switched on again.
 */
export class Logs extends Construct {
  readonly groups: Readonly<Record<GroupName, LogGroup>>;

  constructor(
    scope: Construct,
    id: string,
    { environment, retentionDays, accessLogDays, removalPolicy }: LogsProps,
  ) {
    super(scope, id);
    const group = (name: GroupName, logGroupName: string, days = retentionDays): [GroupName, LogGroup] => [
      name,
      new LogGroup(this, pascal(name), {
        logGroupName,
        // The schema admits only the periods that CloudWatch Logs knows; RetentionDays uses the number of days.
        retention: days,
        removalPolicy,
      }),
    ];
    this.groups = Object.fromEntries([
      // EventBridge only writes to log groups below /aws/events.
      group('events', `/aws/events/payhooks-${environment}/events`),
      group('gateway', gatewayLogGroup(environment), accessLogDays),
      ...(Object.keys(FUNCTIONS) as FunctionName[]).map((name) =>
        group(name, `/payhooks/${environment}/${name}`),
      ),
    ]) as Record<GroupName, LogGroup>;
  }
}
