/**
 * The `Store` port over DynamoDB. `conditionOf` builds the conditions of all writes. Rows are converted here: lib-dynamodb
 * takes more CPU, and must not use our client (clients.ts).
 */

import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type Item,
  type Key,
  type OtherTable,
  type Store,
  StoreBusyError,
  type When,
  type Write,
  type WriteResult,
} from '../app/ports.ts';
import { defined } from '../payment/defined.ts';

/**
 * The most writes that DynamoDB accepts in one transaction. More is an error in our own code
 * (test/app/transition/bounds.test.ts).
 */
export const MAX_WRITES = 100;

/** Index of rows that are not final, see ports.ts `Item.openShard`. */
export const OPEN_INDEX = 'open';

/** Errors after which nothing was written and a retry may succeed. */
const BUSY_ERRORS = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
]);
/** The same as cancellation reasons of one item of a transaction. */
const BUSY_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** A row, or values of an expression, in the form of DynamoDB's requests. */
type Wire = Record<string, AttributeValue>;

const wireOf = (item: Item): Wire => marshall(item, { removeUndefinedValues: true });
const itemOf = (wire: Wire): Item => unmarshall(wire) as Item;

interface Condition {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Wire;
}

/**
 *   when           the row as it is:   nothing    version 1    version 2
 *   always                             write      write        write
 *   absent                             write      refuse       refuse
 *   present                            refuse     write        write
 *   { versionIs: 1 }                   refuse     write        refuse
 */
function conditionOf(when: When): Condition {
  const rowDoesNotExist = 'attribute_not_exists(#pk)';
  const rowExists = 'attribute_exists(#pk)';
  const versionIsUnchanged = '#version = :version';

  if (when === 'always') return {};
  if (when === 'absent') {
    return { ConditionExpression: rowDoesNotExist, ExpressionAttributeNames: { '#pk': 'pk' } };
  }
  if (when === 'present')
    return { ConditionExpression: rowExists, ExpressionAttributeNames: { '#pk': 'pk' } };
  return {
    ConditionExpression: versionIsUnchanged,
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: marshall({ ':version': when.versionIs }),
  };
}

/**
 * @param options.client a plain DynamoDB client
 * @param options.table name of the table (pk, sk, index `open`)
 * @param options.vault name of the table of splitTokens (pk, sk); absent: there is none
 */
export const dynamoStore = (options: {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly vault?: string | undefined;
}): Store => new DynamoStore(options.client, options.table, options.vault);

class DynamoStore implements Store {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #vault: string | undefined;

  constructor(client: DynamoDBClient, table: string, vault: string | undefined) {
    this.#client = client;
    this.#table = table;
    this.#vault = vault;
  }

  #nameOf(table: OtherTable | undefined): string {
    if (table === undefined) return this.#table;
    if (this.#vault === undefined) throw new RangeError('this store has no vault');
    return this.#vault;
  }

