/** The local names of the template's resources. */
import { describe, expect, it } from 'vitest';
import { functionNameOf, localNames, physicalName } from '../../../local/template/names.ts';
import type { Json, Resource } from '../../../local/template/resolve.ts';
import { places } from './raw-template.ts';

const LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function';

describe('the name of a function', () => {
  it.each([
    ['worker', 'worker'],
    ['worker:current', 'worker'],
    [`${LAMBDA}:worker`, 'worker'],
    [`${LAMBDA}:worker:current`, 'worker'],
    [
      `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${LAMBDA}:worker:current/invocations`,
      'worker',
    ],
    [undefined, ''],
  ])('the name of the function in %s is %j', (text, name) => {
    expect(functionNameOf(text)).toBe(name);
  });
});

describe('the local name of a resource', () => {
  const resource = (Type: string, Properties: Readonly<Record<string, Json>> = {}): Resource => ({
    Type,
    Properties,
  });
  const worker = resource('AWS::Lambda::Function', { FunctionName: 'worker' });
  const alias = resource('AWS::Lambda::Alias', { Name: 'current', FunctionName: { Ref: 'Worker' } });
  const names = localNames(places, { Worker: worker, Alias: alias });

  it('a resource has the name that the template gives, or else its logical id', () => {
    expect(physicalName('Worker', worker)).toBe('worker');
    expect(physicalName('Id', resource('AWS::SQS::Queue', { QueueName: { Ref: 'Prefix' } }))).toBe('Id');
    expect(physicalName('Id', resource('AWS::IAM::Role', { RoleName: 'plain' }))).toBe('Id');
  });

  it.each([
    ['AWS::SQS::Queue', 'http://127.0.0.1:2/000000000000/Id'],
    ['AWS::SecretsManager::Secret', 'arn:aws:secretsmanager:us-east-1:000000000000:secret:Id'],
    ['AWS::SNS::Topic', 'arn:aws:sns:us-east-1:000000000000:Id'],
    ['AWS::DynamoDB::GlobalTable', 'Id'],
    ['AWS::ApiGatewayV2::Api', 'Id'],
  ])('the Ref of a resource of type %s is %s, as in CloudFormation', (type, ref) => {
    expect(names.ref('Id', resource(type))).toBe(ref);
  });

  it('the Ref of an alias is the ARN of its function with the alias', () => {
    expect(names.ref('Alias', alias)).toBe(`${LAMBDA}:worker:current`);
  });

  it.each([
    ['AWS::SQS::Queue', 'Arn', 'arn:aws:sqs:us-east-1:000000000000:Id'],
    ['AWS::SQS::Queue', 'QueueUrl', 'http://127.0.0.1:2/000000000000/Id'],
    ['AWS::SQS::Queue', 'QueueName', 'Id'],
    ['AWS::Logs::LogGroup', 'Arn', 'arn:aws:logs:us-east-1:000000000000:log-group:Id:*'],
    ['AWS::IAM::Role', 'Arn', 'arn:aws:iam::000000000000:role/Id'],
    ['AWS::SNS::Topic', 'TopicArn', 'arn:aws:sns:us-east-1:000000000000:Id'],
    ['AWS::ApiGatewayV2::Api', 'ApiEndpoint', 'http://127.0.0.1:1'],
    ['AWS::DynamoDB::GlobalTable', 'StreamArn', undefined],
    ['AWS::Custom::Thing', 'Arn', undefined],
  ])('a resource of type %s has the attribute %s with the value %s', (type, attribute, value) => {
    expect(names.attribute('Id', resource(type), attribute)).toBe(value);
  });
});
