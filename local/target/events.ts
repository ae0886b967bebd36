/** Filters events by the developer's patterns: "fulfil,payment.*". */

/** A pattern is a name, or a family ("payment.*"); "*" is every event. */
const fits = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

/** Without a pattern, every event passes. */
export const takes =
  (patterns: readonly string[] | undefined) =>
  (type: string): boolean =>
    patterns === undefined || patterns.some((pattern) => fits(pattern, type));
