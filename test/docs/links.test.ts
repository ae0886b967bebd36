/** Every relative link of every Markdown file leads to a file, and its fragment to a heading there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fragmentsOf } from './fragments.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
})
  .toString()
  .trim()
  .split('\n');

/** The text without code blocks and code spans, where brackets are not links. */
const proseOf = (path: string): string =>
  readFileSync(resolve(root, path), 'utf8')
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, '');

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
