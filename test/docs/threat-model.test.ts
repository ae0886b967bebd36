/** Each threat names the test that holds it, by file and title, or says what is left; so do the claims of SECURITY.md. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAMED, problemsOf, rowsOf } from './named-tests.ts';

const root = join(import.meta.dirname, '../..');
const threats = rowsOf('docs/threat-model.md', '| | threat |');
const claims = rowsOf('SECURITY.md', '| claim |');

describe('the threat model', () => {
  it('covers all of STRIDE, in every part that has an attacker', () => {
    expect(threats.length).toBeGreaterThan(40);
    const letters = new Set(threats.map(([letter]) => letter));
    for (const letter of 'STRIDE') expect([...letters]).toContain(letter);
  });

  it.each(
    threats.map(([, threat = '', stops = '', held = '', left = '']) => ({ threat, stops, held, left })),
  )('$threat', ({ threat, stops, held, left }) => {
    const isHeld = [...held.matchAll(NAMED)].length > 0;
    const isOpen = `${threat} ${stops} ${left}`.includes('left:');
    expect(isHeld || isOpen, 'names a test, or says what is left').toBe(true);
    expect(held === '' || isHeld, 'a test is named by its file and title').toBe(true);
    expect(problemsOf(held)).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  it('claims something', () => expect(claims.length).toBeGreaterThan(10));

  it.each(claims.map(([claim = '', , held = '']) => ({ claim, held })))('$claim', ({ held }) => {
    const files = [...held.matchAll(/`(test\/[\w./*-]+)`/g)].map(([, path = '']) => path);
    expect(files.length).toBeGreaterThan(0);
    const missing = files.filter((path) => !path.includes('*') && !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});

describe('a page that names what is not there', () => {
  it.each([
    ['`test/docs/none.test.ts` “x”', 'no such file'],
    ['`test/docs/threat-model.test.ts` “a test of nobody” ', 'no test'],
    ['`test/docs/threat-model.test.ts` “”', 'no title'],
  ])('is found: %s', (text, problem) => {
    // The second title is only in this line, in two parts.
    const asked = text.replace('of nobody', `of no${'body at all'}`);
    expect(problemsOf(asked).join()).toContain(problem);
  });
});
