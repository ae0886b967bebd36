/**
 * Takes events of the bus `payhooks-<environment>`: an EventBridge rule hands each to this function, at least once and
 * in any order. The event's id and what it does to the order are written in one DynamoDB transaction, so a second copy
 * changes nothing.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { PayhooksEvent } from '../../docs/events/payhooks-events.ts';
import { isOurs } from '../bus/verify-event.ts';

interface Deps {
  /** Each "whsec_…" of the secret payhooks/<environment>/target. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly transact: (input: TransactWriteCommand['input']) => Promise<unknown>;
  readonly table: string;
}

/** @throws what made it fail: Lambda tries again, and then puts the event on the rule's dead-letter queue */
export async function consume(detail: PayhooksEvent, { secrets, transact, table }: Deps): Promise<void> {
  if (!isOurs(detail, await secrets())) throw new Error('an event that Payhooks did not sign');
  const goods = goodsOf(detail, table);
  // Every other type says something, and asks for nothing.
  if (goods === undefined) return;
  const key = { pk: `event#${detail.id}` };
  const once = { TableName: table, Item: key, ConditionExpression: 'attribute_not_exists(pk)' };
  try {
    await transact({ TransactItems: [{ Put: once }, { Update: goods }] });
  } catch (error) {
    if (!isKnown(error)) throw error;
  }
}

/** One row per grant: what was given, and whether it was taken back. A revoke that came first keeps the goods here. */
function goodsOf({ type, payment, epoch, orderReference = payment }: PayhooksEvent, table: string) {
  if (type !== 'fulfil' && type !== 'revoke') return undefined;
  return {
    TableName: table,
    Key: { pk: `grant#${payment}#${epoch}` },
    UpdateExpression: 'SET #order = :order, #what = :yes',
    ExpressionAttributeNames: { '#order': 'order', '#what': type === 'fulfil' ? 'fulfilled' : 'revoked' },
    ExpressionAttributeValues: { ':order': orderReference, ':yes': true },
  };
}

/** The event's id was there already. */
function isKnown(error: unknown): boolean {
  const { CancellationReasons = [] } = error as {
    readonly CancellationReasons?: readonly { readonly Code?: string }[];
  };
  return CancellationReasons[0]?.Code === 'ConditionalCheckFailed';
}

const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
const secretsManager = new SecretsManagerClient();
let known: Promise<readonly string[]> | undefined;

async function secretsOfStack(): Promise<readonly string[]> {
  const id = process.env.TARGET_SECRET;
  const { SecretString = '{}' } = await secretsManager.send(new GetSecretValueCommand({ SecretId: id }));
  const { current, next } = JSON.parse(SecretString) as { readonly current?: string; readonly next?: string };
  return [current, next].filter((secret) => secret !== undefined);
}

/** The secret is read once per environment; what it does not verify fails, and is tried again in a newer one. */
export const handler = ({ detail }: { readonly detail: PayhooksEvent }): Promise<void> =>
  consume(detail, {
    secrets: () => (known ??= secretsOfStack()),
    transact: (input) => documents.send(new TransactWriteCommand(input)),
    table: process.env.TABLE ?? '',
  });
