/**
 * Facts are a join: a grow-only map of grow-only sets. Union is commutative, associative and idempotent, so any order
 * and any repetition of the same notifications leads to the same facts.
 *
 * The bounds keep this property. If a union exceeds a bound, the smallest members in code-unit order stay, and a marker
 * entry records that something was left out. "The k smallest of a union" is itself a join (a left-out member has k
 * smaller ones beside it, and always will), so the order of arrival does not matter beyond the bound either. The marker
 * becomes the hold `too_many_entries`, which cannot be released, because the evidence is incomplete.
 */
import { moneyText } from './money.ts';
import { type FactEntry, type Facts, MAX_FACT_ENTRIES, type Money } from './types.ts';

/** The most codes, and the most amounts, of one entry. A provider's vocabulary is far smaller. */
export const MAX_ENTRY_VALUES = 50;

/** "!" sorts before every letter and digit, so the marker itself is never left out. */
const OVERFLOW = '!overflow/facts';
const OVERFLOW_ENTRY: FactEntry = { codes: ['left_out'], amounts: [] };

/** The union, sorted and unique, cut to the `limit` smallest members: a join of bounded sets. */
export function joinBounded(
  left: readonly string[],
  right: readonly string[],
  limit: number,
): readonly string[] {
  return [...new Set([...left, ...right])].sort().slice(0, limit);
}

/** Whether a bound of `joinFacts` left something out. */
export function factsOverflowed(facts: Facts): boolean {
  return Object.hasOwn(facts, OVERFLOW);
}

export function joinFacts(left: Facts, right: Facts): Facts {
  const entries = new Map<string, FactEntry>();
  let overflow = factsOverflowed(left) || factsOverflowed(right);
  const joinValues = (a: readonly string[], b: readonly string[]): readonly string[] => {
    const all = joinBounded(a, b, MAX_ENTRY_VALUES + 1);
    if (all.length > MAX_ENTRY_VALUES) overflow = true;
    return all.slice(0, MAX_ENTRY_VALUES);
  };
  for (const [key, entry] of [...Object.entries(left), ...Object.entries(right)]) {
    if (key === OVERFLOW) continue;
    const known = entries.get(key) ?? { codes: [], amounts: [] };
    entries.set(key, {
      codes: joinValues(known.codes, entry.codes),
      amounts: joinValues(known.amounts, entry.amounts),
    });
  }
  const keys = [...entries.keys()].sort();
  if (keys.length > MAX_FACT_ENTRIES) overflow = true;
  const kept = keys.slice(0, MAX_FACT_ENTRIES).map((key) => [key, entries.get(key)] as const);
  return Object.fromEntries([...(overflow ? [[OVERFLOW, OVERFLOW_ENTRY] as const] : []), ...kept]) as Facts;
}

/**
 * One statement of a notification, as input of `makeFacts`. Amounts are checked and made canonical (throws MoneyError).
 */
export interface FactLine {
  /** The provider's word for the kind of this entry ("own", "refund", "credit", "type"). */
  readonly kind: string;
  /** The provider's id of the entry. */
  readonly id: string;
  readonly codes?: readonly string[];
  readonly amounts?: readonly Money[];
}

/** Builds facts. Lines with the same kind and id are joined. */
export function makeFacts(...lines: readonly FactLine[]): Facts {
  return lines.reduce<Facts>((facts, { kind, id, codes = [], amounts = [] }) => {
    return joinFacts(facts, { [`${kind}/${id}`]: { codes, amounts: amounts.map(moneyText) } });
  }, {});
}
