/** The read of the quarantine's counter by an intake: one signed GetItem. */
import { afterEach, describe, expect, it } from 'vitest';
import { quarantineFullKey } from '../../../shared/app/table/keys.ts';
import { jsonClient } from '../../../shared/aws/json/client.ts';
import { readQuarantineFull } from '../../../shared/aws/json/services.ts';
import { REQUEST_PATIENCE } from '../../../shared/aws/patience.ts';
import { answer, credentials, endpointsAt, type FakeAws, fakeAws } from './support.ts';

const scope = { provider: 'paymentwall', account: 'shop' } as const;
let aws: FakeAws | undefined;
afterEach(() => aws?.close());

async function table(status: number, body: object) {
  aws = await fakeAws((_seen, response) => answer(response, status, body));
  const call = jsonClient({
    ...{ endpoints: endpointsAt(aws.url), credentials: () => credentials, patience: REQUEST_PATIENCE },
    clock: Date.now,
  });
  const isFull = readQuarantineFull(call, 'payhooks-live');
  return { seen: aws.seen, readFull: () => isFull(scope, '2026-03', new AbortController().signal) };
}

describe('readQuarantineFull: whether the quarantine is full', () => {
  it('readQuarantineFull reads its row with ConsistentRead, by one signed GetItem', async () => {
    const { seen, readFull } = await table(200, {});
    expect(await readFull()).toBe(false);
    const [{ request, body } = { request: undefined, body: '' }] = seen;
    const { pk, sk } = quarantineFullKey(scope, '2026-03');
    expect(JSON.parse(body)).toEqual({
      TableName: 'payhooks-live',
      ConsistentRead: true,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it('readQuarantineFull returns true when the row exists', async () => {
    const { readFull } = await table(200, { Item: { pk: { S: 'x' } } });
    expect(await readFull()).toBe(true);
  });

  it.each([400, 500])(
    'readQuarantineFull fails after the answer %i, without another attempt',
    async (status) => {
      const { seen, readFull } = await table(status, {});
      await expect(readFull()).rejects.toThrow(`GetItem: ${status}`);
      expect(seen).toHaveLength(1);
    },
  );
});
