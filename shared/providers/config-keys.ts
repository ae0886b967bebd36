/** Objects of the configuration whose errors say what a key may contain. */
import * as v from 'valibot';

/**
 * A strict object with self-explanatory errors: for an unknown key it lists the known ones, for a missing key its
 * allowed values.
 */
export function keys<const E extends v.ObjectEntries>(entries: E) {
  const known = Object.keys(entries);
  return noList(
    v.strictObject(entries, (issue) => {
      const key = issue.path?.at(-1)?.key;
      if (typeof key !== 'string') return 'an object';
      if (issue.expected === 'never') return known.join(', ');
      const entry = entries[key];
      return (entry === undefined ? undefined : whatItMayHold(entry)) ?? issue.message;
    }),
  );
}

/**
 * valibot accepts a list as an object, and an empty list as an object whose keys all have defaults. This refuses lists.
 */
export function noList<S extends v.GenericSchema>(schema: S): S {
  const refusesLists = v.lazy((input) =>
    Array.isArray(input) ? v.custom<never>(() => false, 'an object') : schema,
  );
  // A variant tells its options apart by their entries; the documentation reads the type.
  const entries = 'entries' in schema ? { entries: schema.entries } : {};
  return Object.assign(refusesLists, { type: schema.type, ...entries }) as unknown as S;
}

function whatItMayHold(entry: v.ObjectEntries[string]): string | undefined {
  const result = entry.kind === 'schema' ? v.safeParse(entry as v.GenericSchema, undefined) : undefined;
  return result?.issues?.[0].message;
}
