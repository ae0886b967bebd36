import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dynamoClient, eventBridgeClient, secretsClient, sqsClient } from '../../shared/aws/clients.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { defaultProvider } from '../../shared/aws/environment-credentials.ts';
import { WORKER_PATIENCE } from '../../shared/aws/patience.ts';

let server: Server | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
});

const environment = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
const stubEnvironment = (variables: Readonly<Record<string, string>> = environment) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};

/** A server that answers three reads in reverse order, each with a row of the requested key. */
async function tableOfEchoes(): Promise<string> {
  const waiting: (() => void)[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { Key } = JSON.parse(body) as { readonly Key: { readonly pk: object; readonly sk: object } };
    waiting.push(() => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ Item: { ...Key, schema: { N: '1' }, data: { M: {} } } }));
    });
    if (waiting.length === 3) for (const answer of waiting.splice(0).reverse()) answer();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('AWS clients of the workers', () => {
  it.each([
    ['the table', dynamoClient],
    ['the bus', eventBridgeClient],
    ['secrets', secretsClient],
    ['queues', sqsClient],
  ])('the AWS client of %s has no middleware that logs inputs or answers', (_, make) => {
    stubEnvironment();
    expect(make(WORKER_PATIENCE).middlewareStack.identify().join()).not.toContain('loggerMiddleware');
  });

  it('the client of the table returns to each concurrent call the row of its own key', async () => {
    stubEnvironment({ ...environment, AWS_ENDPOINT_URL_DYNAMODB: await tableOfEchoes() });
    const client = dynamoClient(WORKER_PATIENCE);
    const store = dynamoStore({ client, table: 't' });
    for (const round of [1, 2]) {
      const keys = ['a', 'b', 'c'].map((pk) => ({ pk: `${pk}${round}`, sk: 's' }));
      const rows = await Promise.all(keys.map((key) => store.get(key)));
      expect(rows).toEqual(keys.map((key) => ({ ...key, schema: 1, data: {} })));
    }
    client.destroy();
  });
});

describe('the credentials of a function', () => {
  it('the credentials are read once for each client', async () => {
    stubEnvironment();
    const provider = defaultProvider();
    const first = await provider();
    expect(first).toMatchObject({ accessKeyId: 'key', secretAccessKey: 'secret' });
    expect(await provider()).toBe(first);
  });

  it('the credentials are read again after AWS_ACCESS_KEY_ID was missing', async () => {
    stubEnvironment({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    const provider = defaultProvider();
    await expect(provider()).rejects.toThrow('AWS_ACCESS_KEY_ID');
    stubEnvironment();
    expect(await provider()).toMatchObject({ accessKeyId: 'key' });
  });
});
