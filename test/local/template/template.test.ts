// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
import { describe, expect, it } from 'vitest';
import { localNames } from '../../../local/template/names.ts';
import { type Json, type RawTemplate, resolver, TemplateError } from '../../../local/template/resolve.ts';
import { readTemplate } from '../../../local/template/template.ts';

const places = { baseUrl: 'http://127.0.0.1:1', sqsUrl: 'http://127.0.0.1:2' };

const template: RawTemplate = {
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

const read = () => readTemplate(template, new Map([['abc.zip', '/bundles/worker']]), places);

describe('reading a template', () => {
  it('finds a function with its bundle, limits and resolved environment', () => {
    expect(read().functions).toEqual([
      {
        logicalId: 'Worker',
        name: 'worker',
        codePath: '/bundles/worker',
        handler: 'index.handler',
        timeoutMs: 30_000,
        memoryMb: 512,
        environment: { URL: 'http://127.0.0.1:2/000000000000/Queue', TARGET: '{"bus":"shop-bus"}' },
      },
    ]);
  });

  it('ties routes to functions with their integration timeout', () => {
    expect(read().routes).toEqual([
      {
        method: 'ANY',
        path: '/a/{account}',
        routeKey: 'ANY /a/{account}',
        functionName: 'worker',
        integrationTimeoutMs: 2_900,
        authorization: 'AWS_IAM',
      },
    ]);
  });

  it('reads queues with their redrive policy, and leaves out what a condition leaves out', () => {
    const { queues } = read();
    expect(queues.map(({ name, deadLetterQueue }) => [name, deadLetterQueue])).toEqual([
      ['Queue', 'dead'],
      ['dead', undefined],
    ]);
    expect(JSON.parse(queues[0]?.attributes.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
      maxReceiveCount: 50,
    });
    expect(queues[0]?.attributes.VisibilityTimeout).toBe('180');
  });

  it('reads the event source mapping', () => {
    expect(read().mappings).toEqual([
      {
        functionName: 'worker',
        queueName: 'Queue',
        batchSize: 5,
        windowSeconds: 1,
        maxConcurrency: 4,
        reportBatchItemFailures: true,
      },
    ]);
  });

  it('makes a CreateTable request of a global table, and keeps what a local engine does not know out of it', () => {
    const [table] = read().tables;
    expect(table).toMatchObject({ name: 'Table', ttlAttribute: 'expiresAt' });
    expect(table?.create).toEqual({
      TableName: 'Table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        { IndexName: 'open', KeySchema: [], Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    });
  });

  it('reads schedules, and no rule without one', () => {
    expect(read().schedules).toEqual([
      {
        name: 'Schedule',
        functionName: 'worker',
        expression: 'rate(1 minute)',
        input: { a: 1 },
        enabled: true,
      },
    ]);
  });

  it('reads buses and secrets', () => {
    expect(read().buses).toEqual(['shop-bus']);
    expect(read().secrets).toEqual([
      { name: 'payhooks/sandbox/envelope-key', generate: { PasswordLength: 64 }, value: undefined },
    ]);
  });
});

describe('resolving', () => {
  const resolve = (value: Json) => resolver(template, localNames(places, template.Resources))(value);

  it.each<[Json, Json]>([
    [{ Ref: 'Size' }, 7],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [
      { 'Fn::Sub': '${AWS::Partition}-${Queue.Arn}-${!kept}' },
      'aws-arn:aws:sqs:us-east-1:000000000000:Queue-${kept}',
    ],
    [{ 'Fn::Sub': ['${x}/${Size}', { x: { Ref: 'Bus' } }] }, 'shop-bus/7'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [{ 'Fn::If': ['Yes', 1, { Ref: 'Nowhere' }] }, 1],
    [{ a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    [{ 'Fn::FindInMap': ['Map', 'a', 'b'] }, 'mapped'],
    [{ Ref: 'Secret' }, 'arn:aws:secretsmanager:us-east-1:000000000000:secret:payhooks/sandbox/envelope-key'],
  ])('%j gives %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each<[Json, string]>([
    [{ Ref: 'Nowhere' }, 'Nowhere'],
    [{ 'Fn::Cidr': ['10.0.0.0/16'] }, 'Fn::Cidr'],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, 'StreamArn'],
  ])('refuses to guess %j, and names it', (value, named) => {
    expect(() => resolve(value)).toThrow(TemplateError);
    expect(() => resolve(value)).toThrow(named);
  });
});
