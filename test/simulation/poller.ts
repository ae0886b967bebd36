/** An event source mapping: receives batches of visible messages, at most three at a time. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Engine, Invocation } from './engine.ts';
import type { QueueModel } from './models.ts';

export type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const BATCH = 5;
const CONCURRENCY = 3;

export function poll(
  engine: Engine,
  queue: QueueModel,
  timeoutMs: number,
  start: () => {
    readonly invocation: Invocation;
    readonly handler: SqsHandler;
    /** Returns the environment for the next invocation. */
    readonly end: () => void;
  },
): void {
  let running = 0;
  let nextReceiveAt = Number.POSITIVE_INFINITY;
  const receiveAt = (at: number): void => {
    if (at >= nextReceiveAt) return;
    nextReceiveAt = at;
    engine.at(at, () => {
      if (nextReceiveAt !== at) return;
      nextReceiveAt = Number.POSITIVE_INFINITY;
      receive();
    });
  };
  const receive = (): void => {
    while (running < CONCURRENCY) {
      const batch = queue.receive(engine.random.between(1, BATCH));
      if (batch.length === 0) break;
      invoke(batch);
    }
    const next = queue.nextVisibleAt();
    if (next !== undefined) receiveAt(Math.max(next, engine.now + 1_000));
  };
  const invoke = (batch: Batch): void => {
    running += 1;
    const { invocation, handler, end: giveBack } = start();
    const endsAt = engine.now + timeoutMs;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      running -= 1;
      receiveAt(engine.now);
    };
    engine.at(endsAt, () => {
      if (!ended && !invocation.dead) engine.count('timeout');
      invocation.dead = true;
      end();
    });
    const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - engine.now) } as Context;
    void handler(eventOf(batch), context).then((response) => {
      if (invocation.dead) return;
      const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      if (failed.size > 0 && failed.size < batch.length) engine.count('partial batch');
      for (const { message, receipt } of batch) {
        if (!failed.has(message.id)) queue.delete(message, receipt);
      }
      giveBack();
      end();
    });
  };
  queue.onPut = () => receiveAt(engine.now);
}

type Batch = ReturnType<QueueModel['receive']>;

function eventOf(batch: Batch): SQSEvent {
  return {
    Records: batch.map(({ message, receipt }) => ({
      messageId: message.id,
      receiptHandle: `${message.id}:${receipt}`,
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receives),
        SentTimestamp: String(message.sentAt),
      },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:simulated',
      awsRegion: 'eu-west-1',
    })),
  } as unknown as SQSEvent;
}
