/**
 * Checks whether the right amount was paid. It compares sums, not single messages, so that a hold for a missing part
 * ends by itself when the rest arrives. There are three outcomes, because the evidence of two providers names no
 * amount.
 */
import { compareDecimals, sumMoney } from './money.ts';
import type { AccountPolicy, AmountTerm, Money, Order, Reading } from './types.ts';

export type AmountOutcome = 'matches' | 'differs' | 'unverifiable';

function satisfies(term: AmountTerm, amount: string): boolean {
  if ('open' in term) return compareDecimals(amount, '0') > 0;
  if ('exact' in term) return compareDecimals(amount, term.exact) === 0;
  return compareDecimals(amount, term.min) >= 0 && compareDecimals(amount, term.max) <= 0;
}

/**
 * Compares what moved with the term of its currency. Nothing is converted or netted. The result is `differs` for a
 * currency that the order does not name, and for two currencies at once, because the terms are alternatives. It is
 * `unverifiable` if the evidence names no amount, for open terms too: an open order is credited by its amount, so a
 * guess would do most harm there. Zero is an amount as well; an open term says nothing about it.
 */
export function checkAmount(terms: readonly AmountTerm[], moved: readonly Money[]): AmountOutcome {
  const named = sumMoney(moved);
  const notZero = named.filter(({ amount }) => compareDecimals(amount, '0') !== 0);
  const termOf = ({ currency }: Money) => terms.find((term) => term.currency === currency);
  const isOpen = (sum: Money): boolean => 'open' in (termOf(sum) ?? {});
  if (notZero.length === 0 && (named.length === 0 || named.some(isOpen))) return 'unverifiable';
  const sums = notZero.length === 0 ? named : notZero;
  const fits = (sum: Money): boolean => {
    const term = termOf(sum);
    return term !== undefined && satisfies(term, sum.amount);
  };
  return sums.length === 1 && sums.every(fits) ? 'matches' : 'differs';
}

/** What moved or, before any money moved, what was agreed (for goods that are given on an authorization). */
export const amountKnown = ({ moved, agreed = [] }: Pick<Reading, 'moved' | 'agreed'>): readonly Money[] =>
  moved.length > 0 ? moved : agreed;

/**
 * Applies the account's policy: `wait` only if an amount is required and the evidence names none. Without an order
 * there is nothing to compare with; goodwill involves no money. Both pass.
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
