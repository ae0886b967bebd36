/**
 * Delivers events to an EventBridge bus. PutEvents returns 200 even if an entry failed, so the number of failures is
 * checked.
 */
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
} from '@aws-sdk/client-eventbridge';
import type { SigningKeys } from '../app/fulfilment/targets/https.ts';
import { signedDetail } from '../app/fulfilment/targets/signed-detail.ts';
import { type Deliverable, type Target, TargetError } from '../app/fulfilment/targets/target.ts';
import type { Clock } from '../app/ports.ts';

/** Merchants' rules match on this source; `detail-type` is the event's type. */
export const EVENT_SOURCE = 'payhooks';

export interface EventBridgeOptions {
  readonly client: EventBridgeClient;
  readonly busName: string;
  /** Undefined: events are not signed. */
  readonly keys?: () => Promise<SigningKeys>;
  readonly clock: Clock;
}

export function eventBridgeTarget({ client, busName, keys, clock }: EventBridgeOptions): Target<Deliverable> {
  return {
    name: 'eventbridge',
    async deliver(event, signal, webhookId) {
      const Detail =
        keys === undefined
          ? JSON.stringify(event)
          : signedDetail(event, await keys(), { now: clock(), webhookId });
      const answer = await put(client, signal, {
        EventBusName: busName,
        Source: EVENT_SOURCE,
        DetailType: event.type,
        Detail,
        Time: new Date(event.occurredAt),
      });
      if (answer.FailedEntryCount !== 0) throw new TargetError('rejected');
    },
  };
}

type Entry = NonNullable<ConstructorParameters<typeof PutEventsCommand>[0]['Entries']>[number];

async function put(
  client: EventBridgeClient,
  signal: AbortSignal,
  entry: Entry,
): Promise<PutEventsCommandOutput> {
  try {
    return await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
  } catch (error) {
    throw new TargetError('unavailable', { cause: error });
  }
}
