import { readFileSync } from 'node:fs';

/** The fragments of a page's headings, as GitHub makes them. */
export function fragmentsOf(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replace(/^```.*?^```/gms, '');
  const seen = new Map<string, number>();
  const fragments = [...text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = '']) => {
    const words = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(words) ?? 0;
    seen.set(words, count + 1);
    return count === 0 ? words : `${words}-${count}`;
  });
  const anchors = [...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...fragments, ...anchors]);
}
