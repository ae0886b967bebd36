/**
 * Tells whether the signed text can be read in another way. Pairs are joined without separators, so goodsid "gold" +
 * is_test "1" and goodsid "goldis_test=1" are signed alike: whoever has one genuine pingback can move the boundaries.
 *
 * A reading is a chain of names that we know, or that the message has, each in its place of the order, each with a
 * value that fits its schema, without a missing required name. Unknown parameters may be in between (not in version 1,
 * which has no place for them). A message is ambiguous if some reading begins a parameter inside one of the message's
 * values. Of all readings of one text that use the same names, at most one is therefore accepted: the one whose values
 * cannot be split.
 *
 * It is also ambiguous if a strict value may have taken its end from the unknown name after it: ref "b1re" + "seller"
 * is signed like ref "b1" + "reseller", and another ref would be another payment.
 *
 * A merchant's own names may end like ours ("order_type", "old_goodsid"). They pass if the message has our name itself.
 * If it does not, "k_is_test" may be "k_", the end of the previous value, and is_test: ambiguous, if is_test would
 * change the result. If it does, our name may be a merchant's name whose beginning became part of a value (`tookTail`).
 *
 * One case stays open, because refusing it would refuse genuine custom parameters: where a free text (uid, goodsid, the
 * order reference) ends and a parameter with an unknown name begins. A free text that may contain such a parameter
 * shows it by the "=" and is quarantined (notification.ts). A free text that lost its end does not show it; there the
 * comparison with the registered order protects.
 */
import { type Grammar, isBetween, type Place, places, type Start, WORD_END } from './grammar.ts';
import { hidesName, sharedWithName, tookTail } from './letters.ts';
import type { SignedText } from './signature.ts';

/** Genuine messages have about ten. A message with more is not a genuine pingback. */
const MAX_STARTS = 500;
/** Longer than "goodsid[9999]". */
const LONGEST_INDEXED_NAME = 64;

export function hasOtherReading(signed: SignedText, grammar: Grammar): boolean {
  if (sharedWithName(signed, grammar)) return true;
  const starts = findStarts(signed, grammar);
  if (starts.length > MAX_STARTS) return true;
  if (tookTail(signed, grammar, starts)) return true;
  // Only saves work, for nearly every message.
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

/** Every place where a name of the grammar or of the message is before a "=", in order of position. */
function findStarts({ text, pairs }: SignedText, { names, indexedName, decides }: Grammar): readonly Start[] {
  const ownNames = new Set(pairs.map(({ name }) => name));
  const candidates = [...ownNames];
  for (const name of names.keys()) if (!ownNames.has(name)) candidates.push(name);
  const own = places(pairs);
  let nextOwn = 0;

  const starts: Start[] = [];
  const found = (name: string, known: boolean, equals: number, place: Place | undefined) => {
    const at = equals - name.length;
    const isInName = place !== undefined && at > place.at;
    // Inside a value it is a separate start in any case.
    const isMissing = isInName && known && !ownNames.has(name);
    const couldDecide = isMissing && decides(name, place.value);
    const isGlued = known && (couldDecide || !WORD_END.test(text.charAt(at - 1)));
    const within = place?.at === at ? 'own' : isInName && !isGlued ? 'name' : 'value';
    starts.push({ name, known, at, valueAt: equals + 1, within });
  };
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    const place = own[nextOwn]?.equals === equals ? own[nextOwn] : undefined;
    if (place !== undefined) nextOwn += 1;
    const indexed = indexedName?.exec(text.slice(Math.max(0, equals - LONGEST_INDEXED_NAME), equals))?.[0];
    if (indexed !== undefined) found(indexed, true, equals, place);
    const last = text.charCodeAt(equals - 1);
    for (const name of candidates) {
      // Most names are told apart by their last letter.
      const mayEndHere = name === '' || name.charCodeAt(name.length - 1) === last;
      if (mayEndHere && name !== indexed && text.endsWith(name, equals))
        found(name, names.has(name), equals, place);
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
    // An unknown parameter that contains a known one is only a guess of ours if the message has the known one.
    if (ownKnown.some((own) => valueAt < own.valueAt && own.valueAt <= end)) return false;
    // A strict value has no "=": the first one belongs to an unknown name.
    const equals = value.indexOf('=');
    return hidesName({ name, before }, value.slice(0, equals), { until: equals }, { order, grammar });
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
