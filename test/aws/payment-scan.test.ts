import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';

const row = (payment: string) => ({ pk: { S: `payment#${payment}` } });

/** A store whose scan returns these pages. */
function scanOf(pages: readonly (readonly string[])[]) {
  const limits: unknown[] = [];
  const client = {
    send: async ({ input }: { input: { Limit: number; ExclusiveStartKey?: { page: number } } }) => {
      limits.push(input.Limit);
      const page = input.ExclusiveStartKey?.page ?? 0;
      return {
        Items: pages[page]?.map(row),
        ...(page + 1 < pages.length ? { LastEvaluatedKey: { page: page + 1 } } : {}),
      };
    },
  };
  return { limits, scan: scannedPayments({ client: client as unknown as DynamoDBClient, table: 'main' }) };
}

describe('scannedPayments: the scan of payments', () => {
  it('the scan reads past pages without payments until it has the asked number of payments', async () => {
    const { scan, limits } = scanOf([['a'], [], ['b'], ['c']]);
    expect(await scan(undefined, 2)).toEqual({ payments: ['a', 'b'], next: '{"page":3}' });
    expect(limits).toEqual([2, 1, 1]);
  });

  it('the scan continues at the given place and returns no next place at the end', async () => {
    const { scan } = scanOf([['a'], [], ['b'], ['c']]);
    expect(await scan('{"page":3}', 2)).toEqual({ payments: ['c'] });
  });
});
