import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  type CfnFunction,
  Code,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName, FunctionSpec } from '../functions.ts';
import { ALIAS } from '../names.ts';

export interface BundledFunctionProps {
  readonly name: FunctionName;
  readonly functionName: string;
  readonly spec: FunctionSpec;
  /** Folder of the function's bundle. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly access: readonly PolicyStatement[];
  readonly logGroup: LogGroup;
  /** The alias that routes and queues call; undefined: they call the function itself. */
  readonly alias: { readonly provisionedConcurrency?: number } | undefined;
  /** Whether X-Ray traces the function. */
  readonly tracing: boolean;
}

const TRACE_ACTIONS = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'] as const;

/**
 * One function with a role of its own that holds all its permissions inline: the role is complete before the function
 * or its event source exists. Concurrency is limited at the event source, not reserved (a reserved pool takes capacity
 * from the account and throttles into the dead-letter queue).
 */
export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly alias?: Alias;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { name, functionName, spec, bundle, environment, access, logGroup, tracing, alias } = props;
    const writeLogs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    // X-Ray has no resources: its documentation gives "*" for both actions.
    const traces = tracing ? [new PolicyStatement({ actions: [...TRACE_ACTIONS], resources: ['*'] })] : [];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Payhooks ${name}`,
      inlinePolicies: { access: new PolicyDocument({ statements: [writeLogs, ...access, ...traces] }) },
    });
    if (tracing) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray takes traces without naming a resource; the two actions only write traces.',
      });
    }
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: spec.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundle),
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutSeconds),
      role,
      logGroup,
      environment,
      // Older versions stay, for rollbacks.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    if (alias !== undefined) {
      const { provisionedConcurrency } = alias;
      this.alias = new Alias(this, 'Alias', {
        aliasName: ALIAS,
        // CDK's own classes do not fit its interfaces under exactOptionalPropertyTypes.
        version: this.function.currentVersion as IVersion,
        ...(provisionedConcurrency === undefined
          ? {}
          : { provisionedConcurrentExecutions: provisionedConcurrency }),
      });
    }
    // Set on the L1, because the construct's own property adds another policy to the role.
    if (tracing) (this.function.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
  }
}
