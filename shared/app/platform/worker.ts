/**
 * The common part of both queue workers: partial batch responses, and the two ways to handle a failed message. A
 * message that can never succeed is parked at once with its reason; any other message is received again.
 */

import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Store } from '../ports.ts';
import { hashText, parkedKey } from '../table/keys.ts';
import { parkedItem } from '../table/rows.ts';
import { correlated } from './correlation.ts';
import { accountIn, parkedContext, readableFieldsOf } from './message.ts';
import { acceptedAtOf, CannotSucceedError, correlationIdOf } from './read-message.ts';
import { type ReadEnvelopeKeys, seal } from './seal.ts';
import type { Telemetry } from './telemetry.ts';

export interface WorkerDeps extends Telemetry {
  readonly store: Store;
  readonly envelopeKeys: ReadEnvelopeKeys;
}

export type QueueName = 'notifications' | 'fulfilment';
export type Postpone = (record: SQSRecord, error: unknown) => Promise<void>;
export type BatchHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The record was postponed; it is reported as failed so that SQS keeps it. */
export class PutOffError extends Error {
  override readonly name = 'PutOffError';
}

/** A table row holds 400 KB, and sealing adds a third. Our own messages are far smaller. */
const MAX_PARKED_BYTES = 200_000;

/** The beginning of the text, at most MAX_PARKED_BYTES bytes, cut between characters. */
const beginningOf = (text: string): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_PARKED_BYTES
    ? text
    : bytes
        .subarray(0, MAX_PARKED_BYTES)
        .toString('utf8')
        .replace(/\uFFFD$/, '');
};

/**
 * @param handle processes one record; its error decides what happens to the message
 * @param postpone may postpone a failed record; if it does not, or fails, the queue's visibility timeout applies
 */
export function batchHandler(
  queue: QueueName,
  handle: (record: SQSRecord, context: Context) => Promise<void>,
  deps: WorkerDeps,
  postpone: Postpone = async () => undefined,
): BatchHandler {
  return (event, context) =>
    processPartialResponse(
      event,
      (record: SQSRecord) =>
        correlated(correlationIdOf(record.body), () =>
          handleOrPark({ queue, record, handle: () => handle(record, context), postpone }, deps),
        ),
      new BatchProcessor(EventType.SQS),
      // A batch in which every record failed is still a list of failures, not a failed function.
      { context, throwOnFullBatchFailure: false },
    );
}

async function handleOrPark(
  {
    queue,
    record,
    handle,
    postpone,
  }: {
    readonly queue: QueueName;
    readonly record: SQSRecord;
    readonly handle: () => Promise<void>;
    readonly postpone: Postpone;
  },
  deps: WorkerDeps,
): Promise<void> {
  try {
    await handle().catch((error: unknown) => {
      if (error instanceof CannotSucceedError) return park(queue, record, error, deps);
      throw error;
    });
  } catch (error) {
    if (error instanceof PutOffError) throw error;
    const attempts = Number(record.attributes.ApproximateReceiveCount);
    deps.log.warn(`${queue} message failed, will be tried again`, { attempts, error });
    await postpone(record, error).catch((refused: unknown) => {
      deps.log.warn(`${queue} message could not be put off`, { attempts, error: refused });
    });
    throw error;
  }
}

/** Stores the message and acknowledges it. If storing fails, so does the record, and nothing is lost. */
async function park(
  queue: QueueName,
  { body, messageId, attributes }: SQSRecord,
  error: CannotSucceedError,
  { store, clock, envelopeKeys, log, metrics }: WorkerDeps,
): Promise<void> {
  const digest = hashText(body);
  const at = new Date(Number(attributes.SentTimestamp) || clock()).toISOString();
  const sealed = seal(beginningOf(body), parkedContext(queue, digest), await envelopeKeys(false));
  const receives = Number(attributes.ApproximateReceiveCount) || 1;
  const described = readableFieldsOf(body);
  const row = { queue, reason: error.reason, digest, sealed, described, messageId, receives, at };
  // The key consists of values that are the same when the message is delivered again, so that it writes the same row.
  await store.write([{ put: parkedItem(parkedKey(queue, at, digest, messageId), row), when: 'always' }]);
  log.error(`${queue} message parked`, {
    ...{ reason: error.reason, digest, attempts: receives, error, ...accountIn(described) },
  });
  metrics.emit({ Parked: 1 }, { reason: error.reason }, { at });
  // An accepted notification is finished, stamped with the time of its acceptance. Other messages are not part of the
  // balance.
  const acceptedAt = queue === 'notifications' ? acceptedAtOf(body) : undefined;
  if (acceptedAt !== undefined) metrics.emit({ NotificationsParked: 1, Settled: 1 }, {}, { at: acceptedAt });
}
