/** The SDK signs and the endpoint verifies every kind of call of functions and of the command line. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsError, bodyOf } from '../../../local/aws/json-protocol.ts';
import {
  checkSignature,
  newSigningIdentity,
  type SignedHttpRequest,
  type SigningIdentity,
} from '../../../local/aws/signing-identity.ts';

const identity = newSigningIdentity();
const received: SignedHttpRequest[] = [];
let endpoint = '';

const server = createServer(async (request: IncomingMessage, response) => {
  const { method = '', url: target = '/', headers } = request;
  received.push({ method, target, headers, body: await bodyOf(request) });
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The requests that the SDK signs with these credentials. */
async function signedWith(
  credentials: SigningIdentity & { readonly sessionToken?: string },
): Promise<readonly SignedHttpRequest[]> {
  received.length = 0;
  const options = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const lambda = new LambdaClient(options);
  await new DynamoDBClient(options).send(new ListTablesCommand({}));
  await new SecretsManagerClient(options).send(new GetSecretValueCommand({ SecretId: 'a/ü' }));
  await new SQSClient(options)
    .send(new SendMessageCommand({ QueueUrl: `${endpoint}/000000000000/q`, MessageBody: 'x' }))
    .catch(() => undefined);
  await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: 'arn:aws:sqs:x:1:q', MaxItems: 5 }));
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: 'a b+c', Enabled: false }));
  await lambda.send(new InvokeCommand({ FunctionName: 'arn:aws:lambda:us-east-1:1:function:f' }));
  return [...received];
}

const codeOf = (request: SignedHttpRequest): string => {
  try {
    checkSignature(request, identity);
    return 'accepted';
  } catch (error) {
    return error instanceof AwsError ? error.code : String(error);
  }
};

const MANY_REGIONS = Array.from({ length: 25 }, (_, index) => `region-${index + 1}`);

describe('the signature at the local AWS endpoint', () => {
  it('a signature of the SDK is accepted, with a session token and without', async () => {
    const requests = [
      ...(await signedWith(identity)),
      ...(await signedWith({ ...identity, sessionToken: 'local' })),
    ];
    expect(requests).toHaveLength(12);
    expect(requests.map(codeOf)).toEqual(requests.map(() => 'accepted'));
  });

  it('a request without a signature is a MissingAuthenticationTokenException', async () => {
    const [request] = await signedWith(identity);
    const { authorization: _, ...headers } = request?.headers ?? {};
    expect(codeOf({ ...(request as SignedHttpRequest), headers })).toBe(
      'MissingAuthenticationTokenException',
    );
  });

  it('a signature with another access key id, or with another secret key, is refused', async () => {
    const others = [
      ...(await signedWith({ accessKeyId: 'local', secretAccessKey: 'local' })),
      ...(await signedWith({ ...identity, secretAccessKey: newSigningIdentity().secretAccessKey })),
    ];
    const codes = new Set(others.map(codeOf));
    expect(codes).toEqual(new Set(['UnrecognizedClientException', 'InvalidSignatureException']));
  });

  it('a signature is refused for another body, path, query, method, host, date or target', async () => {
    for (const request of await signedWith(identity)) {
      const { headers } = request;
      const altered: readonly SignedHttpRequest[] = [
        { ...request, body: Buffer.from('{"other":1}') },
        { ...request, target: `${request.target}/x` },
        { ...request, target: `${request.target}${request.target.includes('?') ? '&' : '?'}x=1` },
        { ...request, method: 'DELETE' },
        { ...request, headers: { ...headers, host: 'evil.example' } },
        { ...request, headers: { ...headers, 'x-amz-date': '20200101T000000Z' } },
        ...('x-amz-target' in headers
          ? [{ ...request, headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.DeleteTable' } }]
          : []),
      ];
      expect(altered.map(codeOf)).not.toContain('accepted');
    }
  });

  it('a signature is checked with the key of its own caller, day, region and service', async () => {
    const clientOf = (region: string, credentials: SigningIdentity) =>
      new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
    const other = { ...identity, secretAccessKey: newSigningIdentity().secretAccessKey };
    received.length = 0;
    // More regions than the endpoint caches keys for, each region twice.
    for (const region of [...MANY_REGIONS, ...MANY_REGIONS])
      await clientOf(region, identity).send(new ListTablesCommand({}));
    expect(received.map(codeOf)).toEqual(received.map(() => 'accepted'));
    const [first] = received.splice(0);
    await clientOf('region-1', other).send(new ListTablesCommand({}));
    const [request] = received as SignedHttpRequest[];
    expect(codeOf(request as SignedHttpRequest)).toBe('InvalidSignatureException');
    const elsewhere = String(first?.headers.authorization).replace('/region-1/', '/region-2/');
    expect(
      codeOf({
        ...(first as SignedHttpRequest),
        headers: { ...first?.headers, authorization: elsewhere },
      }),
    ).toBe('InvalidSignatureException');
  });

  it('an arbitrary Authorization header gets an error code of AWS', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (authorization, date) => {
        const headers = { authorization, 'x-amz-date': date, host: 'x' };
        expect(codeOf({ method: 'POST', target: '/', headers, body: Buffer.alloc(0) })).toMatch(
          /^(Missing|Incomplete|Unrecognized|Invalid)/,
        );
      }),
    );
  });
});
