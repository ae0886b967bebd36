/**
 * Event source mappings: reads a queue, invokes the function with a batch, deletes the handled messages. Follows
 * Lambda's rules for partial batch responses:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../shared/payment/defined.ts';
import { DISK_FULL_SENTENCE, isDiskFull } from '../disk.ts';
import {
  type Json,
  type JsonObject,
  LOCAL_ACCOUNT,
  LOCAL_REGION,
  list,
  object,
} from '../template/resolve.ts';
import type { MappingSpec } from '../template/template.ts';
import type { InvocationResult } from './lambda/environment.ts';
import { queueUrl, type Sqs } from './sqs.ts';

/** Lambda starts with five concurrent batches per queue. */
const DEFAULT_CONCURRENCY = 5;
/** Short, so that stopping is quick and leaves no message in flight. */
const WAIT_SECONDS = 1;
const PAUSE_AFTER_ERROR_MS = 200;
/** A receive returns at most ten messages, and a batch of deletions holds as many. */
const BATCH_LIMIT = 10;

export interface Poller {
  /** Stops receiving; resolves when running batches are done and no receive is pending. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  readonly sqs: Pick<Sqs, 'call'>;
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Called with the reason when a whole batch fails by the function's error, or when its queue fails. */
  onError(functionName: string, reason: string): void;
}

/** A message as ReceiveMessage returns it. */
type Message = JsonObject;

/** Starts polling. */
export function startPoller(mapping: MappingSpec, options: PollerOptions): Poller {
  const running = new Set<Promise<void>>();
  const limit = mapping.maxConcurrency ?? DEFAULT_CONCURRENCY;
  let stopped = false;
  let lastReported: string | undefined;

  /** Reports an error once until a batch is received again: the next attempt follows soon. */
  function report(error: unknown): void {
    const reason = isDiskFull(error)
      ? DISK_FULL_SENTENCE
      : `its queue failed: ${error instanceof Error ? error.message : String(error)}`;
    if (reason !== lastReported) options.onError(mapping.functionName, reason);
    lastReported = reason;
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      if (running.size >= limit) {
        await Promise.race(running);
        continue;
      }
      try {
        const messages = await receiveBatch(mapping, options.sqs, () => stopped);
        if (messages.length === 0) continue;
        if (stopped) return await release(mapping, messages, options.sqs);
        const batch = handleBatch(mapping, messages, options)
          // The queue failed, not the function: its messages become visible again when their timeout ends.
          .catch((error: unknown) => report(error))
          .finally(() => running.delete(batch));
        running.add(batch);
        lastReported = undefined;
      } catch (error) {
        if (stopped) return;
        report(error);
        await sleep(PAUSE_AFTER_ERROR_MS);
      }
    }
  }

  const looping = loop();
  return {
    stop: async () => {
      stopped = true;
      await looping;
      await Promise.all(running);
    },
  };
}

/** Receives up to `batchSize` messages, for at most the batching window. */
async function receiveBatch(
  mapping: MappingSpec,
  sqs: Pick<Sqs, 'call'>,
  stopped: () => boolean,
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  const receive = async (waitSeconds: number) => {
    const { Messages } = await sqs.call('ReceiveMessage', {
      QueueUrl: queueUrl(mapping.queueName),
      MaxNumberOfMessages: Math.min(BATCH_LIMIT, mapping.batchSize - messages.length),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    messages.push(...list(Messages).map(object));
  };
  await receive(WAIT_SECONDS);
  if (messages.length === 0) return messages;
  const closesAt = Date.now() + mapping.windowSeconds * 1_000;
  while (!stopped() && messages.length < mapping.batchSize && Date.now() < closesAt) {
    await receive(Math.max(1, Math.ceil((closesAt - Date.now()) / 1_000)));
  }
  return messages;
}

/** Received after the stop: made visible again at once for another consumer. */
async function release(
  mapping: MappingSpec,
  messages: readonly Message[],
  sqs: Pick<Sqs, 'call'>,
): Promise<void> {
  for (const { ReceiptHandle = '' } of messages) {
    await sqs.call('ChangeMessageVisibility', {
      QueueUrl: queueUrl(mapping.queueName),
      ReceiptHandle,
      VisibilityTimeout: 0,
    });
  }
}

async function handleBatch(
  mapping: MappingSpec,
  messages: readonly Message[],
  { sqs, invoke, onError }: PollerOptions,
): Promise<void> {
  const event = { Records: messages.map((message) => recordOf(message, mapping.queueName)) };
  const result = await invoke(mapping.functionName, event);
  const outcome = handledBy(
    messages.map((message) => String(message.MessageId)),
    result,
    mapping,
  );
  if (outcome.error !== undefined) onError(mapping.functionName, outcome.error);
  const done = messages.filter((message) => outcome.handled.has(String(message.MessageId)));
  await remove(mapping, done, sqs);
}

/** @throws Error when the queue kept one of them */
async function remove(
  mapping: MappingSpec,
  messages: readonly Message[],
  sqs: Pick<Sqs, 'call'>,
): Promise<void> {
  for (let from = 0; from < messages.length; from += BATCH_LIMIT) {
    const { Failed } = await sqs.call('DeleteMessageBatch', {
      QueueUrl: queueUrl(mapping.queueName),
      Entries: messages
        .slice(from, from + BATCH_LIMIT)
        .map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle })),
    });
    const [first] = Array.isArray(Failed) ? (Failed as readonly Json[]).map(object) : [];
    if (first !== undefined)
      throw new Error(`a handled message stays: ${String(first.Message ?? first.Code)}`);
  }
}

/** The record that the function gets. */
function recordOf(message: Message, queueName: string): Json {
  const attributes: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object(message.MessageAttributes))) {
    const { StringValue, BinaryValue, DataType } = object(value);
    attributes[name] = {
      ...defined({ stringValue: StringValue, binaryValue: BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType ?? 'String',
    };
  }
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: attributes,
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${queueName}`,
    awsRegion: LOCAL_REGION,
  };
}

/** The messages that count as handled and are deleted; the others stay until their visibility timeout ends. */
export function handledBy(
  messageIds: readonly string[],
  result: InvocationResult,
  mapping: Pick<MappingSpec, 'reportBatchItemFailures'>,
): { readonly handled: ReadonlySet<string>; readonly error?: string } {
  const none = new Set<string>();
  if (!result.ok) {
    return { handled: none, error: `${result.error.errorType}: ${result.error.errorMessage}` };
  }
  if (!mapping.reportBatchItemFailures) return { handled: new Set(messageIds) };
  const failures = object(JSON.parse(result.payload) as Json).batchItemFailures;
  if (failures === undefined || failures === null) return { handled: new Set(messageIds) };
  if (!Array.isArray(failures)) return { handled: none, error: 'batchItemFailures is no list' };
  const failed = new Set((failures as readonly Json[]).map((failure) => object(failure).itemIdentifier));
  // One missing, empty or unknown identifier fails the whole batch.
  for (const id of failed) {
    if (typeof id !== 'string' || !messageIds.includes(id)) {
      return { handled: none, error: 'batchItemFailures names an unknown message' };
    }
  }
  return { handled: new Set(messageIds.filter((id) => !failed.has(id))) };
}
