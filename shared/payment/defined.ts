/** The object without its undefined fields. Rows, messages and events leave out unknown fields. */
export function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name of Object.keys(fields) as (keyof T)[]) {
    const value = fields[name];
    if (value !== undefined) known[name] = value as Exclude<T[keyof T], undefined>;
  }
  return known;
}
