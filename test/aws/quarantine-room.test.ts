/** One signed GetItem, as DynamoDB takes it; what only AWS can judge (its signature) is compared with the SDK's own. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { quarantineFullKey } from '../../shared/app/table/keys.ts';
import { quarantineRoom } from '../../shared/aws/quarantine-room.ts';

const scope = { provider: 'paymentwall', account: 'shop' } as const;
const sqs = new SQSClient({
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
});

let close: (() => void) | undefined;
afterEach(() => close?.());

async function table(status: number, answer: object) {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ request, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const isFull = quarantineRoom({ signing: sqs.config, table: 'payhooks-live', endpoint });
  return { seen, ask: () => isFull(scope, '2026-03', AbortSignal.timeout(5_000)) };
}

describe('whether the quarantine is full', () => {
  it('is read strongly, by a signed request for this one row', async () => {
    const { seen, ask } = await table(200, {});
    expect(await ask()).toBe(false);
    const [{ request, body } = { request: undefined, body: '' }] = seen;
    const { pk, sk } = quarantineFullKey(scope, '2026-03');
    expect(JSON.parse(body)).toEqual({
      TableName: 'payhooks-live',
      ConsistentRead: true,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it('is so when the row is there', async () => {
    const { ask } = await table(200, { Item: { pk: { S: 'x' } } });
    expect(await ask()).toBe(true);
  });

  it.each([400, 500])('is not known after %i', async (status) => {
    const { ask } = await table(status, {});
    await expect(ask()).rejects.toThrow(`GetItem: ${status}`);
  });
});
