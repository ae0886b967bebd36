/** The title of a test states the rule that the test proves: a search for the rule finds the test (CONTRIBUTING.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { titlesIn } from './support/identifiers.ts';
import { root, sourceFiles } from './support/source-files.ts';

/** A title that begins with one of these words has no subject. */
const NO_SUBJECT = new Set([
  ...[
    'is',
    'are',
    'was',
    'were',
    'has',
    'have',
    'had',
    'do',
    'does',
    'did',
    'and',
    'or',
    'nor',
    'but',
    'also',
  ],
  ...['that', 'which', 'who', 'whose', 'with', 'without', 'of', 'in', 'on', 'at', 'by', 'for', 'from', 'to'],
  ...['into', 'as', 'not', 'it', 'its', 'they', 'their', 'there', 'then', 'than', 'so', 'when'],
]);
const MIN_WORDS = 3;
const MAX_CHARACTERS = 110;

function wrongTitles(titles: readonly string[]): readonly string[] {
  return titles.flatMap((title, index) => {
    const words = title.split(' ');
    const first = words[0] ?? '';
    if (NO_SUBJECT.has(first.replace(/,$/, '')))
      return [`"${title}" begins with "${first}": name the subject`];
    if (words.length < MIN_WORDS && !/[%$]/.test(title))
      return [`"${title}" has fewer than ${MIN_WORDS} words`];
    if (title.length > MAX_CHARACTERS) return [`"${title}" has more than ${MAX_CHARACTERS} characters`];
    return titles.indexOf(title) === index ? [] : [`"${title}" is the title of two tests`];
  });
}

describe('titles of tests', () => {
  it.each(sourceFiles(['test'], /\.test\.tsx?$/))('the titles of %s are sentences with a subject', (path) => {
    expect(wrongTitles(titlesIn(path, readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it('titlesIn finds the titles of it and test, in tables and templates, and no other text', () => {
    const text = `
      describe('a topic', () => {
        it('one rule holds', () => test.skipIf(true)('a second rule holds', () => {}));
        it.each([['not a title']])('a third rule holds for %s', () => {});
        test(\`a fourth rule holds for \${name}\`, () => undefined);
        reviewer.test('nothing');
      });`;
    expect(titlesIn('a.test.ts', text)).toEqual([
      'one rule holds',
      'a second rule holds',
      'a third rule holds for %s',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a title as it is written
      'a fourth rule holds for ${name}',
    ]);
  });

  it('a title without a subject, of two words, of two tests or too long is refused', () => {
    const long = `a title ${'x'.repeat(MAX_CHARACTERS)} is long`;
    const titles = [
      'is refused with 401',
      'when late',
      'works well',
      'a refund is paid',
      'a refund is paid',
      long,
    ];
    expect(wrongTitles(titles)).toEqual([
      '"is refused with 401" begins with "is": name the subject',
      '"when late" begins with "when": name the subject',
      '"works well" has fewer than 3 words',
      '"a refund is paid" is the title of two tests',
      `"${long}" has more than 110 characters`,
    ]);
  });
});
