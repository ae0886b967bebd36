/**
 * Messages that wait for an operator, from both places: the dead-letter queues (received too often) and the parked rows
 * (can never succeed as they are). Their content stays sealed: only the envelope is shown.
 */
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { QueueName } from '../../infra/functions.ts';
import { type ReadableFields, readableFieldsOf } from '../../shared/app/platform/message.ts';
import type { Item } from '../../shared/app/ports.ts';
import { everyRow } from '../../shared/app/table/all-rows.ts';
import { hashText, parkedKey } from '../../shared/app/table/keys.ts';
import type { ParkedRow } from '../../shared/app/table/rows.ts';
import type { Connection } from '../connect.ts';
import { Problem } from '../problem.ts';

export const QUEUES = ['notifications', 'fulfilment'] as const satisfies readonly QueueName[];

export interface DeadLetter {
  readonly queue: QueueName;
  readonly from: 'dead-letter queue' | 'parked';
  /** Id of the SQS message, or of the parked row. */
  readonly id: string;
  /** ISO 8601. */
  readonly sentAt: string;
  readonly receives: number;
  /** Why it was parked; a dead letter has only failed too often. */
  readonly reason: string;
  readonly envelope: ReadableFields;
}

export interface ReceivedLetter extends DeadLetter {
  readonly message: Message;
}

export interface ParkedLetter extends DeadLetter {
  readonly item: Item;
  readonly row: ParkedRow;
}

/** Seconds that a message is hidden from other readers while it is read. */
const LOOK_SECONDS = 30;
const RECEIVE_LIMIT = 10;

/** Number of messages, approximate as SQS counts. */
export async function depthOf(connection: Connection, name: string): Promise<number> {
  const { Attributes = {} } = await connection.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await connection.queueUrl(name),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages ?? 0) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0)
  );
}

/** Receives up to `limit` messages, each once, and hides them for `seconds`. */
export async function receive(
  connection: Connection,
  queue: QueueName,
  limit: number,
  seconds: number = LOOK_SECONDS,
): Promise<readonly ReceivedLetter[]> {
  const QueueUrl = await connection.queueUrl(`${queue}-dlq`);
  const letters = new Map<string, ReceivedLetter>();
  while (letters.size < limit) {
    const { Messages = [] } = await connection.clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(RECEIVE_LIMIT, limit - letters.size),
        VisibilityTimeout: seconds,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) break;
    for (const message of Messages) {
      const letter = received(queue, message);
      letters.set(letter.id, letter);
    }
  }
  return [...letters.values()];
}

/** Reads messages without taking them. */
export async function peek(connection: Connection, queue: QueueName, limit: number) {
  const letters = await receive(connection, queue, limit);
  await giveBack(connection, letters);
  return letters;
}

/** Makes messages visible again that were only read. */
export async function giveBack(connection: Connection, letters: readonly ReceivedLetter[]): Promise<void> {
  for (const { queue, message } of letters) {
    await connection.clients.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: await connection.queueUrl(`${queue}-dlq`),
        ReceiptHandle: message.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
  }
}

function received(queue: QueueName, message: Message): ReceivedLetter {
  const { MessageId = '', Body = '', Attributes = {} } = message;
  return {
    queue,
    from: 'dead-letter queue',
    id: MessageId,
    sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
    receives: Number(Attributes.ApproximateReceiveCount ?? 0),
    reason: 'received too often',
    envelope: readableFieldsOf(Body),
    message,
  };
}

/** Says that another operator sent or discarded a parked row since it was listed. */
export const NOT_PARKED = 'it is not parked any more: another operator redrove or discarded it';

/**
 * Parked rows, oldest first. @param wanted only rows that it accepts count; without it, every row. So a row that is
 * named is found however many stand before it.
 */
export async function parked(
  { store }: Pick<Connection, 'store'>,
  queue: QueueName,
  limit: number,
  wanted: (letter: ParkedLetter) => boolean = () => true,
): Promise<readonly ParkedLetter[]> {
  const { pk } = parkedKey(queue, '', '', '');
  const found: ParkedLetter[] = [];
  for await (const item of everyRow(store, pk, { most: Number.POSITIVE_INFINITY })) {
    const letter = parkedLetter(queue, item);
    if (wanted(letter)) found.push(letter);
    if (found.length >= limit) break;
  }
  return found;
}

function parkedLetter(queue: QueueName, item: Item): ParkedLetter {
  const row = item.data as ParkedRow;
  return {
    queue,
    from: 'parked',
    id: rowId(item),
    sentAt: row.at,
    receives: row.receives,
    reason: row.reason,
    envelope: { ...row.described, messageId: row.messageId, digest: row.digest },
    item,
    row,
  };
}

/** The id is the row's and not the content's: one message may be parked twice. */
const rowId = ({ pk, sk }: Item): string => hashText(`${pk}#${sk}`).slice(0, ID_CHARS);
const ID_CHARS = 16;

/** Whether the name is its id, or the digest of its content (which logs and older versions use). */
export const isNamed = (letter: DeadLetter | ParkedLetter, name: string): boolean =>
  letter.id === name || ('row' in letter && name.length >= ID_CHARS && letter.row.digest.startsWith(name));

/** The named letter. @throws Problem when a digest names several: an answer for one must not apply to the others */
export function theOne<L extends DeadLetter>(letters: readonly L[], name: string): L | undefined {
  const [first, ...others] = letters.filter((letter) => isNamed(letter, name));
  if (first === undefined || others.length === 0) return first;
  const ids = [first, ...others].map(({ id }) => id).join(', ');
  throw Problem.refused(`${others.length + 1} parked rows have this message: ${ids}.`, 'Name one of them.');
}

/** Without the members that only the redrive needs. */
export const plain = ({ queue, from, id, sentAt, receives, reason, envelope }: DeadLetter): DeadLetter => ({
  ...{ queue, from, id, sentAt, receives, reason, envelope },
});
