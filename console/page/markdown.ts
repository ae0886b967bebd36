/** Where the links of a page of docs/ lead. */

/** The address of a link's target in the console; undefined when the console cannot show it. */
export function linkTo(target: string, from: string): string | undefined {
  if (/^https?:/.test(target)) return target;
  const [path = ''] = target.split('#');
  if (path === '') return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') {
      // The path leads out of docs/: sources are not shown.
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.') parts.push(part);
  }
  return path.endsWith('.md') ? `#/docs/${encodeURIComponent(parts.join('/'))}` : undefined;
}
