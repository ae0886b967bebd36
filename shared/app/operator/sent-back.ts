/**
 * A permanent entry that says who sent a message back to its worker and why. It names the message and contains none of
 * its content.
 */
import { defined } from '../../payment/defined.ts';
import type { PaymentKey } from '../../payment/types.ts';
import type { Clock, Item, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { quarantineKey, type Scope, sentBackKey } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';
import { checkOperatorNote, type OperatorNote } from './holds.ts';

export interface SentBackRow extends OperatorNote {
  /** redrive: from a queue's dead letters or parked rows. apply: from the quarantine. */
  readonly what: 'redrive' | 'apply';
  /** "notifications", "fulfilment", or "quarantine#<provider>#<account>". */
  readonly where: string;
  /** The message's id, as the list of that place shows it. */
  readonly id: string;
  readonly at: string;
  /** The message's correlation id and payment, if its envelope contains them. Absent in entries of older versions. */
  readonly correlationId?: string;
  readonly payment?: PaymentKey;
}

type Message = Pick<SentBackRow, 'what' | 'where' | 'id' | 'correlationId' | 'payment'>;

/**
 * Writes the entry. Call it before the message is sent: a send without an entry is worse than an entry without a send.
 * @throws OperatorError if by or note is not a valid text; errors of the store
 */
export async function recordSentBack(
  { what, where, id, correlationId, payment }: Message,
  given: OperatorNote,
  { store, clock }: { readonly store: Pick<Store, 'write'>; readonly clock: Clock },
): Promise<void> {
  const at = new Date(clock()).toISOString();
  const data: SentBackRow = {
    ...{ what, ...checkOperatorNote(given), where, id, at },
    ...defined({ correlationId, payment }),
  };
  const entry: Item = { ...sentBackKey(where, at, id), schema: SCHEMA, data };
  await store.write([{ put: entry, when: 'always' }]);
}

/** The most entries that are read of one place. After an outage one command sends back up to 10,000 messages. */
const MAX_ENTRIES = 25_000;

/**
 * The messages that were sent back from the given places after a time, oldest first.
 * @param since ISO 8601
 */
export async function sentBack(
  store: Pick<Store, 'query'>,
  places: readonly string[],
  since: string,
): Promise<readonly SentBackRow[]> {
  const rows = await Promise.all(
    places.map((where) => {
      const { pk, sk: after } = sentBackKey(where, since, '');
      return Array.fromAsync(everyRow(store, pk, { after, most: MAX_ENTRIES }), (item) =>
        dataOf<SentBackRow>(item),
      );
    }),
  );
  return rows.flat().sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The two queues, as places that messages are redriven from. */
const QUEUE_PLACES = ['notifications', 'fulfilment'] as const;
export const quarantinePlace = (scope: Scope): string => quarantineKey(scope, '').pk;

/**
 * The messages of one payment that were sent back: found by the payment's key, or by the correlation id of one of its
 * notifications.
 */
export async function sentBackOf(
  { key, ...scope }: Scope & { readonly key: PaymentKey },
  { correlationIds, since }: { readonly correlationIds: readonly string[]; readonly since: string },
  store: Pick<Store, 'query'>,
): Promise<readonly SentBackRow[]> {
  const all = await sentBack(store, [...QUEUE_PLACES, quarantinePlace(scope)], since);
  return all.filter(
    ({ payment, correlationId }) =>
      payment === key || (correlationId !== undefined && correlationIds.includes(correlationId)),
  );
}
