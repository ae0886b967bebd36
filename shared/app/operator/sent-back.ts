/** Who sent a message back to its worker and why: an entry for ever, of which message and nothing of what it carries. */
import type { Clock, Item, Store } from '../ports.ts';
import { SCHEMA } from '../table/rows.ts';
import { checkOperatorNote, type OperatorNote } from './holds.ts';

export interface SentBackRow extends OperatorNote {
  /** redrive: of a queue's dead letters or parked rows; apply: of the quarantine. */
  readonly what: 'redrive' | 'apply';
  /** "notifications", "fulfilment", or "quarantine#<provider>#<account>". */
  readonly where: string;
  /** As the list of that place shows it. */
  readonly id: string;
  readonly at: string;
}

/**
 * Call it before the message is sent: a send that nobody answers for is worse than an entry without a send.
 * @throws OperatorError when by and note are no texts; what the store threw
 */
export async function keepSentBack(
  { what, where, id }: Pick<SentBackRow, 'what' | 'where' | 'id'>,
  given: OperatorNote,
  { store, clock }: { readonly store: Pick<Store, 'write'>; readonly clock: Clock },
): Promise<void> {
  const at = new Date(clock()).toISOString();
  const data: SentBackRow = { what, ...checkOperatorNote(given), where, id, at };
  const entry: Item = { pk: `sent-back#${where}`, sk: `${at}#${id}`, schema: SCHEMA, data };
  await store.write([{ put: entry, when: 'always' }]);
}
