/** Ranks pingbacks: whose details count if several name them (shared/payment/details.ts). */
import type { Precedence } from '../../payment/types.ts';
import type { NegativeReason } from './tables.ts';

/** Ranks for quantities: a purchase (0), its release after a review (201), its review, then a courtesy credit. */
const GRANTING: Readonly<Record<string, number>> = { '0': 0, '201': 1, '200': 20, '1': 30 };

const ENDING: Readonly<Record<string, number>> = { '202': 2, '203': 3 };

/** In the precedence of the statuses; then negatives that take a part, then those that take a courtesy credit. */
const TAKES = { all: 0, part: 4, goodwill: 5 } as const;

export function precedenceOf(type: string, negative: NegativeReason | undefined): Precedence {
  if (negative !== undefined) {
    const { takes, status } = negative;
    const rank = takes === 'all' && status === 'refunded' ? 1 : TAKES[takes];
    return { side: 'against', rank, describes: 'kind' };
  }
  const ending = Object.hasOwn(ENDING, type) ? ENDING[type] : undefined;
  if (ending !== undefined) return { side: 'against', rank: ending, describes: 'kind' };
  const granting = Object.hasOwn(GRANTING, type) ? GRANTING[type] : undefined;
  // The end of a subscription, and undocumented types.
  if (granting === undefined) return { side: 'for', rank: 60, describes: 'kind' };
  return { side: 'for', rank: granting, describes: 'all' };
}

/** The precedence of an answer of Payment Status or an accepted delivery confirmation, which name no goods. */
export function precedenceOfAnswer({
  captured,
  refunded,
}: {
  captured: boolean;
  refunded: boolean;
}): Precedence {
  if (refunded) return { side: 'against', rank: 10, describes: 'nothing' };
  return { side: 'for', rank: captured ? 40 : 50, describes: 'nothing' };
}
