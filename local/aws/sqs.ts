/**
 * SQS on this computer: fauxqs in this process, called by functions (it opens no port), plus the limits that AWS has
 * and fauxqs lacks.
 */
import { join } from 'node:path';
import { buildApp } from 'fauxqs';
import { privateFile } from '../data-folder.ts';
import { type Json, type JsonObject, LOCAL_ACCOUNT, LOCAL_REGION, object } from '../template/resolve.ts';
import type { QueueSpec } from '../template/template.ts';
import { AwsError } from './json-protocol.ts';

/** Depth of one queue, as the inspection API returns it. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Name and depth of its dead-letter queue; absent on a dead-letter queue. */
  readonly dlq?: { readonly name: string; readonly visible: number; readonly inFlight: number };
}

export interface Sqs {
  /** Any SQS operation, e.g. ("ReceiveMessage", {…}). Throws AwsError. */
  call(operation: string, input: JsonObject): Promise<JsonObject>;
  depths(): Promise<Readonly<Record<string, QueueDepth>>>;
  stop(): Promise<void>;
}

type App = ReturnType<typeof buildApp>;
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;

/** Only the name matters: fauxqs ignores the host of a queue URL. */
export const queueUrl = (name: string): string => `http://127.0.0.1/${LOCAL_ACCOUNT}/${name}`;

/**
 * Creates the queues (or finds them again in `dataDir`, with their messages).
 * @param baseUrl origin of queue URLs; an SDK sends to the host in a queue's URL
 */
export async function startSqs(
  specs: readonly QueueSpec[],
  { dataDir, baseUrl }: { readonly dataDir?: string | undefined; readonly baseUrl?: string } = {},
): Promise<Sqs> {
  const persistence = dataDir === undefined ? undefined : await openPersistence(dataDir);
  const app = buildApp({
    logger: false,
    defaultRegion: LOCAL_REGION,
    ...(persistence ? { stores: persistence.stores } : {}),
  });
  if (persistence !== undefined) app.addHook('preClose', async () => persistence.close());

  const call: Sqs['call'] = async (operation, input) => {
    checkLimits(operation, input);
    const answer = await inject(app, operation, input);
    return baseUrl === undefined ? answer : reachable(answer, baseUrl);
  };
  await createQueues(specs, call);
  return {
    call,
    depths: () => depthsOf(specs, call),
    stop: async () => {
      await app.close();
    },
  };
}

/** The answer with queue URLs that point to this endpoint. */
function reachable(answer: JsonObject, baseUrl: string): JsonObject {
  const here = (url: Json): Json => String(url).replace(/^https?:\/\/[^/]+/, baseUrl);
  const { QueueUrl, QueueUrls } = answer;
  return {
    ...answer,
    ...(QueueUrl === undefined ? {} : { QueueUrl: here(QueueUrl) }),
    ...(Array.isArray(QueueUrls) ? { QueueUrls: QueueUrls.map(here) } : {}),
  };
}

async function inject(app: App, operation: string, input: JsonObject): Promise<JsonObject> {
  const response = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
    payload: JSON.stringify(input),
  });
  const answer = object(response.body === '' ? {} : (JSON.parse(response.body) as Json));
  if (response.statusCode < 300) return answer;
  const code = String(answer.__type ?? 'InternalError').replace(/^.*#/, '');
  throw new AwsError(code, String(answer.message ?? ''), response.statusCode);
}

/** Dead-letter queues first, because a redrive policy must name an existing queue. */
async function createQueues(specs: readonly QueueSpec[], call: Sqs['call']): Promise<void> {
  const ordered = [...specs].sort((left, right) => Number(isSource(left)) - Number(isSource(right)));
  const { QueueUrls = [] } = await call('ListQueues', {});
  const existing = new Set((QueueUrls as readonly string[]).map((url) => url.split('/').pop()));
  for (const { name, attributes } of ordered) {
    if (existing.has(name)) {
      await call('SetQueueAttributes', { QueueUrl: queueUrl(name), Attributes: attributes });
    } else {
      await call('CreateQueue', { QueueName: name, Attributes: attributes });
    }
  }
}

const isSource = (spec: QueueSpec): boolean => spec.deadLetterQueue !== undefined;

