/** "Did you mean …?" for unknown names: keys of the configuration, commands. */

const MAX_DISTANCE = 3;

/** @example suggestion('retentoin', ['retention', 'target']) // 'retention' */
export function suggestion(found: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((key) => ({ key, distance: distance(found.toLowerCase(), key.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= Math.min(MAX_DISTANCE, Math.floor(found.length / 2)))
    .sort((a, b) => a.distance - b.distance);
  return best?.key;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const substitution = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(substitution, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
