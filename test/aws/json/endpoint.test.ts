/** The endpoints of the intake's client are the endpoints that the SDK finds for the same settings. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { endpointOf, type ServiceName } from '../../../shared/aws/json/endpoint.ts';
import { credentials } from './support.ts';

/** Stops a call of the SDK before the request is sent. @returns the host of the request */
async function hostOfSdk(service: ServiceName, region: string, fips: boolean, dualStack: boolean) {
  let host = '';
  const requestHandler = {
    handle: async ({ hostname }: { hostname: string }) => {
      host = hostname;
      throw new Error('not sent');
    },
  };
  const options = {
    ...{ region, credentials, maxAttempts: 1, useFipsEndpoint: fips, useDualstackEndpoint: dualStack },
    requestHandler: requestHandler as never,
  };
  const sent = {
    sqs: () =>
      new SQSClient({ ...options, useQueueUrlAsEndpoint: false }).send(
        new SendMessageCommand({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q', MessageBody: 'x' }),
      ),
    secretsmanager: () =>
      new SecretsManagerClient(options).send(new GetSecretValueCommand({ SecretId: 's' })),
    dynamodb: () =>
      new DynamoDBClient({ ...options, accountIdEndpointMode: 'disabled' }).send(
        new GetItemCommand({ TableName: 't', Key: { pk: { S: 'p' } } }),
      ),
  };
  await expect(sent[service]()).rejects.toThrow('not sent');
  return host;
}

const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-2', 'ap-southeast-4', 'ca-west-1', 'sa-east-1'];
const settings = (region: string, more: object = {}) => ({
  ...{ region, fips: false, dualStack: false, urls: {} },
  ...more,
});

describe('endpointOf: the endpoint of a call', () => {
  it.each(['sqs', 'secretsmanager', 'dynamodb'] as const)(
    'endpointOf %s returns the endpoint of the SDK in every region, with and without FIPS and dual stack',
    async (service) => {
      for (const region of REGIONS)
        for (const fips of [false, true])
          for (const dualStack of [false, true]) {
            const mine = endpointOf(service, settings(region, { fips, dualStack })).host;
            expect(mine).toBe(await hostOfSdk(service, region, fips, dualStack));
          }
    },
  );

  it('endpointOf sqs returns the host of the queue’s URL, unless FIPS or an endpoint URL is configured', () => {
    const queue = 'https://sqs.eu-west-1.amazonaws.com/123456789012/q';
    const vpc = 'https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com';
    expect(endpointOf('sqs', settings('us-east-1'), queue).origin).toBe(
      'https://sqs.eu-west-1.amazonaws.com',
    );
    expect(endpointOf('sqs', settings('eu-west-1', { fips: true }), queue).host).toBe(
      'sqs-fips.eu-west-1.amazonaws.com',
    );
    expect(endpointOf('sqs', settings('eu-west-1', { urls: { sqs: vpc } }), queue).origin).toBe(vpc);
  });
});
