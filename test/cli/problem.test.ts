/** The error of a failed call names the service, the operation and the next step for the engineer on call. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, connect } from '../../cli/connect.ts';
import { EXIT, ofCall, problemOf } from '../../cli/problem.ts';
import { parseConfig } from '../../infra/config.ts';
import { newSigningIdentity } from '../../local/aws/signing-identity.ts';
import { announceRunning } from '../../local/template/running.ts';

const folder = mkdtempSync(join(tmpdir(), 'payhooks-problem-'));
const server = createServer((_, response) => {
  response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
  response.end('{"__type":"InternalFailure","message":"switched off"}');
});
let connection: Connection;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const awsEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'trustly-americas', account: 'demo' }],
  });
  const startedAt = new Date().toISOString();
  announceRunning(folder, {
    pid: process.pid,
    baseUrl: 'http://127.0.0.1:2',
    awsEndpoint,
    awsCredentials: newSigningIdentity(),
    config,
    startedAt,
  });
  connection = await connect({ stack: undefined, config: undefined, runningFolder: folder });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const problemOfCall = async (call: Promise<unknown>) =>
  problemOf(await call.catch((error: unknown) => error));

describe('an address that does not answer', () => {
  it('a failed fetch is an unreachable address, with the error of the connection', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
    expect(problemOf(new TypeError('fetch failed', { cause }))).toMatchObject({
      code: EXIT.unreachable,
      message: 'No answer: connect ECONNREFUSED 127.0.0.1:9',
    });
  });

  it('an address that fetch refuses is unreachable, with the reason of fetch', async () => {
    expect(await problemOfCall(fetch('http://127.0.0.1:1/'))).toMatchObject({
      code: EXIT.unreachable,
      message: 'No answer: bad port',
    });
  });
});

describe('a service that fails', () => {
  it('an error of a service names the service and the operation, and says that the error is in AWS', async () => {
    const { sqs, dynamo } = connection.clients;
    const command = new GetQueueAttributesCommand({ QueueUrl: await connection.queueUrl('fulfilment') });
    const queue = await problemOfCall(sqs.send(command));
    expect(queue?.message).toMatch(/^SQS, GetQueueAttributes: .*switched off/);
    expect(queue).toMatchObject({ code: EXIT.failed, next: expect.stringContaining('The error is in AWS') });
    const table = await problemOfCall(dynamo.send(new GetItemCommand({ TableName: 't', Key: {} })));
    expect(table?.message).toMatch(/^DynamoDB, GetItem: /);
  });

  it.each([
    ['TimeoutError', 'No answer: Secrets Manager, GetSecretValue: the call timed out', EXIT.unreachable],
    [
      'AccessDeniedException',
      'AWS does not allow this call: Secrets Manager, GetSecretValue: text',
      EXIT.failed,
    ],
  ])('the error %s names the service and the operation', (name, message, code) => {
    const error = ofCall(Object.assign(new Error('text'), { name }), 'SecretsManager', 'GetSecretValue');
    expect(problemOf(error)).toMatchObject({ message, code });
  });

  it('a throttled call gets the hint to try again in a minute', () => {
    const $metadata = { httpStatusCode: 400 };
    const error = Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata });
    expect(problemOf(ofCall(error, 'Lambda', 'Invoke'))?.next).toContain('in a minute');
  });
});
