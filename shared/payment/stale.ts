/**
 * Notices that a later notice contradicts: a good one followed by a bad one, or the reverse. A merchant who was unreachable,
 * or for whom an operator sends a failed effect again, must not receive an outdated notice last.
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
/** Nothing is left to give back: a merchant who still acts on the notice pays the shopper twice. */
const GIVEN_BACK = ['reversed', 'all_refunded', 'rejected'] as const;

/** For the word after "payment.", "payout." or "authorization.": the later words that contradict it. */
export const CONTRADICTED_BY: Readonly<Record<string, readonly string[]>> = {
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
  rejected: GIVEN_BACK,
};

const split = (type: string): readonly [string, string] => {
  const at = type.indexOf('.');
  return [type.slice(0, at), type.slice(at + 1)];
};

/** Each refund has its own notice. Only the return of the whole amount contradicts "paid". */
function wordOf({ type, event }: Effect): string {
  const [, word] = split(type);
  const isRefund = word === 'refunded' || word === 'refund_updated';
  return isRefund && event.status === 'refunded' ? 'all_refunded' : word;
}

/** The notice asks for an answer to a hold that is no longer open. */
function isAnswered({ type }: Effect, later: Effect): boolean {
  const [, word] = split(type);
  if (word === 'held') return later.event.holds.length === 0;
  return word === 'duplicate' && !later.event.holds.includes('order_already_paid');
}

/** The first later effect that contradicts this notice. Undefined: the notice may be sent. */
export function contradictedBy(notice: Effect, siblings: readonly Effect[]): Effect | undefined {
  const [prefix, word] = split(notice.type);
  const against = Object.hasOwn(CONTRADICTED_BY, word) ? CONTRADICTED_BY[word] : undefined;
  return siblings
    .filter(({ sequence }) => sequence > notice.sequence)
    .sort((a, b) => a.sequence - b.sequence)
    .find((later) => {
      if (isAnswered(notice, later)) return true;
      return split(later.type)[0] === prefix && against?.includes(wordOf(later)) === true;
    });
}
