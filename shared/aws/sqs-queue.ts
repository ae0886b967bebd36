/** The `Queue` and `PutOff` ports over SQS. */

import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PutOff, Queue } from '../app/ports.ts';
import { defined } from '../payment/defined.ts';
import { messageText } from './message-text.ts';

/** @param url the queue's URL; a standard queue */
export function sqsQueue(client: SQSClient, url: string): Queue {
  return {
    async send(body, { delaySeconds, group, signal } = {}) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: messageText(body),
          ...defined({ DelaySeconds: delaySeconds }),
          // On a standard queue a message group means fairness between senders, not order.
          ...defined({ MessageGroupId: group }),
        }),
        defined({ abortSignal: signal }),
      );
    },
  };
}

/** SQS allows at most twelve hours from the receipt of a message. */
const MAX_VISIBILITY_SECONDS = 43_200;

export const sqsPutOff =
  (client: SQSClient, url: string): PutOff =>
  async (receiptHandle, seconds) => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.min(Math.max(Math.ceil(seconds), 0), MAX_VISIBILITY_SECONDS),
      }),
    );
  };
