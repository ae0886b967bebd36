/** Parts of requests to AWS and to the merchant that emulators do not check. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { httpsTarget, parseSigningKeys } from '../../shared/app/fulfilment/targets/https.ts';
import { BUDGET_MS } from '../../shared/app/http/intake-http.ts';
import { FINISH_MS, HOOK_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { DECISION_PATIENCE, REQUEST_PATIENCE } from '../../shared/aws/patience.ts';
import { sqsPutOff, sqsQueue } from '../../shared/aws/sqs-queue.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const row = { pk: 'p', sk: 's', version: 1, schema: 1, data: {} };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers `{}` (or nothing) to every request, and keeps the requests. */
async function recorder(answers = true) {
  const requests: Record<string, unknown>[] = [];
  let setArrived: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    setArrived = resolve;
  });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push(JSON.parse(body) as Record<string, unknown>);
    setArrived();
    if (!answers) return;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, arrived, options: { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 } };
}

describe('reads of the table', () => {
  it('get and query read the table with ConsistentRead', async () => {
    const { requests, options } = await recorder();
    const store = dynamoStore({ client: new DynamoDBClient(options), table: 't' });
    await store.get(row);
    await store.query('p', { limit: 1 });
    await store.query('p', { prefix: 'effect#', limit: 1 });
    expect(requests.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true, true]);
  });
});

describe('calls of SQS', () => {
  it('a send to SQS fails with an AbortError at the deadline of its request', async () => {
    const { arrived, options } = await recorder(false);
    const end = new AbortController();
    const sending = sqsQueue(new SQSClient(options), `${options.endpoint}/0/q`).send('x', {
      signal: end.signal,
    });
    await arrived;
    end.abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('sqsPutOff sets a VisibilityTimeout of whole seconds, at least 0 and at most 43200', async () => {
    const { requests, options } = await recorder();
    const putOff = sqsPutOff(new SQSClient(options), `${options.endpoint}/0/q`);
    for (const seconds of [43_200, 43_201, 86_400, 0.2, -5]) await putOff('r', seconds);
    expect(requests.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([
      43_200, 43_200, 43_200, 1, 0,
    ]);
  });
});

describe('the merchant’s HTTPS endpoint', () => {
  it('an endpoint that answers 200 and then closes the connection early has accepted the event', async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const keys = async () => parseSigningKeys({ current: `whsec_${Buffer.alloc(32, 1).toString('base64')}` });
    const target = httpsTarget({ url, keys, clock: () => 0 });
    const event = { id: 'e', type: 'fulfil', occurredAt: new Date(0).toISOString() };
    await expect(target.deliver(event, AbortSignal.timeout(4_000))).resolves.toBeUndefined();
  });
});

describe('time limits of AWS calls', () => {
  /** The longest time of all attempts without an answer, with the SDK's pauses of at most 100 ms. */
  const atMost = ({ requestTimeoutMs, attempts }: { requestTimeoutMs: number; attempts: number }) =>
    attempts * requestTimeoutMs + (attempts - 1) * 100;

  it('all attempts with REQUEST_PATIENCE end before the budget of a request', () => {
    expect(atMost(REQUEST_PATIENCE)).toBeLessThan(BUDGET_MS);
  });

  it('all attempts with DECISION_PATIENCE leave a question time for the merchant’s answer and its storage', () => {
    expect(atMost(DECISION_PATIENCE)).toBeLessThanOrEqual(BUDGET_MS - HOOK_MS - FINISH_MS);
    expect(atMost(DECISION_PATIENCE)).toBeLessThan(FINISH_MS);
  });
});
