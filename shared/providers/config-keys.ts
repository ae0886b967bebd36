/** Objects of the configuration whose issues say what a key may hold. */
import * as v from 'valibot';

/**
 * A strict object whose issues speak for themselves: an unknown key is answered with the ones it knows, a
 * missing one with what it may hold.
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

/** valibot takes a list for an object, an empty one for an object with nothing but defaults. */
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
