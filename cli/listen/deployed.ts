/** Takes the events of a deployed stack from a queue of this command, and sends them on as an HTTPS target does. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { forward, outcomeOf } from '../../local/target/forward.ts';
import type { ListenedDelivery } from '../../local/target/listening.ts';
import { type SigningKeys, standardWebhook } from '../../shared/app/fulfilment/targets/https.ts';
import type { Connection } from '../connect.ts';
import type { Tap } from './tap.ts';

/** Time limit of the service's answer, the same as the fulfilment worker's. */
const ATTEMPT_MS = 10_000;
/** Shorter than the client's timeout of one call. */
const POLL_SECONDS = 2;
const BATCH = 10;

export interface Relay {
  readonly forwardTo: string;
  readonly keys: SigningKeys;
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly stopping: AbortSignal;
}

/** Yields each attempt as it happens, until `stopping`. */
export async function* deliveriesOf(
  connection: Connection,
  tap: Tap,
  relay: Relay,
): AsyncGenerator<ListenedDelivery> {
  while (!relay.stopping.aborted) {
    await tap.renew(relay.now());
    const messages = await receive(connection, tap.queueUrl, relay.stopping);
    const attempts = messages.map((message) => deliver(connection, tap.queueUrl, message, relay));
    for (const delivery of await Promise.all(attempts)) if (delivery !== undefined) yield delivery;
  }
}

async function receive(
  { clients }: Connection,
  QueueUrl: string,
  stopping: AbortSignal,
): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: BATCH,
    WaitTimeSeconds: POLL_SECONDS,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  try {
    const { Messages = [] } = await clients.sqs.send(command, { abortSignal: stopping });
    return Messages;
  } catch (error) {
    if (stopping.aborted) return [];
    throw error;
  }
}

/** The message that EventBridge puts on a queue. */
interface Envelope {
  readonly detail: Detail;
}
type Detail = Readonly<Record<string, ListenedDelivery['event']>> & {
  readonly id: string;
  readonly type: string;
  readonly signature?: { readonly 'webhook-id'?: string };
};

async function deliver(
  { clients }: Connection,
  QueueUrl: string,
  { Body = '', ReceiptHandle, Attributes }: Message,
  { forwardTo, keys, now, fetch: send, stopping }: Relay,
): Promise<ListenedDelivery | undefined> {
  const { signature, ...event } = (JSON.parse(Body) as Envelope).detail;
  const body = JSON.stringify(event);
  const headers = standardWebhook(keys, {
    ...{ id: event.id, body, now: now() },
    webhookId: signature?.['webhook-id'],
  });
  const signal = AbortSignal.any([AbortSignal.timeout(ATTEMPT_MS), stopping]);
  const answer = await forward(forwardTo, { headers, body: Buffer.from(body), signal }, send);
  // The person ended the command during the attempt; the queue is removed as well.
  if (stopping.aborted && answer.status === undefined) return undefined;
  const attempt = Number(Attributes?.ApproximateReceiveCount ?? 1);
  const outcome = outcomeOf(answer, attempt, now());
  const message = { QueueUrl, ReceiptHandle };
  if (outcome.outcome !== 'again') await clients.sqs.send(new DeleteMessageCommand(message));
  else {
    const wait = { ...message, VisibilityTimeout: outcome.seconds };
    await clients.sqs.send(new ChangeMessageVisibilityCommand(wait));
  }
  const { status, failure, ms } = answer;
  return {
    ...{ at: new Date(now()).toISOString(), id: event.id, type: event.type },
    ...(typeof event.payment === 'string' ? { payment: event.payment } : {}),
    ...(status === undefined ? { failure: failure ?? 'no answer' } : { status }),
    ...outcome,
    ...{ attempt, ms, event },
  };
}
