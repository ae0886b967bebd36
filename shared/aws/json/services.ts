/** The three calls of an intake, as implementations of the application's ports. */
import { createHash } from 'node:crypto';
import type { IntakeDeps } from '../../app/http/intake.ts';
import type { FetchSecret } from '../../app/platform/secrets.ts';
import type { Queue } from '../../app/ports.ts';
import { quarantineFullKey } from '../../app/table/keys.ts';
import { defined } from '../../payment/defined.ts';
import { UnusableSecretError } from '../../providers/provider.ts';
import { messageText } from '../message-text.ts';
import type { JsonClient } from './client.ts';

/**
 * A queue of SQS.
 * @param url the queue's URL; a standard queue
 * @throws also if SQS received another text than was sent (its MD5); the provider then sends the notification again
 */
export function jsonQueue(call: JsonClient, url: string): Queue {
  return {
    async send(json, { delaySeconds, group, signal } = {}) {
      const body = messageText(json);
      const { MD5OfMessageBody } = await call({
        service: 'sqs',
        operation: 'SendMessage',
        input: {
          QueueUrl: url,
          MessageBody: body,
          // On a standard queue a message group means fairness between senders, not order.
          ...defined({ DelaySeconds: delaySeconds, MessageGroupId: group }),
        },
        signal,
      });
      if (MD5OfMessageBody !== createHash('md5').update(body).digest('hex')) {
        throw new Error('SQS took another text than was sent: MD5OfMessageBody differs');
      }
    },
  };
}

export const jsonSecrets =
  (call: JsonClient): FetchSecret =>
  async (name, signal) => {
    const { SecretString } = await call({
      service: 'secretsmanager',
      operation: 'GetSecretValue',
      input: { SecretId: name },
      signal,
    });
    if (typeof SecretString !== 'string') throw new UnusableSecretError('holds no text');
    return SecretString;
  };

const QUARANTINE_PATIENCE_MS = 500;

/** Reads the row that says whether an account's quarantine is full. Only one attempt, since a request waits for it. */
export const readQuarantineFull =
  (call: JsonClient, table: string): NonNullable<IntakeDeps['quarantineIsFull']> =>
  async (scope, month, signal) => {
    const { pk, sk } = quarantineFullKey(scope, month);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(QUARANTINE_PATIENCE_MS)]);
    const { Item } = await call({
      service: 'dynamodb',
      operation: 'GetItem',
      input: { TableName: table, ConsistentRead: true, Key: { pk: { S: pk }, sk: { S: sk } } },
      signal: patience,
      attempts: 1,
    });
    return Item !== undefined;
  };
