/**
 * Every payment, page by page: the one walk over the whole table. Not part of the `Store` port, because no handler
 * may scan; a command of an operator may, at the price of reading the table once.
 */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { PaymentKey } from '../../payment/types.ts';

/**
 * A page of payment keys after a place, at most `limit`; `next` is the place of the page after it. Order is the
 * table's own. A page may be empty and yet have a next one.
 */
export type PaymentPages = (
  after: string | undefined,
  limit: number,
) => Promise<{ readonly payments: readonly PaymentKey[]; readonly next?: string }>;

/** These payments and no others. */
export const listedPayments =
  (payments: readonly PaymentKey[]): PaymentPages =>
  async (after, limit) => {
    const from = after === undefined ? 0 : Number(after);
    const to = from + limit;
    return { payments: payments.slice(from, to), ...(to < payments.length ? { next: String(to) } : {}) };
  };

const PREFIX = 'payment#';

/** All of the table. `after` is opaque: DynamoDB's own place, as text. */
export const scannedPayments =
  ({ client, table }: { readonly client: DynamoDBClient; readonly table: string }): PaymentPages =>
  async (after, limit) => {
    const payments: PaymentKey[] = [];
    let place = after;
    // A page of the scan holds rows of all kinds, most of them no payments.
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          FilterExpression: '#sk = :payment',
          ProjectionExpression: '#pk',
          ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
          ExpressionAttributeValues: { ':payment': { S: 'payment' } },
          // Rows read, so no more payments than asked for.
          Limit: limit - payments.length,
          ConsistentRead: true,
          ...(place === undefined ? {} : { ExclusiveStartKey: JSON.parse(place) }),
        }),
      );
      payments.push(...Items.map(({ pk }) => (pk?.S ?? '').slice(PREFIX.length)));
      place = LastEvaluatedKey === undefined ? undefined : JSON.stringify(LastEvaluatedKey);
    } while (place !== undefined && payments.length < limit);
    return { payments, ...(place === undefined ? {} : { next: place }) };
  };