  async get(key: Key, from?: OtherTable): Promise<Item | undefined> {
    const TableName = this.#nameOf(from);
    const command = new GetItemCommand({ TableName, Key: wireKeyOf(key), ConsistentRead: true });
    const { Item } = await busyAware(() => this.#client.send(command));
    return Item === undefined ? undefined : itemOf(Item);
  }

  async query(pk: string, { prefix, limit, after }: Parameters<Store['query']>[1]): Promise<readonly Item[]> {
    const items: Item[] = [];
    let start: Wire | undefined = after === undefined ? undefined : wireKeyOf({ pk, sk: after });
    // A page ends at 1 MB, so one response may contain fewer rows than there are.
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        ...keyCondition(pk, prefix),
        Limit: limit - items.length,
        ...defined({ ExclusiveStartKey: start }),
      });
      const { Items, LastEvaluatedKey } = await busyAware(() => this.#client.send(command));
      items.push(...(Items ?? []).map(itemOf));
      start = LastEvaluatedKey;
    } while (start !== undefined && items.length < limit);
    return items;
  }

  async write(writes: readonly Write[]): Promise<WriteResult> {
    const [first] = writes;
    if (first === undefined) return { ok: true };
    if (writes.length > MAX_WRITES) throw new RangeError(`${writes.length} writes in one transaction`);
    // DynamoDB supports a single check only as a transaction of one.
    return writes.length === 1 && !('check' in first) ? this.#writeOne(first) : this.#writeTogether(writes);
  }

  async open(shard: string, until: string, limit: number, from?: string): Promise<readonly Key[]> {
    const command = new QueryCommand({
      TableName: this.#table,
      IndexName: OPEN_INDEX,
      KeyConditionExpression: `#shard = :shard AND ${from === undefined ? '#at <= :until' : '#at BETWEEN :from AND :until'}`,
      ExpressionAttributeNames: { '#shard': 'openShard', '#at': 'openAt' },
      ExpressionAttributeValues: marshall({
        ':shard': shard,
        ':until': until,
        ...defined({ ':from': from }),
      }),
      Limit: limit,
    });
    const { Items } = await busyAware(() => this.#client.send(command));
    return (Items ?? []).map((item) => keyOf(itemOf(item)));
  }

  async #writeOne(write: Exclude<Write, { readonly check: Key }>): Promise<WriteResult> {
    const shared = {
      TableName: this.#nameOf('in' in write ? write.in : undefined),
      ...conditionOf(write.when),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    try {
      if ('put' in write) await this.#client.send(new PutItemCommand({ ...shared, Item: wireOf(write.put) }));
      else await this.#client.send(new DeleteItemCommand({ ...shared, Key: wireKeyOf(write.remove) }));
      return { ok: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw asBusy(error);
      return { ok: false, refused: [refusal(0, error.Item)] };
    }
  }

  async #writeTogether(writes: readonly Write[]): Promise<WriteResult> {
    try {
      await this.#client.send(
        new TransactWriteItemsCommand({
          // Makes the SDK's own retry after a lost response harmless (DynamoDB keeps tokens for ten minutes).
          ClientRequestToken: randomUUID(),
          TransactItems: writes.map((write) =>
            transactItem(this.#nameOf('in' in write ? write.in : undefined), write),
          ),
        }),
      );
      return { ok: true };
    } catch (error) {
      if (error instanceof TransactionCanceledException) return canceled(error);
      throw asBusy(error);
    }
  }
}

const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk });
const wireKeyOf = ({ pk, sk }: Key): Wire => ({ pk: { S: pk }, sk: { S: sk } });

const keyCondition = (pk: string, prefix: string | undefined) =>
  prefix === undefined
    ? {
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: marshall({ ':pk': pk }),
      }
    : {
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
        ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': prefix }),
      };

function transactItem(TableName: string, write: Write): TransactWriteItem {
  const ReturnValuesOnConditionCheckFailure = 'ALL_OLD' as const;
  const shared = { TableName, ReturnValuesOnConditionCheckFailure, ...conditionOf(write.when) };
  if ('put' in write) return { Put: { ...shared, Item: wireOf(write.put) } };
  if ('remove' in write) return { Delete: { ...shared, Key: wireKeyOf(write.remove) } };
  const { ConditionExpression } = shared;
  if (ConditionExpression === undefined) throw new RangeError('a check needs a condition');
  return {
    ConditionCheck: { ...shared, ConditionExpression, Key: wireKeyOf(write.check) },
  };
}

/** A refused condition is a result, even beside a conflict: the caller reads again in either case. */
function canceled(error: TransactionCanceledException): WriteResult {
  const reasons = error.CancellationReasons ?? [];
  const refused = reasons.flatMap((reason, index) =>
    reason.Code === 'ConditionalCheckFailed' ? [refusal(index, reason.Item)] : [],
  );
  if (refused.length > 0) return { ok: false, refused };
  if (reasons.some((reason) => BUSY_REASONS.has(reason.Code ?? ''))) {
    throw new StoreBusyError('transaction conflict', { cause: error });
  }
  throw error;
}

type Refusal = Extract<WriteResult, { readonly ok: false }>['refused'][number];

function refusal(index: number, existing: Wire | undefined): Refusal {
  return existing === undefined ? { index } : { index, existing: itemOf(existing) };
}

const asBusy = (error: unknown): unknown =>
  error instanceof Error && BUSY_ERRORS.has(error.name)
    ? new StoreBusyError(error.name, { cause: error })
    : error;

async function busyAware<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asBusy(error);
  }
}
