/** Today's workers on memory ports, with the configuration of a recording. */
import type { Context, SQSEvent } from 'aws-lambda';
import { parseConfig } from '../../infra/config.ts';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import type { Item } from '../../shared/app/ports.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { MemoryTarget } from '../support/worker-bench.ts';

/** The messages and rows of a released version (record.ts). The keys and people are invented. */
export interface Recording {
  /** The version of the envelopes. */
  readonly version: number;
  readonly recordedAt: string;
  /** The configuration at that time. */
  readonly settings: object;
  readonly envelopeKey: object;
  /** The public key for the recorded signatures of Trustly; absent in an older recording (compat.test.ts). */
  readonly trustlyKey?: string;
  readonly notifications: readonly string[];
  readonly reevaluations: readonly string[];
  readonly effects: readonly string[];
  /** The table after all notifications, before any effect was delivered. */
  readonly rows: readonly Item[];
}

export const context = {
  getRemainingTimeInMillis: () => 30_000,
  functionName: 'f',
  awsRequestId: 'r',
} as Context;

export const batch = (...bodies: readonly string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `h${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:q',
    awsRegion: 'eu-west-1',
  })),
});

export function workers({
  settings,
  envelopeKey,
  trustlyKey,
}: Pick<Recording, 'settings' | 'envelopeKey' | 'trustlyKey'>) {
  const store = new MemoryStore();
  const fulfilment = new MemoryQueue();
  const target = new MemoryTarget();
  const lines: string[] = [];
  const clock = Date.now;
  const sink = (line: string) => lines.push(line);
  const deps = {
    store,
    fulfilment,
    target,
    clock,
    providers,
    accounts: parseConfig(settings).accounts,
    log: createLog({ service: 'test', functionName: 'test', clock, sink }),
    metrics: createMetrics({ namespace: 'Test', service: 'test', clock, sink }),
    envelopeKeys: async () => parseEnvelopeKeys(envelopeKey),
    publicKeys: async (account: Account) =>
      providers[account.provider].publicKeySignature?.parseKeys(
        { current: {}, trustly: { current: trustlyKey } },
        account,
      ),
    evidenceDays: 400,
    pause: async () => undefined,
    persistence: new MemoryPersistence(),
    putOff: async () => undefined,
  };
  const transition = createTransitionHandler(deps);
  const deliver = createFulfilmentHandler(deps);
  return {
    ...{ store, fulfilment, target, lines, deps },
    /** @returns the ids of the messages that return to the queue */
    apply: async (...bodies: readonly string[]) =>
      (await transition(batch(...bodies), context)).batchItemFailures,
    deliver: async (...bodies: readonly string[]) =>
      (await deliver(batch(...bodies), context)).batchItemFailures,
  };
}
