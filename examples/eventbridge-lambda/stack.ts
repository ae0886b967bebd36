/** A rule on Payhooks' bus, a Lambda function that consumes its events, a table, and a queue for what fails. */
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface ConsumerProps extends StackProps {
  readonly environment: 'sandbox' | 'live';
}

export class ConsumerStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: ConsumerProps) {
    super(scope, id, props);
    const table = new Table(this, 'Orders', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const secret = Secret.fromSecretNameV2(this, 'Target', `payhooks/${environment}/target`);
    const consumer = new NodejsFunction(this, 'Consumer', {
      entry: join(import.meta.dirname, 'handler.ts'),
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(30),
      environment: { TABLE: table.tableName, TARGET_SECRET: secret.secretName },
    });
    table.grantWriteData(consumer);
    secret.grantRead(consumer);
    // The secret is sealed with the key of Payhooks, which other stacks know by its alias alone.
    consumer.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [this.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
        conditions: {
          'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/payhooks-${environment}-secrets` },
        },
      }),
    );
    // Whoever reads it: events that failed for a day. Nothing is lost, and an alarm on it is yours to make.
    const failed = new Queue(this, 'Failed', { retentionPeriod: Duration.days(14), enforceSSL: true });
    new Rule(this, 'Events', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', `payhooks-${environment}`),
      eventPattern: { source: ['payhooks'] },
      targets: [
        new LambdaFunction(consumer, {
          deadLetterQueue: failed,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