async function depthsOf(
  specs: readonly QueueSpec[],
  call: Sqs['call'],
): Promise<Readonly<Record<string, QueueDepth>>> {
  const counts = new Map<string, { visible: number; inFlight: number; delayed: number }>();
  for (const { name } of specs) {
    const { Attributes } = await call('GetQueueAttributes', {
      QueueUrl: queueUrl(name),
      AttributeNames: ['All'],
    });
    const attributes = object(Attributes);
    counts.set(name, {
      visible: Number(attributes.ApproximateNumberOfMessages),
      inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(attributes.ApproximateNumberOfMessagesDelayed),
    });
  }
  const none = { visible: 0, inFlight: 0, delayed: 0 };
  return Object.fromEntries(
    specs.map(({ name, deadLetterQueue }) => {
      const depth: QueueDepth = counts.get(name) ?? none;
      if (deadLetterQueue === undefined) return [name, depth];
      const { visible, inFlight } = counts.get(deadLetterQueue) ?? none;
      return [name, { ...depth, dlq: { name: deadLetterQueue, visible, inFlight } }];
    }),
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_DELAY_SECONDS = 900;
const MAX_ATTRIBUTES = 10;
const MAX_BATCH_ID_LENGTH = 80;
/** Letters, digits and punctuation, at most 128: no space, no control character, nothing beyond ASCII. */
const TOKEN = /^[!-~]{1,128}$/;

/** Refuses what AWS refuses and fauxqs accepts. @throws AwsError as AWS would answer */
function checkLimits(operation: string, input: JsonObject): void {
  if (operation === 'SendMessage') checkMessage(input);
  if (operation === 'SendMessageBatch' && Array.isArray(input.Entries)) {
    for (const entry of input.Entries as readonly Json[]) {
      if (String(object(entry).Id).length > MAX_BATCH_ID_LENGTH) {
        throw new AwsError('InvalidBatchEntryId', 'A batch entry id can be at most 80 letters long.');
      }
      checkMessage(object(entry));
    }
  }
}

function checkMessage(message: JsonObject): void {
  for (const name of ['MessageGroupId', 'MessageDeduplicationId']) {
    const value = message[name];
    if (value !== undefined && value !== null && !TOKEN.test(String(value))) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${String(value)} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      );
    }
  }
  const delay = message.DelaySeconds ?? 0;
  if (!Number.isInteger(delay) || Number(delay) < 0 || Number(delay) > MAX_DELAY_SECONDS) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${String(delay)} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`,
    );
  }
  if (Object.keys(object(message.MessageAttributes)).length > MAX_ATTRIBUTES) {
    throw new AwsError(
      'InvalidParameterValue',
      'Number of message attributes exceeds the allowed maximum 10.',
    );
  }
}

/** File name that fauxqs uses. */
const DATABASE = 'fauxqs.db';

/**
 * fauxqs persists only through startFauxqs(), which listens on every network interface. Its parts do the same without a
 * port; the package does not export them, so they are imported by file path.
 */
async function openPersistence(dataDir: string): Promise<{ readonly stores: Stores; close(): void }> {
  const part = async (path: string): Promise<Record<string, new (...args: string[]) => unknown>> =>
    import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [{ SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all([
    part('./sqs/sqsStore.js'),
    part('./sns/snsStore.js'),
    part('./s3/s3Store.js'),
    part('./persistence.js'),
  ]);
  if (!(SqsStore && SnsStore && S3Store && PersistenceManager)) {
    throw new Error('this version of fauxqs keeps nothing: its stores are not where they were');
  }
  privateFile(join(dataDir, DATABASE));
  const manager = new PersistenceManager(dataDir) as {
    readonly db: { prepare(sql: string): { run(...values: string[]): unknown } };
    updateMessageReady: (messageId: string) => void;
    loadSqsAndSns(sqs: unknown, sns: unknown): void;
    close(): void;
  };
  // fauxqs's own statement writes NULL into a column that cannot hold it, so a visibility timeout of 0 would lose the
  // message.
  const makeReady = manager.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  manager.updateMessageReady = (messageId) => void makeReady.run(messageId);
  // The consumers of the earlier run have ended, so their messages become visible without waiting for the timeout.
  manager.db.prepare('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL').run();
  const sqsStore = new SqsStore() as {
    persistence: unknown;
    allQueues(): Iterable<{ persistence: unknown }>;
  };
  const snsStore = new SnsStore() as { persistence: unknown };
  manager.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = manager;
  snsStore.persistence = manager;
  for (const queue of sqsStore.allQueues()) queue.persistence = manager;
  return {
    stores: { sqsStore, snsStore, s3Store: new S3Store() } as unknown as Stores,
    close: () => manager.close(),
  };
}
