/**
 * A worker in its own process, so that SIGKILL can end it at any moment: the deployed handlers over a real engine. The
 * queues and the shop are in the test's process (fleet.ts), which also bundles the worker.
 */
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import type { Log } from '../../shared/app/platform/log.ts';
import { jitteredPause } from '../../shared/app/table/attempts.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { providers } from '../../shared/providers/index.ts';
import { publicKeys } from '../support/trustly-signature.ts';
import { ACCOUNTS, ENVELOPE_KEYS } from './messages.ts';

interface Invoke {
  readonly type: 'invoke';
  readonly event: SQSEvent;
  /** Milliseconds by which the test's clock is ahead of the real clock. */
  readonly skewMs: number;
  readonly timeoutMs: number;
}
/** A request that the test's process carries out: a send to the fulfilment queue, a delivery, or a postponement. */
export interface WorkerRequest {
  /** Kept bundles of earlier workers (test/compat/previous) write this word. */
  readonly type: 'ask';
  readonly number: number;
  readonly what: 'send' | 'deliver' | 'putOff';
  readonly body: string;
  readonly seconds?: number;
}
export type FromWorker =
  | WorkerRequest
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly failures: readonly string[] };
export type ToWorker = Invoke | { readonly type: 'answer'; readonly number: number };

const [kind = '', endpoint = '', table = '', idempotencyTable = ''] = process.argv.slice(2);
const notify = (message: FromWorker) => process.send?.(message);
const waiting = new Map<number, () => void>();
let requests = 0;
const request = (what: WorkerRequest['what'], body: string, seconds?: number): Promise<void> =>
  new Promise((resolve) => {
    requests += 1;
    waiting.set(requests, resolve);
    notify({ type: 'ask', number: requests, what, body, ...(seconds === undefined ? {} : { seconds }) });
  });

let skewMs = 0;
const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
const client = new DynamoDBClient({
  endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const deps = {
  store: dynamoStore({ client, table }),
  clock: () => Date.now() + skewMs,
  pause: jitteredPause,
  fulfilment: { send: (body: string) => request('send', body) },
  target: {
    name: 'eventbridge' as const,
    deliver: (event: { readonly id: string }) => request('deliver', JSON.stringify(event)),
  },
  persistence: new DynamoDBPersistenceLayer({ tableName: idempotencyTable, awsSdkV3Client: client }),
  putOff: (receiptHandle: string, seconds: number) => request('putOff', receiptHandle, seconds),
  providers,
  accounts: ACCOUNTS,
  envelopeKeys: async () => ENVELOPE_KEYS,
  publicKeys,
  evidenceDays: 400,
  log: silent,
  metrics: { emit: () => {} },
};
const handler = kind === 'transition' ? createTransitionHandler(deps) : createFulfilmentHandler(deps);

process.on('disconnect', () => process.exit(0));
process.on('message', async (message: ToWorker) => {
  if (message.type === 'answer') {
    waiting.get(message.number)?.();
    waiting.delete(message.number);
    return;
  }
  skewMs = message.skewMs;
  const deadline = Date.now() + message.timeoutMs;
  // Never 0: Lambda ends an invocation before 0, and Powertools takes 0 for "no context registered".
  const context = { getRemainingTimeInMillis: () => Math.max(1, deadline - Date.now()) } as Context;
  const { batchItemFailures } = await handler(message.event, context);
  notify({ type: 'done', failures: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) });
});
notify({ type: 'ready' });
