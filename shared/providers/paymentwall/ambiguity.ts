/**
 * Can the signed text be read in another way? Pairs are joined without separators, so goodsid "gold" + is_test "1"
 * and goodsid "goldis_test=1" are signed alike: whoever holds one genuine pingback can move the boundaries.
 *
 * A reading is a chain of names we know, or that the message has, each in its place of the order, each with a value
 * that fits its schema, no required one left out; between them may stand parameters we do not know. A message is
 * ambiguous when some reading begins a parameter inside one of the message's values. So of all the readings of one
 * text that use the same names at most one is ever accepted: the one whose values cannot be split.
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
  /** May parameters that we do not know stand between the others? Not in version 1. */
  readonly open: boolean;
  fits(name: string, value: string): boolean;
}

/** Genuine messages have about ten. More cannot be a pingback that anyone needs. */
const MAX_STARTS = 500;
/** Longer than every value with a strict schema, and than names worth trying. */
const LONGEST_STRICT_VALUE = 64;
const LONGEST_NAME_TRIED = 64;

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
  const starts = findStarts(signed, grammar);
  if (starts.length > MAX_STARTS) return true;
  if (starts.every(({ within }) => within !== 'value')) return false;

  const { canBegin, canFollow, canEnd } = rules(signed, grammar, starts);
  const splitsNothing = new Set<Start>();
  const splitsValue = new Set<Start>();
  for (const start of starts) {
    const afterOneOf = (reached: ReadonlySet<Start>) => [...reached].some((one) => canFollow(one, start));
    const reached = canBegin(start) || afterOneOf(splitsNothing);
    if (reached && start.within !== 'value') splitsNothing.add(start);
    if ((reached && start.within === 'value') || afterOneOf(splitsValue)) splitsValue.add(start);
  }
  return [...splitsValue].some(canEnd);
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
  for (let equals = text.indexOf('='); equals !== -1; equals = text.indexOf('=', equals + 1)) {
    const indexed = indexedName?.exec(text.slice(Math.max(0, equals - LONGEST_NAME_TRIED), equals))?.[0];
    if (indexed !== undefined) found(indexed, true, equals);
    for (const [name, known] of candidates) {
      if (name !== indexed && text.endsWith(name, equals)) found(name, known, equals);
    }
    if (starts.length > MAX_STARTS) break;
  }
  return starts;
}

function rules({ text, order }: SignedText, grammar: Grammar, starts: readonly Start[]) {
  const nothingRequired = (after: string | undefined, before: string | undefined): boolean =>
    !grammar.required.some((name) => isBetween(order, after, name, before));

  // An unknown parameter that swallowed one we know, where the message has that one, is nobody's guess but ours.
  const ownKnown = starts.filter(({ within, known }) => within === 'own' && known);
  const unknownFits = (from: number, to: number, after?: string, before?: string): boolean =>
    grammar.open &&
    !ownKnown.some(({ valueAt }) => from < valueAt && valueAt <= to) &&
    canBeUnknown(text.slice(from, to), order, grammar.names, after, before);

  const valueFits = ({ name, valueAt }: Start, end: number, before?: string): boolean => {
    if (grammar.fits(name, text.slice(valueAt, end))) return true;
    const longest = Math.min(end - 1, valueAt + LONGEST_STRICT_VALUE);
    for (let to = valueAt; to <= longest; to += 1) {
      if (grammar.fits(name, text.slice(valueAt, to)) && unknownFits(to, end, name, before)) return true;
    }
    return false;
  };

  return {
    canBegin: ({ name, at }: Start): boolean =>
      nothingRequired(undefined, name) && (at === 0 || unknownFits(0, at, undefined, name)),
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

/** Could this text be parameters that we do not know, of names that sort between the two? */
function canBeUnknown(
  text: string,
  order: NameOrder,
  known: readonly string[],
  after: string | undefined,
  before: string | undefined,
): boolean {
  for (let equals = text.indexOf('='); equals !== -1; equals = text.indexOf('=', equals + 1)) {
    if (equals > LONGEST_NAME_TRIED) return false;
    const name = text.slice(0, equals);
    if (name !== '' && !known.includes(name) && isBetween(order, after, name, before)) return true;
  }
  return false;
}
