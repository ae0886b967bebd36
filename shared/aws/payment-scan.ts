/** The only scans of the table: an operator's command may read it once, a handler never does. */

import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { PaymentPages } from '../app/operator/payment-pages.ts';
import type { Item } from '../app/ports.ts';
import { defined } from '../payment/defined.ts';
import type { PaymentKey } from '../payment/types.ts';

const PREFIX = 'payment#';

/** All payments of the table. `after` is opaque: DynamoDB's own position, as text. */
export const scannedPayments =
  ({ client, table }: { readonly client: DynamoDBClient; readonly table: string }): PaymentPages =>
  async (after, limit) => {
    const payments: PaymentKey[] = [];
    let place = after;
    // A page of the scan contains rows of all kinds, most of which are not payments.
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          FilterExpression: '#sk = :payment',
          ProjectionExpression: '#pk',
          ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
          ExpressionAttributeValues: { ':payment': { S: 'payment' } },
          // The number of rows read, so that no more payments are returned than requested.
          Limit: limit - payments.length,
          ConsistentRead: true,
          ...(place === undefined ? {} : { ExclusiveStartKey: JSON.parse(place) }),
        }),
      );
      payments.push(...Items.map(({ pk }) => (pk?.S ?? '').slice(PREFIX.length)));
      place = LastEvaluatedKey === undefined ? undefined : JSON.stringify(LastEvaluatedKey);
    } while (place !== undefined && payments.length < limit);
    return { payments, ...defined({ next: place }) };
  };

/**
 * One page of whole rows, in the table's order. `next` is the position of the following page. Absent: this was the last
 * one.
 */
export interface ScannedRows {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Payments and orders, one page (1 MB of rows of all kinds) at a time. Eventually consistent, which costs half. */
export const scannedRows =
  ({ client, table }: { readonly client: DynamoDBClient; readonly table: string }) =>
  async (after: string | undefined): Promise<ScannedRows> => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: '#sk IN (:payment, :order)',
        ExpressionAttributeNames: { '#sk': 'sk' },
        ExpressionAttributeValues: { ':payment': { S: 'payment' }, ':order': { S: 'order' } },
        ...(after === undefined ? {} : { ExclusiveStartKey: JSON.parse(after) }),
      }),
    );
    const next = LastEvaluatedKey === undefined ? undefined : JSON.stringify(LastEvaluatedKey);
    return { items: Items.map((item) => unmarshall(item) as Item), ...defined({ next }) };
  };
