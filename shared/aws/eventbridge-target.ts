/** A bus of EventBridge. PutEvents answers 200 also when an entry failed, so the count is what tells. */
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { type Deliverable, type Target, TargetError } from '../app/fulfilment/targets/target.ts';

/** Merchants' rules match on this source; `detail-type` is the event's type. */
export const EVENT_SOURCE = 'payhooks';

export function eventBridgeTarget(client: EventBridgeClient, busName: string): Target<Deliverable> {
  return {
    name: 'eventbridge',
    async deliver(event, signal) {
      const answer = await put(client, signal, {
        EventBusName: busName,
        Source: EVENT_SOURCE,
        DetailType: event.type,
        Detail: JSON.stringify(event),
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
