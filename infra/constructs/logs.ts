import type { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { pascal } from '../names.ts';

export interface LogsProps {
  /** "/payhooks/sandbox" */
  readonly path: string;
  readonly retentionDays: number;
  readonly removalPolicy: RemovalPolicy;
}

/** One log group per function and one for the gateway, each with the configured retention. */
export class Logs extends Construct {
  private readonly props: LogsProps;

  constructor(scope: Construct, id: string, props: LogsProps) {
    super(scope, id);
    this.props = props;
  }

  /** @param path where the name must differ: EventBridge only writes below /aws/events */
  group(name: string, path = this.props.path): LogGroup {
    return new LogGroup(this, pascal(name), {
      logGroupName: `${path}/${name}`,
      // The schema admits the periods that CloudWatch Logs knows; RetentionDays is their number of days.
      retention: this.props.retentionDays,
      removalPolicy: this.props.removalPolicy,
    });
  }
}
