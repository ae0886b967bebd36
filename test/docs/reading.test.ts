/** A reader reads a page in less than five minutes: 1,200 words at 240 a minute. Rendered pages are for looking up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const MINUTES = 5;
const WORDS_A_MINUTE = 240;

/** Words of prose and tables, without blocks of code. */
const wordsOf = (text: string): number =>
  text
    .replace(RENDERED_PART, '')
    .replace(/^```.*?^```/gms, '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

const isRendered = (text: string): boolean => /^<!-- Rendered from /m.test(text);
/** The rendered part of docs/construct.md. */
const RENDERED_PART = /^<!-- From here rendered.*^<!-- Rendered up to here/ms;

const pages = ['docs', 'docs/protocols', 'docs/runbooks', 'docs/decisions', 'examples']
  .flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  )
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  .filter(({ text }) => !isRendered(text));

describe('a page', () => {
  it.each(pages)('$path has at most 1,200 words, a reading of five minutes', ({ text }) => {
    expect(wordsOf(text)).toBeLessThanOrEqual(MINUTES * WORDS_A_MINUTE);
  });

  it('no page except docs/deploy.md has a section whose only text is a link to another page', () => {
    const empty = pages
      // docs/deploy.md still has four such sections.
      .filter(({ path }) => path !== 'docs/deploy.md')
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^#+ (.+)\n+\[[^\]]*\]\([^)]*\) (?:is|are) .{0,30}\n+(?=#|$(?![\s\S]))/gm)].map(
          ([, heading]) => `${path}: ${heading}`,
        ),
      );
    expect(empty).toEqual([]);
  });

  it('wordsOf counts the words of prose and tables, but not of a block of code', () => {
    expect(wordsOf('# One\n\ntwo `three` | four |\n\n```sh\nnot this\n```\n- five')).toBe(5);
  });
});
