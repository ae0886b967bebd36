/** Every relative link of every Markdown file leads to a file, and its fragment to a heading there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
})
  .toString()
  .trim()
  .split('\n');

/** Without code blocks and code spans, where brackets are no links. */
const proseOf = (path: string): string =>
  readFileSync(resolve(root, path), 'utf8')
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, '');

/** A heading's fragment as GitHub makes it. */
function fragmentsOf(path: string): Set<string> {
  const text = readFileSync(resolve(root, path), 'utf8').replace(/^```.*?^```/gms, '');
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

const linksOf = (path: string): string[] =>
  [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/i.test(link));

describe('links', () => {
  for (const page of pages.filter((path) => existsSync(resolve(root, path)))) {
    it(`every link of ${page} resolves`, () => {
      for (const link of linksOf(page)) {
        const [path = '', fragment] = link.split('#');
        const target =
          path === '' ? resolve(root, page) : resolve(root, dirname(page), decodeURIComponent(path));
        expect(existsSync(target), `${page}: ${link}`).toBe(true);
        if (fragment === undefined || extname(target) !== '.md') continue;
        expect([...fragmentsOf(target)], `${page}: ${link}`).toContain(fragment);
      }
    });
  }
});
