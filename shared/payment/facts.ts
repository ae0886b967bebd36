/**
 * Facts are a join: a grow-only map of grow-only sets. Union is commutative, associative and idempotent, so any
 * order and any repetition of the same notifications ends in the same facts.
 *
 * The bounds keep that promise. When a union would exceed one, the smallest members in code-unit order stay and a
 * marker entry remembers that something was left out. "The k smallest of a union" is itself a join (what was left
 * out had k smaller members beside it, and always will), so even beyond the bound the order of arrival is moot;
 * the marker becomes the hold `too_many_entries`, which nobody can release, since the evidence is incomplete.
 */
import { moneyText } from './money.ts';
import { type FactEntry, type Facts, MAX_FACT_ENTRIES, type Money } from './types.ts';

/** Codes, and amounts, of one entry; a provider's own vocabulary is far smaller. */
export const MAX_ENTRY_VALUES = 50;

/** "!" sorts before every letter and digit, so the marker itself is never left out. */
const OVERFLOW = '!overflow/facts';
const OVERFLOW_ENTRY: FactEntry = { codes: ['left_out'], amounts: [] };

/** Sorted, unique, at most `limit` of the smallest: a join of bounded sets. */
export function joinBounded(
  left: readonly string[],
  right: readonly string[],
  limit: number,
): readonly string[] {
  return [...new Set([...left, ...right])].sort().slice(0, limit);
}

/** True when a bound of `joinFacts` left something out. */
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

/** One line of what a notification says. Amounts are checked and made canonical (throws MoneyError). */
export interface FactLine {
  /** The provider's word for what this entry is ("own", "refund", "credit", "type"). */
  readonly kind: string;
  /** The provider's id of it. */
  readonly id: string;
  readonly codes?: readonly string[];
  readonly amounts?: readonly Money[];
}

/** Builds facts; lines of the same kind and id are joined. */
export function makeFacts(...lines: readonly FactLine[]): Facts {
  return lines.reduce<Facts>((facts, { kind, id, codes = [], amounts = [] }) => {
    return joinFacts(facts, { [`${kind}/${id}`]: { codes, amounts: amounts.map(moneyText) } });
  }, {});
}
