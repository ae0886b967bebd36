/**
 * Can the signed text be read in another way? Pairs are joined without separators, so goodsid "gold" + is_test "1"
 * and goodsid "goldis_test=1" are signed alike: whoever holds one genuine pingback can move the boundaries.
 *
 * A reading is a chain of names we know, or that the message has, each in its place of the order, each with a value
 * that fits its schema, no required one left out; between them may stand parameters we do not know (not in version 1,
 * where there is no place for one). A message is ambiguous when some reading begins a parameter inside one of the
 * message's values. So of all the readings of one text that use the same names at most one is ever accepted: the one
 * whose values cannot be split.
 *
 * It is ambiguous as well when a strict value may have taken its end from the unknown name behind it: ref "b1re" +
 * "seller" is signed like ref "b1" + "reseller", and another ref would be another payment.
 *
 * What stays open, since refusing it would refuse genuine custom parameters: where a free text (uid, goodsid, the
 * order reference) ends and a parameter begins whose name we have never seen. One that swallowed such a parameter
 * shows it by its "=" and is set aside (notification.ts); one that lost its end does not: the registered order closes it.
 */
import type { NameOrder, SignedText } from './signature.ts';

/** What a reading may consist of. */
export interface Grammar {
  readonly names: readonly string[];
  /** Further names, as they stand right before "=" ("…goodsid[7]"). */
  readonly indexedName?: RegExp;
  readonly required: readonly string[];
  /** What a value must be, which is never longer than 64 and has no "="; undefined for a free text. */
  pattern(name: string): RegExp | undefined;
}

/** Genuine messages have about ten. More cannot be a pingback that anyone needs. */
const MAX_STARTS = 500;
/** Longer than "goodsid[9999]". */
const LONGEST_INDEXED_NAME = 64;

/** What stands before the last word of a merchant's own parameter names. */
const WORD_END = /[_.[\]-]/;

interface Start {
  readonly name: string;
  readonly known: boolean;
  readonly at: number;
  readonly valueAt: number;
  /**
   * own: a parameter of the message · name: the last word of one of its names ("ref" in "initial_ref"), which
   * alone makes nothing doubtful · value: inside one of its values, or glued to one of its names, as where the
   * value before it was moved there ("goldis_test").
   */
  readonly within: 'own' | 'name' | 'value';
}

export function hasOtherReading(signed: SignedText, grammar: Grammar): boolean {
  if (tookFromName(signed, grammar)) return true;
  const starts = findStarts(signed, grammar);
  if (starts.length > MAX_STARTS) return true;
  // Only spares work, as for nearly every message.
  if (starts.every(({ within }) => within !== 'value')) return false;

  const { canBegin, canFollow, canEnd } = rules(signed, grammar, starts);
  const splitsNothing = new Set<Start>();
  const splitsValue = new Set<Start>();
  for (const start of starts) {
    const isAfter = (earlier: ReadonlySet<Start>) => [...earlier].some((one) => canFollow(one, start));
    const isReached = canBegin(start) || isAfter(splitsNothing);
    if (isReached && start.within !== 'value') splitsNothing.add(start);
    if ((isReached && start.within === 'value') || isAfter(splitsValue)) splitsValue.add(start);
  }
  return [...splitsValue].some(canEnd);
}

/** May a strict value have begun the name of the unknown parameter behind it? */
function tookFromName({ pairs, order }: SignedText, grammar: Grammar): boolean {
  return pairs.some(({ name, value }, index) => {
    const [next, afterNext] = pairs.slice(index + 1);
    if (next === undefined || grammar.names.includes(next.name)) return false;
    const place = { name, before: afterNext?.name };
    return hidesName(place, value + next.name, value.length, order, grammar);
  });
}

/** Can `text`, cut before `until`, be a strict value of `name` and a name that we do not know, in its place? */
function hidesName(
  { name, before }: { readonly name: string; readonly before: string | undefined },
  text: string,
  until: number,
  order: NameOrder,
  { names, pattern }: Grammar,
): boolean {
  const strict = pattern(name);
  for (let at = 0; strict !== undefined && at < until; at += 1) {
    const other = text.slice(at);
    if (strict.test(text.slice(0, at)) && !names.includes(other) && isBetween(order, name, other, before)) {
      return true;
    }
  }
  return false;
}

/** Every place where a name of the grammar or of the message stands before a "=", in order of position. */
function findStarts({ text, pairs }: SignedText, { names, indexedName }: Grammar): readonly Start[] {
  const nameAt = new Map<number, number>();
  let offset = 0;
  for (const { name, value } of pairs) {
    nameAt.set(offset + name.length, offset);
    offset += name.length + 1 + value.length;
  }
  const candidates = new Map(pairs.map(({ name }) => [name, false]));
  for (const name of names) candidates.set(name, true);

  const starts: Start[] = [];
  const found = (name: string, known: boolean, equals: number) => {
    const at = equals - name.length;
    const own = nameAt.get(equals);
    const isInName = own !== undefined && at > own;
    const isGlued = known && !WORD_END.test(text.charAt(at - 1));
    const within = own === at ? 'own' : isInName && !isGlued ? 'name' : 'value';
    starts.push({ name, known, at, valueAt: equals + 1, within });
  };
  for (const { index: equals } of text.matchAll(/=/g)) {
    const indexed = indexedName?.exec(text.slice(Math.max(0, equals - LONGEST_INDEXED_NAME), equals))?.[0];
    if (indexed !== undefined) found(indexed, true, equals);
    for (const [name, known] of candidates) {
      if (name !== indexed && text.endsWith(name, equals)) found(name, known, equals);
    }
  }
  return starts;
}

function rules({ text, order }: SignedText, grammar: Grammar, starts: readonly Start[]) {
  const nothingRequired = (after: string | undefined, before: string | undefined): boolean =>
    !grammar.required.some((name) => isBetween(order, after, name, before));

  const ownKnown = starts.filter(({ within, known }) => within === 'own' && known);
  const valueFits = ({ name, valueAt }: Start, end: number, before?: string): boolean => {
    const [pattern, value] = [grammar.pattern(name), text.slice(valueAt, end)];
    if (pattern === undefined || pattern.test(value)) return true;
    // An unknown parameter that swallowed one we know, where the message has that one, is nobody's guess but ours.
    if (ownKnown.some((own) => valueAt < own.valueAt && own.valueAt <= end)) return false;
    // A strict value has no "=": the first one belongs to a name that we do not know.
    const equals = value.indexOf('=');
    return hidesName({ name, before }, value.slice(0, equals), equals, order, grammar);
  };

  return {
    canBegin: ({ name, at }: Start): boolean => at === 0 && nothingRequired(undefined, name),
    canFollow: (a: Start, b: Start): boolean =>
      b.at >= a.valueAt &&
      order(a.name, b.name) < 0 &&
      nothingRequired(a.name, b.name) &&
      valueFits(a, b.at, b.name),
    canEnd: (a: Start): boolean => nothingRequired(a.name, undefined) && valueFits(a, text.length),
  };
}

function isBetween(
  order: NameOrder,
  after: string | undefined,
  name: string,
  before: string | undefined,
): boolean {
  return (after === undefined || order(after, name) < 0) && (before === undefined || order(name, before) < 0);
}
