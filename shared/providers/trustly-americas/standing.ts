/** Which message's details count where several name them (shared/payment/details.ts). */
import type { Standing, Status } from '../../payment/types.ts';
import { CAUTION, claimOf } from './facts.ts';
import { type ClaimName, CONFIRMED, eventRow, type TransactionTypeRow } from './tables.ts';

/** Of these nothing stands in the way of the goods: the nearer to money, the sooner it counts. */
const FOR: readonly (Status | undefined)[] = [
  'paid',
  'processing',
  'authorized',
  'pending',
  'awaiting_confirmation',
  'in_review',
  undefined,
];

/** A refund or a reversal that came to nothing: its words say nothing of the payment. */
const UNDONE = 100;

/** @param type undefined: the message names none, as a Dispute does */
export function standingOf(
  name: ClaimName,
  status: string | undefined,
  type: TransactionTypeRow | undefined,
): Standing {
  const claim = eventRow(name).meaning === 'dispute' ? 'disputed' : claimOf(name, status);
  const rank = FOR.indexOf(claim);
  // A debit that was tried again speaks for the payment when it is paid, and is not what describes it.
  if (type?.role !== 'child' || type.entry === 'represent') {
    const describes = type?.role === 'child' ? 'nothing' : 'all';
    // An event says more than an answer of the API does.
    const last = type?.role === 'child' || name === CONFIRMED ? 1 : 0;
    if (rank >= 0) return { side: 'for', rank: 2 * rank + last, describes };
    return { side: 'against', rank: 2 * CAUTION.indexOf(claim as Status) + last, describes };
  }
  const { makes = 'pending' } = type;
  // "Reversed" of a reversal says that it has happened.
  const happened = rank >= 0 || claim === makes || claim === 'refunded' || claim === 'partially_refunded';
  return {
    side: 'against',
    rank: happened ? 2 * CAUTION.indexOf(makes) + 1 : UNDONE,
    describes: 'nothing',
  };
}
