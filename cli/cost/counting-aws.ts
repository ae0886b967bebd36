/**
 * A substitute in memory for DynamoDB, SQS, Secrets Manager and EventBridge, called by the deployed clients: it counts
 * each request as AWS bills it, then answers.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answered } from '../../local/aws/engines/built-in/engine.ts';
import { Database } from '../../local/aws/engines/built-in/operations.ts';
import { type AttributeValue, type Item, sizeOf } from '../../local/aws/engines/built-in/values.ts';
import { answerJson, bodyOf } from '../../local/aws/json-protocol.ts';
import { createLocalServer } from '../../local/aws/own-web.ts';
import {
  type Counted,
  countIdempotency,
  countRead,
  countWrites,
  type Measured,
  nothingCounted,
  type Written,
} from './units.ts';

export const TABLE = 'payhooks-cost';
export const IDEMPOTENCY_TABLE = 'payhooks-cost-idempotency';
const KEYS: Readonly<Record<string, readonly string[]>> = {
  [TABLE]: ['pk', 'sk'],
  [IDEMPOTENCY_TABLE]: ['id'],
};
/** SQS and EventBridge bill each begun 64 KB of a request or an event as one. */
const REQUEST_BYTES = 65_536;
const chunks = (text: string): number => Math.max(1, Math.ceil(Buffer.byteLength(text) / REQUEST_BYTES));

type Input = Readonly<Record<string, unknown>>;
/** Members of a row's write request. */
interface RowInput {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
}

export interface CountingAws {
  /** "http://127.0.0.1:<port>" */
  readonly endpoint: string;
  /** Removes and returns the messages of a queue, which is named by the last part of its URL. */
  take(queue: string): readonly string[];
  /** Counts later calls here. */
  countInto(counted: Counted): void;
  stop(): Promise<void>;
}

/** @param secretOf returns the text of a secret by its name */
export async function startCountingAws(secretOf: (name: string) => string): Promise<CountingAws> {
  const database = new Database(Date.now);
  for (const create of TABLES) database.call('CreateTable', create);
  const queues = new Map<string, string[]>();
  let counted = nothingCounted();
  const call = (service: string, operation: string, input: Input): unknown => {
    if (service === 'DynamoDB_20120810') return countedCall(database, operation, input, counted);
    switch (operation) {
      case 'GetSecretValue':
        return { SecretString: secretOf(String(input.SecretId)) };
      case 'SendMessage': {
        const body = String(input.MessageBody);
        counted.sends += chunks(body);
        const queue = String(input.QueueUrl).split('/').at(-1) ?? '';
        queues.set(queue, [...(queues.get(queue) ?? []), body]);
        return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
      }
      case 'PutEvents': {
        const entries = input.Entries as readonly Input[];
        counted.events += entries.reduce((sum, entry) => sum + chunks(JSON.stringify(entry)), 0);
        return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: randomUUID() })) };
      }
      default:
        throw new Error(`${service}.${operation} is not counted`);
    }
  };
  const server = createLocalServer((request, response) => void serve(request, response, call));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: (queue) => {
      const bodies = queues.get(queue) ?? [];
      queues.delete(queue);
      return bodies;
    },
    countInto: (into) => {
      counted = into;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  call: (service: string, operation: string, input: Input) => unknown,
): Promise<void> {
  const version = /-json-(1\.\d)/.exec(String(request.headers['content-type']))?.[1] ?? '1.0';
  const [service = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
  const { status, body } = await answered(async () =>
    call(service, operation, JSON.parse((await bodyOf(request)).toString('utf8')) as Input),
  );
  answerJson(response, status, JSON.stringify(body), version);
}

const attributes = (names: readonly string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const keySchema = (names: readonly string[]) =>
  names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' }));

const TABLES: readonly Input[] = [
  {
    TableName: TABLE,
    AttributeDefinitions: attributes(['pk', 'sk', 'openShard', 'openAt']),
    KeySchema: keySchema(['pk', 'sk']),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'open',
        KeySchema: keySchema(['openShard', 'openAt']),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  },
  {
    TableName: IDEMPOTENCY_TABLE,
    AttributeDefinitions: attributes(['id']),
    KeySchema: keySchema(['id']),
  },
];

const WRITES = { PutItem: 'put', UpdateItem: 'put', DeleteItem: 'remove' } as const;
const TRANSACTED = { Put: 'put', Delete: 'remove', Update: 'put', ConditionCheck: 'check' } as const;

function countedCall(database: Database, operation: string, input: Input, counted: Counted): unknown {
  if (operation === 'TransactWriteItems') {
    const items = (input.TransactItems as readonly Readonly<Record<string, RowInput>>[]).flatMap((item) =>
      Object.entries(item),
    );
    const rows = items.map(([name, row]) => ({ row, how: TRANSACTED[name as keyof typeof TRANSACTED] }));
    return countedWrite(database, { operation, input, rows }, counted);
  }
  const how = WRITES[operation as keyof typeof WRITES];
  if (how !== undefined) {
    const rows = [{ row: input as unknown as RowInput, how }];
    return countedWrite(database, { operation, input, rows }, counted);
  }
  const answer = database.call(operation, input) as {
    readonly Item?: Item;
    readonly Items?: readonly Item[];
  };
  const read = answer.Items ?? (answer.Item === undefined ? [] : [answer.Item]);
  countRead(
    counted,
    read.reduce((sum, item) => sum + sizeOf(item), 0),
  );
  return answer;
}

interface WriteCall {
  readonly operation: string;
  readonly input: Input;
  readonly rows: readonly { readonly row: RowInput; readonly how: Written['how'] }[];
}

/** A refused write is counted as well: DynamoDB bills its units for the condition. */
function countedWrite(database: Database, { operation, input, rows }: WriteCall, counted: Counted): unknown {
  const before = rows.map(({ row }) => stored(database, row));
  try {
    return database.call(operation, input);
  } finally {
    const written = rows.map(({ row, how }, index): Written => {
      const { sk } = keyOf(row);
      return {
        sk: String(sk?.S ?? ''),
        how,
        before: before[index],
        after: how === 'put' ? stored(database, row) : undefined,
      };
    });
    if (rows[0]?.row.TableName === IDEMPOTENCY_TABLE)
      countIdempotency(counted, Math.max(...written.flatMap((each) => [each.before, each.after]).map(bytes)));
    else countWrites(counted, written, operation === 'TransactWriteItems');
  }
}

const bytes = (row: Measured | undefined): number => row?.bytes ?? 0;

function keyOf({ TableName, Item, Key = Item }: RowInput): Readonly<Record<string, AttributeValue>> {
  const names = KEYS[TableName] ?? [];
  return Object.fromEntries(Object.entries(Key ?? {}).filter(([name]) => names.includes(name)));
}

/** The stored row, before or after a write. */
function stored(database: Database, row: RowInput): Measured | undefined {
  const { Item } = database.call('GetItem', { TableName: row.TableName, Key: keyOf(row) }) as {
    readonly Item?: Item;
  };
  return Item === undefined ? undefined : { bytes: sizeOf(Item), openAt: Item.openAt?.S as string };
}
