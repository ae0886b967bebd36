/**
 * Detects letters that may have moved between values and names that merchants choose. A name of ours always begins at a
 * known place; an unknown name may have lost its beginning to the previous value, or taken that value's end.
 */
import { type Grammar, isBetween, type Place, places, type Start, WORD_END } from './grammar.ts';
import type { Parameter } from './query.ts';
import type { NameOrder, SignedText } from './signature.ts';

const DIGIT = /[0-9]/;
const LONGEST_STRICT = 64;
/** The longest beginning of a hidden name in a free text, which has no recognizable end. */
const LONGEST_BEGINNING = 64;

/**
 * Whether letters may have moved between a strict value and the unknown name after it. Ids contain digits, and names do
 * not begin with ids: of "ord-17" + "note" and "" + "ord-17note" only the second is doubtful; of "ord" + "note" the
 * first.
 */
export function sharedWithName({ pairs, order }: SignedText, grammar: Grammar): boolean {
  return pairs.some(({ name, value }, index) => {
    const next = pairs[index + 1];
    if (next === undefined || grammar.names.has(next.name)) return false;
    const place = { name, before: pairs[index + 2]?.name };
    const from = DIGIT.test(value) ? 1 : 0;
    const lost = hidesName(place, value + next.name, { from, until: value.length }, { order, grammar });
    return lost || (from === 0 && beganWithId(place, value, next.name, { order, grammar }));
  });
}

/** The rules that tell names apart: the order in which they were signed, and what each may contain. */
interface Rules {
  readonly order: NameOrder;
  readonly grammar: Grammar;
}

/** Whether the unknown name has a beginning with a digit that may have been the end of the value. */
function beganWithId(
  { name, before }: { readonly name: string; readonly before: string | undefined },
  value: string,
  unknown: string,
  { order, grammar: { pattern } }: Rules,
): boolean {
  const strict = pattern(name);
  for (let at = unknown.search(DIGIT) + 1; strict !== undefined && at > 0 && at < unknown.length; at += 1) {
    const isValue = at <= LONGEST_STRICT && strict.test(value + unknown.slice(0, at));
    if (isValue && isBetween(order, name, unknown.slice(at), before)) return true;
  }
  return false;
}

/** Whether `text`, cut somewhere before `until`, can be a strict value of `name` and an unknown name, in its place. */
export function hidesName(
  { name, before }: { readonly name: string; readonly before: string | undefined },
  text: string,
  { from = 0, until }: { readonly from?: number; readonly until: number },
  { order, grammar: { names, pattern } }: Rules,
): boolean {
  const strict = pattern(name);
  for (let at = from; strict !== undefined && at < until; at += 1) {
    const other = text.slice(at);
    if (strict.test(text.slice(0, at)) && !names.has(other) && isBetween(order, name, other, before)) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a free text may contain a whole unknown parameter, such as an empty one ("goldorder_id="). Only if its name
 * has a place after the text's own: base64 with padding passes if no such name ends in it.
 */
export function hidesParameter(
  { pairs, order }: SignedText,
  isKnown: (parameter: Parameter) => boolean,
  isFreeText: (parameter: Parameter) => boolean,
): boolean {
  return pairs.some((parameter, index) => {
    const { name, value } = parameter;
    const end = value.indexOf('=');
    if (end === -1 || !isFreeText(parameter)) return false;
    // An unknown name after it may have moved its boundaries too.
    const before = pairs.slice(index + 1).find(isKnown)?.name;
    for (let at = 0; at < end; at += 1) {
      if (isBetween(order, name, value.slice(at, end), before)) return true;
    }
    return false;
  });
}

/**
 * Whether one of our parameters may have become the end of a merchant's name. If the message has "…_is_test", with
 * "1k_" before is_test "0", it may have been is_test "1" and "k_is_test" "0": a value, then the beginning of a name
 * that ends like ours.
 */
export function tookTail(signed: SignedText, grammar: Grammar, starts: readonly Start[]): boolean {
  const known = ownKnown(signed, grammar);
  const elsewhere = new Set(starts.flatMap(({ name, within }) => (within === 'own' ? [] : [name])));
  return starts.some((start) => {
    // It is ambiguous where a free text of the message ends before an unknown name.
    if (!start.known || (start.within === 'own' && grammar.pattern(start.name) === undefined)) return false;
    const index = known.findIndex(({ at }) => at >= start.valueAt);
    const tail = known[index];
    if (tail === undefined || !WORD_END.test(signed.text.charAt(tail.at - 1))) return false;
    // If the name were nowhere else, the rest would lack a required parameter.
    const isRequired = grammar.required.includes(tail.name) && tail.name !== start.name;
    if (isRequired && !elsewhere.has(tail.name)) return false;
    // A name before it that we do not know may have been part of another one's value; known names keep their places.
    const isTooLate = known.some(
      ({ equals, name }) => equals < start.at && signed.order(name, start.name) >= 0,
    );
    return !isTooLate && hasTail(signed, grammar, start, { tail, before: known[index + 1]?.name });
  });
}

const ownKnown = ({ pairs }: SignedText, { names }: Grammar): readonly Place[] =>
  places(pairs).filter(({ name }) => names.has(name));

/** Whether the start has a value that changes the result, followed by names in their order, down to the tail. */
function hasTail(
  { text, order }: SignedText,
  grammar: Grammar,
  { name, valueAt, within }: Start,
  { tail, before }: { readonly tail: Place; readonly before: string | undefined },
): boolean {
  const pattern = grammar.pattern(name);
  const first = text.indexOf('=', valueAt);
  const isLost = within === 'own' || grammar.decides(tail.name, tail.value);
  const from = pattern === undefined ? Math.max(valueAt, first - LONGEST_BEGINNING) : valueAt;
  // For a value of the message itself only its own end is checked; `sharedWithName` checks what it may share with an
  // unknown name after it.
  const until = within === 'own' && first !== tail.equals ? from : Math.min(first, tail.at);
  for (let at = from; at < until && (pattern === undefined || at <= from + LONGEST_STRICT); at += 1) {
    const value = text.slice(valueAt, at);
    const changes = tail.name === name ? value !== tail.value : isLost || grammar.decides(name, value);
    const hidden = text.slice(at, first);
    if (!changes || pattern?.test(value) === false || !isBetween(order, name, hidden, before)) continue;
    if (first === tail.equals || endsInTail({ text, equals: tail.equals }, hidden, before, order))
      return true;
  }
  return false;
}

/** With further unknown names in between: whether the last of them sorts after the first. */
function endsInTail(
  { text, equals }: { readonly text: string; readonly equals: number },
  after: string,
  before: string | undefined,
  order: NameOrder,
): boolean {
  const from = Math.max(text.lastIndexOf('=', equals - 1) + 1, equals - LONGEST_BEGINNING);
  for (let at = from; at < equals - 1; at += 1) {
    if (isBetween(order, after, text.slice(at, equals), before)) return true;
  }
  return false;
}
