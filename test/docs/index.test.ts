/**
 * docs/README.md leads from everyday words to pages: each page contains the word, and every page of docs is in the
 * index.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = resolve(import.meta.dirname, '../../docs');
const page = (path: string) => readFileSync(resolve(docs, path), 'utf8');
const index = page('README.md');
const rows = [...index.matchAll(/^\| ([^|]+) \| `([^`|]+)` \| \[([^\]]+)\]\(\3\) \|$/gm)].map(
  ([, looked = '', word = '', path = '']) => ({ looked, word, path }),
);

describe('the index of the documentation', () => {
  it('the index has at least forty rows, and no word twice', () => {
    const words = rows.flatMap(({ looked }) => looked.split(', '));
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(new Set(words).size).toBe(words.length);
  });

  it.each(rows)('the index leads from "$looked" to a page that says $word', ({ word, path }) => {
    expect(page(path).toLowerCase()).toContain(word.toLowerCase());
  });

  it('the index links to every page of docs', () => {
    const pages = readdirSync(docs).filter((name) => /\.(md|html)$/.test(name) && name !== 'README.md');
    expect(pages.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });
});
