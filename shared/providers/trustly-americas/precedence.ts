/** Ranks messages: whose details count if several name them (shared/payment/details.ts). */
import type { Precedence, Status } from '../../payment/types.ts';
import { CAUTION, claimOf } from './facts.ts';
import { type ClaimName, CONFIRMED, eventRow, type TransactionTypeRow } from './tables.ts';

/** Statuses that do not speak against the goods. The closer to money, the smaller the rank. */
const FOR: readonly (Status | undefined)[] = [
  'paid',
  'processing',
  'authorized',
  'pending',
  'awaiting_confirmation',
  'in_review',
  undefined,
];

/** Rank of a refund or reversal that failed: its words say nothing about the payment. */
const UNDONE = 100;

/** The precedence of one message. @param type undefined: the message names none, like a Dispute */
export function precedenceOf(
  name: ClaimName,
  status: string | undefined,
  type: TransactionTypeRow | undefined,
): Precedence {
  const claim = eventRow(name).meaning === 'dispute' ? 'disputed' : claimOf(name, status);
  const rank = FOR.indexOf(claim);
  // A repeated debit speaks for the payment once it is paid, but does not describe it.
  if (type?.role !== 'child' || type.entry === 'represent') {
    const describes = type?.role === 'child' ? 'nothing' : 'all';
    // An event contains more than an answer of the API.
    const last = type?.role === 'child' || name === CONFIRMED ? 1 : 0;
    if (rank >= 0) return { side: 'for', rank: 2 * rank + last, describes };
    return { side: 'against', rank: 2 * CAUTION.indexOf(claim as Status) + last, describes };
  }
  const { makes = 'pending' } = type;
  // "Reversed" for a reversal says that it has happened.
  const happened = rank >= 0 || claim === makes || claim === 'refunded' || claim === 'partially_refunded';
  return {
    side: 'against',
    rank: happened ? 2 * CAUTION.indexOf(makes) + 1 : UNDONE,
    describes: 'nothing',
  };
}
