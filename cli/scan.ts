/** Scans of the whole table, with a filter. */
import { ScanCommand, type ScanCommandInput, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { defined } from '../shared/payment/defined.ts';
import type { Connection } from './connect.ts';

type Row = NonNullable<ScanCommandOutput['Items']>[number];

/** Reads strongly consistent rows, one page after another. */
export async function* scannedRows(
  { clients, table }: Connection,
  filter: Omit<ScanCommandInput, 'TableName'>,
): AsyncGenerator<Row> {
  let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
  do {
    const input = { TableName: table, ConsistentRead: true, ...filter, ...defined({ ExclusiveStartKey }) };
    const { Items = [], LastEvaluatedKey } = await clients.dynamo.send(new ScanCommand(input));
    yield* Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
