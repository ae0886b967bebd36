import { Validations } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionName } from '../functions.ts';
import { pascal } from '../names.ts';

export interface RolloutProps {
  readonly prefix: string;
  readonly aliases: Readonly<Partial<Record<FunctionName, Alias>>>;
  /** If one of them rings while the new version takes a tenth of the calls, the old version takes all of them again. */
  readonly alarms: readonly IAlarm[];
}

/**
 * A new version takes a tenth of the calls for half an hour, then all; an alarm rolls it back. Five minutes would be
 * too short: only one of the three alarms can ring in that time (worker-errors needs three periods of five minutes).
 */
export class Rollout extends Construct {
  constructor(scope: Construct, id: string, { prefix, aliases, alarms }: RolloutProps) {
    super(scope, id);
    const application = new LambdaApplication(this, 'Application', { applicationName: prefix });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      description: 'Payhooks: CodeDeploy moves the aliases of functions',
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'CodeDeploy alone assumes it; AWS keeps the policy in step with what CodeDeploy needs.',
    });
    for (const [name, alias] of Object.entries(aliases)) {
      new LambdaDeploymentGroup(this, pascal(name), {
        application,
        alias,
        // The role already has AWS's managed policy; each deployment group would add it again.
        role: role.withoutPolicyUpdates(),
        deploymentGroupName: `${prefix}-${name}`,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
        alarms: [...alarms],
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      });
    }
  }
}
