/**
 * Was the right amount paid? Sums are compared, not messages, so "short by 40.00" clears itself when the rest
 * arrives. Three outcomes, because the evidence of two providers names no amount at all.
 */
import { compareDecimals, sumMoney } from './money.ts';
import type { AccountPolicy, AmountTerm, Money, Order, Reading } from './types.ts';

export type AmountOutcome = 'matches' | 'differs' | 'unverifiable';

function satisfies(term: AmountTerm, amount: string): boolean {
  if ('open' in term) return true;
  if ('exact' in term) return compareDecimals(amount, term.exact) === 0;
  return compareDecimals(amount, term.min) >= 0 && compareDecimals(amount, term.max) <= 0;
}

/**
 * The currency that moved must satisfy its own term: nothing is converted or netted, and money in a currency that the
 * order does not name differs; so does money in two currencies, for the terms are alternatives. No amount in the evidence: unverifiable, for open terms too (an open
 * order is credited by its amount, so guessing it is worst there).
 */
export function checkAmount(terms: readonly AmountTerm[], moved: readonly Money[]): AmountOutcome {
  const sums = sumMoney(moved).filter(({ amount }) => compareDecimals(amount, '0') !== 0);
  if (sums.length === 0) return 'unverifiable';
  const fits = ({ amount, currency }: Money): boolean => {
    const term = terms.find((candidate) => candidate.currency === currency);
    return term !== undefined && satisfies(term, amount);
  };
  return sums.length === 1 && sums.every(fits) ? 'matches' : 'differs';
}

/** What moved; before anything did, what was agreed (goods that are given on an authorization). */
export const amountKnown = ({ moved, agreed = [] }: Pick<Reading, 'moved' | 'agreed'>): readonly Money[] =>
  moved.length > 0 ? moved : agreed;

/**
 * The account's policy on top: `wait` only where an amount is required and the evidence names none. Without an
 * order there is nothing to compare with; goodwill is no money at all.
 */
export function amountVerdict(
  policy: Pick<AccountPolicy, 'amountCheck'>,
  order: Order | undefined,
  reading: Pick<Reading, 'moved' | 'agreed' | 'goodwill'>,
): 'passes' | 'differs' | 'wait' {
  if (order === undefined || reading.goodwill) return 'passes';
  const outcome = checkAmount(order.amounts, amountKnown(reading));
  if (outcome === 'unverifiable') return policy.amountCheck === 'required' ? 'wait' : 'passes';
  return outcome === 'differs' ? 'differs' : 'passes';
}
