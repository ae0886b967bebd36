/** Who sent a message back to its worker and why: an entry for ever, of which message and nothing of what it carries. */
import { defined } from '../../payment/defined.ts';
import type { PaymentKey } from '../../payment/types.ts';
import type { Clock, Item, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { quarantineKey, type Scope, sentBackKey } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';
import { checkOperatorNote, type OperatorNote } from './holds.ts';

export interface SentBackRow extends OperatorNote {
  /** redrive: of a queue's dead letters or parked rows; apply: of the quarantine. */
  readonly what: 'redrive' | 'apply';
  /** "notifications", "fulfilment", or "quarantine#<provider>#<account>". */
  readonly where: string;
  /** As the list of that place shows it. */
  readonly id: string;
  readonly at: string;
  /** Of the message, where its envelope says it; entries of older versions have neither. */
  readonly correlationId?: string;
  readonly payment?: PaymentKey;
}

type Message = Pick<SentBackRow, 'what' | 'where' | 'id' | 'correlationId' | 'payment'>;

/**
 * Call it before the message is sent: a send that nobody answers for is worse than an entry without a send.
 * @throws OperatorError when by and note are no texts; what the store threw
 */
export async function keepSentBack(
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

/** Read of one place; nobody sends back so many by name. */
const MOST = 1_000;

/**
 * What was sent back from the given places after a time, oldest first.
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
      return Array.fromAsync(everyRow(store, pk, { after, most: MOST }), (item) => dataOf<SentBackRow>(item));
    }),
  );
  return rows.flat().sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The two queues, as the places of what is redriven. */
const QUEUE_PLACES = ['notifications', 'fulfilment'] as const;
export const quarantinePlace = (scope: Scope): string => quarantineKey(scope, '').pk;

/** What was sent back of one payment: by its own name, or by the request of one of its notifications. */
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
