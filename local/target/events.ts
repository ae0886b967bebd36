/** Which events a developer asked for: "fulfil,payment.*". */

/** A name, or a family ("payment.*"); "*" is every event. */
const fits = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

/** No pattern: every event. */
export const takes =
  (patterns: readonly string[] | undefined) =>
  (type: string): boolean =>
    patterns === undefined || patterns.some((pattern) => fits(pattern, type));
