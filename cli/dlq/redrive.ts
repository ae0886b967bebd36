/** Sends a message back to its queue; deletes it here only after SQS has accepted the copy. */
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { OperatorError } from '../../shared/app/operator/holds.ts';
import { parkedContext } from '../../shared/app/platform/message.ts';
import type { EnvelopeKeys } from '../../shared/app/platform/seal.ts';
import { open } from '../../shared/app/platform/seal.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import type { Connection } from '../connect.ts';
import { NOT_PARKED, type ParkedLetter, type ReceivedLetter } from './dead-letters.ts';

export type Redriven =
  | 'sent'
  | 'sent, but the dead letter was not deleted; a second copy changes nothing'
  | 'sent, but its row was not deleted; a second copy changes nothing'
  | 'sent, but another operator redrove or discarded it at the same time';

/** @throws what SendMessage threw; then nothing was deleted */
export async function redriveMessage(
  connection: Connection,
  { queue, message }: ReceivedLetter,
): Promise<Redriven> {
  const { sqs } = connection.clients;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: await connection.queueUrl(queue),
      MessageBody: message.Body ?? '',
      ...(message.Attributes?.MessageGroupId === undefined
        ? {}
        : { MessageGroupId: message.Attributes.MessageGroupId }),
    }),
  );
  try {
    await sqs.send(
      new DeleteMessageCommand({
        QueueUrl: await connection.queueUrl(`${queue}-dlq`),
        ReceiptHandle: message.ReceiptHandle,
      }),
    );
    return 'sent';
  } catch {
    return 'sent, but the dead letter was not deleted; a second copy changes nothing';
  }
}

/** The parked message was too long and was cut, so it differs from the original. */
class CutError extends Error {
  override readonly name = 'CutError';
}

/**
 * Opens the row and sends the message inside; that message's content stays sealed. A row that is gone since it was
 * listed is not sent: an operator may have discarded it.
 * @throws CutError, SealError, OperatorError
 */
export async function redriveParked(
  connection: Connection,
  { queue, row, item }: ParkedLetter,
  keys: EnvelopeKeys,
): Promise<Redriven> {
  const body = open(row.sealed, parkedContext(queue, row.digest), keys);
  if (hashText(body) !== row.digest) throw new CutError('it was too long and was cut when it was parked');
  if ((await connection.store.get(item)) === undefined) throw new OperatorError(NOT_PARKED);
  await connection.clients.sqs.send(
    new SendMessageCommand({ QueueUrl: await connection.queueUrl(queue), MessageBody: body }),
  );
  try {
    const removed = await connection.store.write([{ remove: { pk: item.pk, sk: item.sk }, when: 'present' }]);
    return removed.ok ? 'sent' : 'sent, but another operator redrove or discarded it at the same time';
  } catch {
    return 'sent, but its row was not deleted; a second copy changes nothing';
  }
}
