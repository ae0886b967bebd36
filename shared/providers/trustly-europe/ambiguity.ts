/**
 * Tells whether the signed text can be read in another way. Trustly joins keys and values without separators, so
 * `orderid` "1" + `timestamp` "2…" and `orderid` "1timestamp2…" are signed alike: whoever has one genuine message could
 * move boundaries and create others that verify
 * (docs/protocols/trustly-europe-signature.md#ambiguity-of-the-signed-text).
 *
 * The schema refuses most of them. This check refuses the rest for every field that decides about money or identity: it
 * looks for *another* reading of the same text that also fits the schema and in which such a field has another value,
 * or in which a field we know is present while the received message lacks it (renamed away). If there is one, it is
 * unknown which was meant, and the message is quarantined.
 *
 * A reading is a chain of known fields in byte order. Between two of them there may be text of unknown fields (Trustly
 * adds fields at any time), if it can begin with a key that sorts between its neighbours. Before the first there may be
 * any text: the empty key sorts before all.
 *
 * Two cases stay open, because refusing them would refuse every new field:
 * - Where a free text (messageid, enduserid) ends and an unknown field begins. The comparison with the registered order
 * protects there, if there is something to compare: a text that may have been lost completely is ambiguous.
 * - An optional field within a field that Trustly has yet to add: the genuine message is quarantined, a copy that names
 * the field is read. An attacker would have to choose the content of the new field.
 */
import { compareBytes } from '../bytes.ts';
import { FIELDS, type Field, type FieldName, type MethodFields, SHOWN_ONLY } from './fields.ts';

/**
 * The most occurrences of field names that are examined. Genuine messages have about ten; more is ambiguous by itself.
 */
const MAX_OCCURRENCES = 64;

interface Occurrence {
  readonly name: FieldName;
  /** Index of the field among the method's fields, in byte order. */
  readonly field: number;
  readonly start: number;
  /** Where the value ends. For a free value: where it begins, since it may end anywhere after that. */
  readonly end: number;
  /** Absent: a free value. */
  readonly value?: string;
}

/** @param text serialize(data). @param received the fields as they were received, only those that are present */
export function hasOtherReading(
  text: string,
  fields: MethodFields,
  received: ReadonlyMap<string, string>,
): boolean {
  return schemasOf(fields).some((schema) => hasOther(text, schema, received));
}

/** Names that a reading may have, in byte order. */
interface Schema {
  readonly names: readonly FieldName[];
  /** How many of the names before each index are required; the last is the number of all. */
  readonly requiredBefore: readonly number[];
}

/** Cached: the tables of a method's fields are constants. */
const SCHEMAS_OF = new WeakMap<MethodFields, readonly Schema[]>();

function schemasOf(fields: MethodFields): readonly Schema[] {
  const made = SCHEMAS_OF.get(fields);
  if (made !== undefined) return made;
  const schemas = alternativesOf(fields).map(({ required, optional }): Schema => {
    const names = [...required, ...optional].sort(compareBytes);
    const before = (index: number) => names.slice(0, index).filter((name) => required.includes(name)).length;
    return { names, requiredBefore: [...names.keys(), names.length].map(before) };
  });
  SCHEMAS_OF.set(fields, schemas);
  return schemas;
}

/** amount and currency are both present or both absent, also where they are optional. */
function alternativesOf({ required, optional }: MethodFields): readonly MethodFields[] {
  if (!optional.includes('amount')) return [{ required, optional }];
  const others = optional.filter((name) => name !== 'amount' && name !== 'currency');
  return [
    { required: [...required, 'amount', 'currency'], optional: others },
    { required, optional: others },
  ];
}

function hasOther(
  text: string,
  { names, requiredBefore }: Schema,
  received: ReadonlyMap<string, string>,
): boolean {
  const occurrences = findOccurrences(text, names);
  if (occurrences.length > MAX_OCCURRENCES) return true;

  const nothingRequiredBetween = (after: number, before: number): boolean =>
    after >= before || requiredBefore[after + 1] === requiredBefore[before];
  // The text between the value's end and `to` belongs to the value, if it is free, or to unknown fields.
  const reaches = ({ value, end, name }: Occurrence, to: number, before?: FieldName): boolean =>
    value === undefined || end === to || canBeginUnknownField(text.slice(end, to), name, before);

  const canBeFirst = ({ field }: Occurrence): boolean => nothingRequiredBetween(-1, field);
  const canBeLast = (one: Occurrence): boolean =>
    nothingRequiredBetween(one.field, names.length) && reaches(one, text.length);
  const canFollow = (a: Occurrence, b: Occurrence): boolean =>
    a.end <= b.start && nothingRequiredBetween(a.field, b.field) && reaches(a, b.start, b.name);

  // Finds the occurrences that are on a complete chain, and among them one that differs from the received message.
  const fromStart: Occurrence[] = [];
  for (const b of occurrences) {
    if (canBeFirst(b) || fromStart.some((a) => canFollow(a, b))) fromStart.push(b);
  }
  const toEnd: Occurrence[] = [];
  for (const a of occurrences.toReversed()) {
    if (canBeLast(a) || toEnd.some((b) => canFollow(a, b))) toEnd.push(a);
  }
  return fromStart.some(
    (one) =>
      toEnd.includes(one) &&
      (tellsOtherwise(one, received) || mayBeCutOff(one, received, { text, occurrences })),
  );
}

/** Every place where a known field may be, field by field, so that a chain never goes back in the list. */
function findOccurrences(text: string, names: readonly FieldName[]): readonly Occurrence[] {
  const found: Occurrence[] = [];
  names.forEach((name, field) => {
    const rule: Field = FIELDS[name];
    for (let start = text.indexOf(name); start !== -1; start = text.indexOf(name, start + 1)) {
      const valueStart = start + name.length;
      if (rule.is !== 'pattern') {
        found.push({ name, field, start, end: valueStart });
        continue;
      }
      rule.pattern.lastIndex = valueStart;
      const value = rule.pattern.exec(text)?.[0];
      // A shorter value than the longest would leave a rest that no key between the neighbours can begin.
      if (value !== undefined) found.push({ name, field, start, end: valueStart + value.length, value });
    }
  });
  return found;
}

function tellsOtherwise({ name, value }: Occurrence, received: ReadonlyMap<string, string>): boolean {
  const was = received.get(name);
  return was === undefined || (value !== undefined && value !== was);
}

/**
 * A text that decides is present and empty, and what follows it is not a field we know: the name of a new field may
 * have taken all of the text. (A text that only lost its end differs from the order; an empty one is not compared.)
 */
function mayBeCutOff(
  { name, value, end }: Occurrence,
  received: ReadonlyMap<string, string>,
  { text, occurrences }: { readonly text: string; readonly occurrences: readonly Occurrence[] },
): boolean {
  if (value !== undefined || SHOWN_ONLY.has(name) || FIELDS[name].is !== 'text') return false;
  return received.get(name) === '' && end < text.length && !occurrences.some(({ start }) => start === end);
}

/** Longer than any field name, so both comparisons are decided within it. */
const LONGEST_KEY_TRIED = 24;

/**
 * Whether the text has a beginning that sorts between the two names. "currencyEUR…" has "c" to "currenc" before
 * "currency".
 */
function canBeginUnknownField(text: string, after: string, before?: string): boolean {
  for (let length = 1; length <= LONGEST_KEY_TRIED; length += 1) {
    const key = text.slice(0, length);
    if (compareBytes(after, key) < 0 && (before === undefined || compareBytes(key, before) < 0)) return true;
  }
  return false;
}
