/** The policies of a template by which the local stack judges calls. */
import { describe, expect, it } from 'vitest';
import type { Json, Resource } from '../../../local/template/resolve.ts';
import { readTemplate } from '../../../local/template/template.ts';
import { places } from './raw-template.ts';

const allow = (Action: string): Readonly<Record<string, Json>> => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
});
const document = (...Statement: readonly Json[]) => ({ Version: '2012-10-17', Statement });
const worker: Resource = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    ...{ FunctionName: 'worker', Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'a.zip' } },
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
  },
};
const role = (Properties: Readonly<Record<string, Json>> = {}): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties,
});

function accessOf(resources: Readonly<Record<string, Resource>>) {
  const all = { Worker: worker, Role: role(), ...resources };
  return readTemplate({ Resources: all }, new Map([['a.zip', '/bundles/worker']]), places).access();
}

describe('the role of a function', () => {
  it('a role has its inline policies, the managed policies that it names, and the policies that name the role', () => {
    const { roles } = accessOf({
      Role: role({
        Policies: [{ PolicyName: 'access', PolicyDocument: document(allow('sqs:SendMessage')) }],
        ManagedPolicyArns: [{ Ref: 'Managed' }],
      }),
      Managed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: document(allow('sqs:ReceiveMessage')) },
      },
      Attached: {
        Type: 'AWS::IAM::Policy',
        // CloudFormation accepts one statement as well as a list.
        Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: allow('kms:Decrypt') } },
      },
      OfAnother: {
        Type: 'AWS::IAM::Policy',
        Properties: { Roles: [{ Ref: 'Other' }], PolicyDocument: document(allow('*')) },
      },
      Other: role(),
    });
    expect(roles.get('worker')).toEqual({
      logicalId: 'Role',
      arn: 'arn:aws:iam::000000000000:role/Role',
      policies: [
        { name: 'access', document: document(allow('sqs:SendMessage')) },
        { name: 'Managed', document: document(allow('sqs:ReceiveMessage')) },
        { name: 'Attached', document: document(allow('kms:Decrypt')) },
      ],
    });
  });

  it('a role with a managed policy that is not in the template is refused', () => {
    const managed = role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
    expect(() => accessOf({ Role: managed })).toThrow(/AdministratorAccess is not in the template/);
  });

  it('a function whose role is not in the template is refused with the name of the role', () => {
    const { Role: _, ...properties } = worker.Properties ?? {};
    const Worker = { ...worker, Properties: { ...properties, Role: 'arn:aws:iam::1:role/elsewhere' } };
    expect(() => accessOf({ Worker })).toThrow(/Worker: its role arn:aws:iam::1:role\/elsewhere/);
  });
});

describe('a resource policy', () => {
  it('the policy of a queue has the statements of all its AWS::SQS::QueuePolicy resources', () => {
    const policy = (Action: string): Resource => ({
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: document(allow(Action)) },
    });
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } };
    const { resources } = accessOf({ Queue, One: policy('sqs:SendMessage'), Two: policy('sqs:PurgeQueue') });
    expect(resources.get('arn:aws:sqs:us-east-1:000000000000:q')).toEqual({
      name: 'One',
      document: document(allow('sqs:SendMessage'), allow('sqs:PurgeQueue')),
    });
  });

  it('a Lambda permission lets a service invoke the function from the named source only', () => {
    const permission = (Principal: string, more: Readonly<Record<string, Json>> = {}): Resource => ({
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: { Ref: 'Worker' }, Principal, ...more },
    });
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:worker';
    const statement = { ...allow('lambda:InvokeFunction'), Resource: arn };
    const { resources } = accessOf({
      Service: permission('events.amazonaws.com', { SourceArn: 'arn:rule' }),
      Account: permission('000000000000'),
    });
    expect(resources.get(arn)?.document.Statement).toEqual([
      {
        ...{ ...statement, Principal: { Service: 'events.amazonaws.com' } },
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:rule' } },
      },
      { ...statement, Principal: { AWS: '000000000000' } },
    ]);
  });
});

it('the key of a table and of a secret is found by the ARN of table and secret', () => {
  const key = (service: string, path: string) => `arn:aws:${service}:us-east-1:000000000000:${path}`;
  const { keys } = accessOf({
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: 't',
        Replicas: [{ SSESpecification: { KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } } }],
      },
    },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 's', KmsKeyId: { Ref: 'Key' } } },
    Plain: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'plain' } },
  });
  expect([...keys]).toEqual([
    [key('dynamodb', 'table/t'), key('kms', 'key/Key')],
    [key('secretsmanager', 'secret:s'), key('kms', 'key/Key')],
  ]);
});

it('a function writes to the log group of its LoggingConfig, or else to /aws/lambda/<name>', () => {
  const named = {
    ...worker,
    Properties: { ...worker.Properties, LoggingConfig: { LogGroup: '/payhooks/w' } },
  };
  expect([...accessOf({ Worker: named }).logGroups]).toEqual([['worker', '/payhooks/w']]);
  expect([...accessOf({}).logGroups]).toEqual([['worker', '/aws/lambda/worker']]);
});
