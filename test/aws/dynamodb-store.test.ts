/** Answers of DynamoDB that no emulator gives (conflicts, throttling, no answer), from a server on this computer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { Item, Store } from '../../shared/app/ports.ts';
import { clientOptions } from '../../shared/aws/clients.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';

const row: Item = { pk: 'p', sk: 's', version: 1, schema: 1, data: {} };
const put = { put: row, when: 'absent' } as const;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(answer: object | undefined): Promise<string> {
  server = createServer((request, response) => {
    request.resume();
    if (answer === undefined) return;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
async function storeAnswering(answer: object): Promise<Store> {
  const endpoint = await listen(answer);
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  return dynamoStore({ client, table: 't' });
}
const fault = (name: string, more: object = {}) => ({
  __type: `com.amazonaws.dynamodb.v20120810#${name}`,
  ...more,
});
const canceled = (...codes: string[]) =>
  fault('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });

describe('answers of DynamoDB that become StoreBusyError', () => {
  for (const name of [
    'TransactionConflictException',
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'TransactionInProgressException',
    'InternalServerError',
  ]) {
    it(`${name} of any call becomes a StoreBusyError`, async () => {
      const store = await storeAnswering(fault(name));
      await expect(store.write([put])).rejects.toMatchObject({ name: 'StoreBusyError' });
      await expect(store.write([put, { ...put, put: { ...row, sk: 't' } }])).rejects.toMatchObject({
        name: 'StoreBusyError',
      });
      await expect(store.get(row)).rejects.toMatchObject({ name: 'StoreBusyError' });
      await expect(store.query('p', { limit: 1 })).rejects.toMatchObject({ name: 'StoreBusyError' });
      await expect(store.open('effect#0', '2030', 1)).rejects.toMatchObject({ name: 'StoreBusyError' });
    });
  }

  for (const code of ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']) {
    it(`${code} of one item in a transaction becomes a StoreBusyError`, async () => {
      const store = await storeAnswering(canceled('None', code));
      await expect(store.write([put, { check: row, when: 'present' }])).rejects.toMatchObject({
        name: 'StoreBusyError',
      });
    });
  }
});

describe('answers of DynamoDB that are no StoreBusyError', () => {
  it('a refused condition beside a TransactionConflict is returned as a refused write', async () => {
    const store = await storeAnswering(canceled('ConditionalCheckFailed', 'TransactionConflict'));
    expect(await store.write([put, { check: row, when: 'present' }])).toEqual({
      ok: false,
      refused: [{ index: 0 }],
    });
  });

  it('a ValidationException of DynamoDB is thrown unchanged', async () => {
    const store = await storeAnswering(fault('ValidationException'));
    await expect(store.write([put])).rejects.toMatchObject({ name: 'ValidationException' });
    const other = await storeAnswering(canceled('None', 'ValidationError'));
    await expect(other.write([put, { check: row, when: 'present' }])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
  });

  it('a transaction of 101 writes is refused and never sent', async () => {
    const store = await storeAnswering({});
    const many = Array.from({ length: 101 }, (_, n) => ({ ...put, put: { ...row, sk: `${n}` } }));
    await expect(store.write(many)).rejects.toThrow('101 writes in one transaction');
  });
});

describe('timeouts of DynamoDB clients', () => {
  it('a client throws a TimeoutError when DynamoDB sends no answer before requestTimeoutMs', async () => {
    const endpoint = await listen(undefined);
    const patience = clientOptions({ connectionTimeoutMs: 50, requestTimeoutMs: 50, attempts: 1 });
    const client = new DynamoDBClient({ ...patience, endpoint, region: 'eu-west-1', credentials });
    await expect(dynamoStore({ client, table: 't' }).get(row)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
