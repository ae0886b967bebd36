/**
 * The calls to table and queues for one notification, without Payhooks: the limit of the emulators on this computer.
 */
import { randomUUID } from 'node:crypto';
import { callAws } from '../../local/aws/json-protocol.ts';
import { queueUrl } from '../../local/aws/sqs.ts';
import type { LocalStack } from '../../local/stack.ts';

const AT_A_TIME = 16;
/**
 * Calls for a payment that succeeds, as `payhooks cost` counts them: reads, writes, rows of the transaction, messages.
 */
const READS = 7;
const WRITES = 7;
const TRANSACTED = 5;
const MESSAGES = 2;
const ROW_BYTES = 700;

/** @returns notifications per second whose calls were made, with AT_A_TIME callers */
export async function emulatorsAlone(
  { table, sqs }: Pick<LocalStack, 'table' | 'sqs'>,
  count: number,
): Promise<number> {
  const QueueUrl = queueUrl(`bench-${randomUUID()}`);
  await sqs.call('CreateQueue', { QueueName: QueueUrl.split('/').at(-1) ?? '' });
  const dynamo = (operation: string, input: Parameters<typeof callAws>[2]) =>
    callAws(table.endpoint, `DynamoDB_20120810.${operation}`, input);
  const rowOf = (sk: string) => ({
    ...{ pk: { S: `bench#${randomUUID()}` }, sk: { S: sk } },
    data: { S: 'x'.repeat(ROW_BYTES) },
  });
  const one = async (): Promise<void> => {
    const { data: _, ...Key } = rowOf('0');
    for (let read = 0; read < READS; read += 1)
      await dynamo('GetItem', { TableName: table.name, Key, ConsistentRead: true });
    for (let write = 0; write < WRITES; write += 1)
      await dynamo('PutItem', { TableName: table.name, Item: rowOf(String(write)) });
    await dynamo('TransactWriteItems', {
      TransactItems: Array.from({ length: TRANSACTED }, (_, row) => ({
        Put: { TableName: table.name, Item: rowOf(`t${row}`) },
      })),
    });
    for (let message = 0; message < MESSAGES; message += 1) {
      await sqs.call('SendMessage', { QueueUrl, MessageBody: 'x'.repeat(ROW_BYTES) });
      const { Messages } = await sqs.call('ReceiveMessage', { QueueUrl });
      for (const { ReceiptHandle } of (Messages ?? []) as readonly { readonly ReceiptHandle: string }[])
        await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle });
    }
  };
  let left = count;
  const from = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, caller));
  return (1_000 * count) / (performance.now() - from);
}
