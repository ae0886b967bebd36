/** Deletes a parked row that can never succeed, and stores who did it and why in its place. */

import { checkOperatorNote, OperatorError, type OperatorNote } from '../../shared/app/operator/holds.ts';
import type { Item } from '../../shared/app/ports.ts';
import { type ParkedRow, SCHEMA } from '../../shared/app/table/rows.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';
import { NOT_PARKED, type ParkedLetter } from './dead-letters.ts';

/** The ledger entry, kept for ever: it shows that the message existed, without its content. */
export interface DiscardedRow extends OperatorNote {
  readonly what: 'discard';
  readonly queue: string;
  readonly reason: string;
  /** SHA-256 of the message, in full. */
  readonly digest: string;
  readonly messageId: string;
  /** The message's account; absent for rows that an older version parked. */
  readonly described?: ParkedRow['described'];
  readonly parkedAt: string;
  readonly at: string;
}

/** Both in one transaction. @throws OperatorError when the row no longer exists, or by and note are not texts */
export async function discardParked(
  { store }: Pick<Connection, 'store'>,
  { item, row }: ParkedLetter,
  given: OperatorNote,
  now: number,
): Promise<DiscardedRow> {
  const { queue, reason, digest, messageId, described, at: parkedAt } = row;
  const at = new Date(now).toISOString();
  const data: DiscardedRow = {
    ...{ what: 'discard', ...checkOperatorNote(given), queue, reason, digest, messageId, parkedAt, at },
    ...defined({ described }),
  };
  // The same message may be parked again after a redrive: each discard has an entry of its own.
  const entry: Item = { pk: `discarded#${queue}`, sk: `${at}#${item.sk}`, schema: SCHEMA, data };
  const result = await store.write([
    { remove: { pk: item.pk, sk: item.sk }, when: 'present' },
    { put: entry, when: 'absent' },
  ]);
  if (!result.ok) throw new OperatorError(NOT_PARKED);
  return data;
}
