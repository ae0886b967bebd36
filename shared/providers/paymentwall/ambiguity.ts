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
 * A merchant's own names end like ours ("order_type", "old_goodsid"), and pass where the message has the name itself.
 * Where it has not, "k_is_test" may be "k_", the end of the value before, and is_test: ambiguous, if it would decide
 * anything. And where the message has it, it may be a merchant's name that gave its beginning to a value (`tookTail`).
 *
 * What stays open, since refusing it would refuse genuine custom parameters: where a free text (uid, goodsid, the
 * order reference) ends and a parameter begins whose name we have never seen. One that may have swallowed such a
 * parameter shows it by its "=" and is set aside (notification.ts); one that lost its end does not: the registered order
 * closes it.
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
  /** Whether a parameter that the message lacks would decide anything, were it there with this value. */
  decides(name: string, value: string): boolean;
}

/** Genuine messages have about ten. More cannot be a pingback that anyone needs. */
const MAX_STARTS = 500;
/** Longer than "goodsid[9999]". */
const LONGEST_INDEXED_NAME = 64;
const LONGEST_STRICT = 64;

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
   * value before it was moved there ("goldis_test"; "gold_is_test", where is_test is missing and would decide).
   */
  readonly within: 'own' | 'name' | 'value';
}

export function hasOtherReading(signed: SignedText, grammar: Grammar): boolean {
  if (sharedWithName(signed, grammar)) return true;
  const starts = findStarts(signed, grammar);
  if (starts.length > MAX_STARTS) return true;
  if (tookTail(signed, grammar, starts)) return true;
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

/**
 * May a strict value and the unknown name behind it have shared their letters otherwise? Ids have digits, and names do not
 * begin with ids: of "ord-17" + "note" and "" + "ord-17note" only the second is doubtful, of "ord" + "note" the first.
 */
function sharedWithName({ pairs, order }: SignedText, grammar: Grammar): boolean {
  return pairs.some(({ name, value }, index) => {
    const [next, afterNext] = pairs.slice(index + 1);
    if (next === undefined || grammar.names.includes(next.name)) return false;
    const place = { name, before: afterNext?.name };
    const from = DIGIT.test(value) ? 1 : 0;
    const lost = hidesName(place, value + next.name, { from, until: value.length }, order, grammar);
    return lost || (from === 0 && beganWithId(place, value, next.name, order, grammar));
  });
}

const DIGIT = /[0-9]/;

/** Has the unknown name a beginning with a digit that may have been the end of the value? */
function beganWithId(
  { name, before }: { readonly name: string; readonly before: string | undefined },
  value: string,
  unknown: string,
  order: NameOrder,
  { pattern }: Grammar,
): boolean {
  const strict = pattern(name);
  for (let at = unknown.search(DIGIT) + 1; strict !== undefined && at > 0 && at < unknown.length; at += 1) {
    const isValue = at <= LONGEST_STRICT && strict.test(value + unknown.slice(0, at));
    if (isValue && isBetween(order, name, unknown.slice(at), before)) return true;
  }
  return false;
}

/** Can `text`, cut somewhere before `until`, be a strict value of `name` and a name that we do not know, in its place? */
function hidesName(
  { name, before }: { readonly name: string; readonly before: string | undefined },
  text: string,
  { from = 0, until }: { readonly from?: number; readonly until: number },
  order: NameOrder,
  { names, pattern }: Grammar,
): boolean {
  const strict = pattern(name);
  for (let at = from; strict !== undefined && at < until; at += 1) {
    const other = text.slice(at);
    if (strict.test(text.slice(0, at)) && !names.includes(other) && isBetween(order, name, other, before)) {
      return true;
    }
  }
  return false;
}

/**
 * May a free text have swallowed a whole parameter that we do not know, such as an empty one ("goldorder_id=")? Only
 * where its name has a place behind the text's own: base64 with its padding passes where no such name ends in it.
 */
export function hidesParameter({ pairs, order }: SignedText, isFreeText: (name: string) => boolean): boolean {
  return pairs.some(({ name, value }, index) => {
    if (!isFreeText(name)) return false;
    const before = pairs[index + 1]?.name;
    const end = value.indexOf('=');
    for (let at = 0; at < end; at += 1) {
      if (isBetween(order, name, value.slice(at, end), before)) return true;
    }
    return false;
  });
}

/** The positions of a text's own parameters. */
function places(pairs: SignedText['pairs']): readonly { readonly at: number; readonly equals: number }[] {
  let offset = 0;
  return pairs.map(({ name, value }) => {
    const at = offset;
    offset += name.length + 1 + value.length;
    return { at, equals: at + name.length };
  });
}

/**
 * May one of ours have become a merchant's name? Where "…_is_test" stands with "1k_" before is_test "0", the message may
 * have been is_test "1" and "k_is_test" "0": a strict value, then the beginning of a name that ends like ours.
 */
function tookTail({ text, pairs, order }: SignedText, grammar: Grammar, starts: readonly Start[]): boolean {
  const own = places(pairs);
  const indexOf = new Map(own.map(({ equals }, index) => [equals, index]));
  return starts.some(({ name, known, at, valueAt, within }) => {
    // Cheap looks first: a message may be full of what only looks like one of our names.
    if (!known || within === 'own') return false;
    const tail = indexOf.get(text.indexOf('=', valueAt));
    if (tail === undefined) return false;
    const pattern = grammar.pattern(name);
    const owner = own.findLastIndex((place) => place.at <= at);
    const [ours, from] = [pairs[tail], own[tail]];
    if (pattern === undefined || ours === undefined || from === undefined) return false;
    if (!grammar.names.includes(ours.name) || (ours.name !== name && isOwn(pairs, name))) return false;
    // The parameter that the start stands in gives its end away, or all of itself.
    const isWhole = at < (own[owner]?.equals ?? 0);
    const earlier = pairs[isWhole ? owner - 1 : owner];
    if (earlier !== undefined && order(earlier.name, name) >= 0) return false;
    if (!WORD_END.test(text.charAt(from.at - 1))) return false;
    for (let length = 0; valueAt + length < from.at && length <= LONGEST_STRICT; length += 1) {
      const value = text.slice(valueAt, valueAt + length);
      const hidden = text.slice(valueAt + length, from.equals);
      if (!pattern.test(value)) continue;
      const changes = ours.name === name ? value !== ours.value : grammar.decides(name, value);
      if (changes && isBetween(order, name, hidden, pairs[tail + 1]?.name)) return true;
    }
    return false;
  });
}

const isOwn = (pairs: SignedText['pairs'], wanted: string): boolean =>
  pairs.some(({ name }) => name === wanted);

/** Every place where a name of the grammar or of the message stands before a "=", in order of position. */
function findStarts({ text, pairs }: SignedText, { names, indexedName, decides }: Grammar): readonly Start[] {
  const nameAt = new Map<number, number>();
  const values = new Map<number, string>();
  places(pairs).forEach(({ at, equals }, index) => {
    nameAt.set(equals, at);
    values.set(equals, pairs[index]?.value ?? '');
  });
  const candidates = new Map(pairs.map(({ name }) => [name, false]));
  const ownNames = new Set(candidates.keys());
  for (const name of names) candidates.set(name, true);

  const starts: Start[] = [];
  const found = (name: string, known: boolean, equals: number) => {
    const at = equals - name.length;
    const own = nameAt.get(equals);
    const isInName = own !== undefined && at > own;
    // Inside a value it is a start of its own in any case.
    const isMissing = isInName && known && !ownNames.has(name);
    const couldDecide = isMissing && decides(name, values.get(equals) ?? '');
    const isGlued = known && (couldDecide || !WORD_END.test(text.charAt(at - 1)));
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
    return hidesName({ name, before }, value.slice(0, equals), { until: equals }, order, grammar);
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
