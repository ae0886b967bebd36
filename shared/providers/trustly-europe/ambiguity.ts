/**
 * Can the signed text be read in another way? Trustly joins keys and values without separators, so
 * `orderid` "1" + `timestamp` "2…" and `orderid` "1timestamp2…" are signed alike: whoever holds one genuine
 * message could move boundaries and mint others that verify (protocol notes 2.4).
 *
 * The schema refuses most of them. This check closes the rest for every field that decides about money or
 * identity: it looks for *another* reading of the same text that also fits the schema and in which such a field
 * has another value, or in which a field we know is present while the received message lacks it (renamed away).
 * If there is one, nobody can tell which was meant, and the message goes to quarantine.
 *
 * A reading is a chain of known fields in byte order. Between two of them may stand text that belongs to unknown
 * fields (Trustly adds fields at any time), as far as a key that sorts between its neighbours can begin it.
 * What stays open: where a free text (messageid, enduserid) ends and an unknown new field begins, since refusing
 * that would refuse every new field. The comparison with the registered order closes it.
 */
import { FIELDS, type Field, type FieldName, type MethodFields } from './fields.ts';
import { compareBytes } from './serialize.ts';

/** Occurrences of field names looked at; genuine messages have about ten. More is ambiguous by itself. */
const MAX_OCCURRENCES = 64;

interface Occurrence {
  readonly name: FieldName;
  /** Index of the field among the method's fields, in byte order. */
  readonly field: number;
  readonly start: number;
  readonly valueStart: number;
  /** Where the value ends; absent: a free value, which may end anywhere. */
  readonly valueEnd?: number;
}

/** `text` is serialize(data); `received` holds the fields as they were received, present ones only. */
export function hasOtherReading(
  text: string,
  fields: MethodFields,
  received: ReadonlyMap<string, string>,
): boolean {
  return schemasOf(fields).some((schema) => hasOther(text, schema, received));
}

/** amount and currency come together or not at all, also where they are optional. */
function schemasOf({ required, optional }: MethodFields): readonly MethodFields[] {
  if (!optional.includes('amount')) return [{ required, optional }];
  const others = optional.filter((name) => name !== 'amount' && name !== 'currency');
  return [
    { required: [...required, 'amount', 'currency'], optional: others },
    { required, optional: others },
  ];
}

function hasOther(
  text: string,
  { required, optional }: MethodFields,
  received: ReadonlyMap<string, string>,
): boolean {
  const names = [...required, ...optional].sort(compareBytes);
  const occurrences = findOccurrences(text, names);
  if (occurrences.length > MAX_OCCURRENCES) return true;

  const isRequired = names.map((name) => required.includes(name));
  const nothingRequiredBetween = (after: number, before: number): boolean =>
    !isRequired.slice(after + 1, before).includes(true);

  const unknownFieldsFit = (from: number, to: number, after?: string, before?: string): boolean =>
    from === to || canBeginUnknownField(text.slice(from, to), names, after, before);
  const canBeFirst = ({ field, name, start }: Occurrence): boolean =>
    nothingRequiredBetween(-1, field) && unknownFieldsFit(0, start, undefined, name);
  const canBeLast = ({ field, name, valueEnd }: Occurrence): boolean =>
    nothingRequiredBetween(field, names.length) &&
    (valueEnd === undefined || unknownFieldsFit(valueEnd, text.length, name));
  const canFollow = (a: Occurrence, b: Occurrence): boolean => {
    if (b.field <= a.field || b.start < (a.valueEnd ?? a.valueStart)) return false;
    if (!nothingRequiredBetween(a.field, b.field)) return false;
    return a.valueEnd === undefined || unknownFieldsFit(a.valueEnd, b.start, a.name, b.name);
  };

  // Which occurrences lie on a complete chain, and is there one among them that tells something else?
  const fromStart = new Set<Occurrence>();
  for (const b of occurrences) {
    if (canBeFirst(b) || [...fromStart].some((a) => canFollow(a, b))) fromStart.add(b);
  }
  const toEnd = new Set<Occurrence>();
  for (const a of occurrences.toReversed()) {
    if (canBeLast(a) || [...toEnd].some((b) => canFollow(a, b))) toEnd.add(a);
  }
  return occurrences.some(
    (one) => fromStart.has(one) && toEnd.has(one) && tellsOtherwise(one, text, received),
  );
}

/** Every place where a known field could stand, in order of position. */
function findOccurrences(text: string, names: readonly FieldName[]): readonly Occurrence[] {
  const found: Occurrence[] = [];
  names.forEach((name, field) => {
    const rule: Field = FIELDS[name];
    for (let start = text.indexOf(name); start !== -1; start = text.indexOf(name, start + 1)) {
      const valueStart = start + name.length;
      if (rule.is !== 'pattern') {
        found.push({ name, field, start, valueStart });
      } else {
        rule.pattern.lastIndex = valueStart;
        const value = rule.pattern.exec(text)?.[0];
        // A shorter value than the longest would leave a rest that no key between the neighbours can begin.
        if (value !== undefined)
          found.push({ name, field, start, valueStart, valueEnd: valueStart + value.length });
      }
      if (found.length > MAX_OCCURRENCES) return;
    }
  });
  return found.sort((a, b) => a.start - b.start);
}

function tellsOtherwise(
  { name, valueStart, valueEnd }: Occurrence,
  text: string,
  received: ReadonlyMap<string, string>,
): boolean {
  const value = received.get(name);
  if (value === undefined) return true;
  return valueEnd !== undefined && value !== text.slice(valueStart, valueEnd);
}

/** Longer than any field name, so both comparisons are decided within it. */
const LONGEST_KEY_TRIED = 24;

function canBeginUnknownField(
  text: string,
  names: readonly string[],
  after: string | undefined,
  before: string | undefined,
): boolean {
  for (let length = 1; length <= Math.min(text.length, LONGEST_KEY_TRIED); length += 1) {
    const key = text.slice(0, length);
    const sorted =
      (after === undefined || compareBytes(after, key) < 0) &&
      (before === undefined || compareBytes(key, before) < 0);
    if (sorted && !names.includes(key as FieldName)) return true;
  }
  return false;
}
