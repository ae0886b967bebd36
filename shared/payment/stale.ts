/**
 * Notices that a later one takes back: good news behind bad, and the other way round. A merchant who was away, or for
 * whom an operator sends again what failed, must not read last what was true first.
 */
import type { Effect } from './types.ts';

const BAD = [
  'denied',
  'failed',
  'expired',
  'canceled',
  'voided',
  'reversed',
  'rejected',
  'all_refunded',
] as const;
const GOOD = ['paid', 'dispute_won'] as const;

/** By the word after "payment.", "payout." or "authorization.": the later words that say the opposite. */
export const TAKEN_BACK_BY: Readonly<Record<string, readonly string[]>> = {
  authorized: BAD,
  processing: BAD,
  paid: BAD,
  dispute_won: [...BAD, 'disputed'],
  disputed: ['dispute_won'],
  denied: GOOD,
  failed: GOOD,
  expired: GOOD,
  canceled: GOOD,
  voided: GOOD,
  reversed: GOOD,
};

const split = (type: string): readonly [string, string] => {
  const at = type.indexOf('.');
  return [type.slice(0, at), type.slice(at + 1)];
};

/** Each refund is told by itself; what counts against "paid" is that all of it went back. */
function wordOf({ type, event }: Effect): string {
  const [, word] = split(type);
  const isRefund = word === 'refunded' || word === 'refund_updated';
  return isRefund && event.status === 'refunded' ? 'all_refunded' : word;
}

/** The hold that a notice calls for an answer to is not open any more. */
function isAnswered({ type }: Effect, later: Effect): boolean {
  const [, word] = split(type);
  if (word === 'held') return later.event.holds.length === 0;
  return word === 'duplicate' && !later.event.holds.includes('order_already_paid');
}

/** The first later effect that takes this notice back; undefined: it may be sent. */
export function takenBackBy(notice: Effect, siblings: readonly Effect[]): Effect | undefined {
  const [prefix, word] = split(notice.type);
  const against = Object.hasOwn(TAKEN_BACK_BY, word) ? TAKEN_BACK_BY[word] : undefined;
  return siblings
    .filter(({ sequence }) => sequence > notice.sequence)
    .sort((a, b) => a.sequence - b.sequence)
    .find((later) => {
      if (isAnswered(notice, later)) return true;
      return split(later.type)[0] === prefix && against?.includes(wordOf(later)) === true;
    });
}
