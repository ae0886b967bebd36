// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
/** The smallest synthesized template that its reader accepts. */
import type { RawTemplate } from '../../../local/template/resolve.ts';

export const places = { baseUrl: 'http://127.0.0.1:1', sqsUrl: 'http://127.0.0.1:2' };

export const template: RawTemplate = {
  Parameters: { Size: { Default: 7 } },
  Mappings: { Map: { a: { b: 'mapped' } } },
  Conditions: { Yes: { 'Fn::Equals': ['x', 'x'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } },
  Resources: {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 180,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 50 },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Worker: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'worker',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::Region}' }, S3Key: 'abc.zip' },
        Timeout: 30,
        MemorySize: 512,
        Environment: {
          Variables: {
            URL: { Ref: 'Queue' },
            TARGET: { 'Fn::Join': ['', ['{"bus":"', { Ref: 'Bus' }, '"}']] },
          },
        },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 5,
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 4 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        FunctionName: { Ref: 'Worker' },
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop-bus' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        IntegrationUri: { 'Fn::GetAtt': ['Worker', 'Arn'] },
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 2900,
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        RouteKey: 'ANY /a/{account}',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
        AuthorizationType: 'AWS_IAM',
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [{ Region: { Ref: 'AWS::Region' } }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'open',
            KeySchema: [],
            Projection: { ProjectionType: 'KEYS_ONLY' },
            WarmThroughput: {},
          },
        ],
      },
    },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Target: { Arn: { 'Fn::GetAtt': ['Worker', 'Arn'] }, Input: '{"a":1}' },
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: {}, Targets: [{ Arn: 'arn:aws:logs:x' }] },
    },
    Never: { Type: 'AWS::SQS::Queue', Condition: 'No', Properties: {} },
    Secret: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'payhooks/sandbox/envelope-key', GenerateSecretString: { PasswordLength: 64 } },
    },
  },
};
