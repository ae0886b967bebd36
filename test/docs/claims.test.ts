/**
 * The pages about security name a test for each claim, by file and by words of the title. Each named test exists, and
 * each row of a table "held by" has a test. A threat without a test names the remaining risk.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAMED, problemsOf, rowsOf } from './named-tests.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const PAGES = [
  ...[
    'README.md',
    'SECURITY.md',
    'docs/threat-model.md',
    'docs/threat-model-inside.md',
    'docs/threat-model-people.md',
    'docs/signatures.md',
    'docs/signatures-trustly.md',
    'docs/signatures-paymentwall.md',
    'docs/keys.md',
    'docs/personal-data.md',
  ],
  ...['docs/tables/privileges.md', 'docs/tables/personal-data.md', 'docs/runbooks/stolen-key.md'],
  ...readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`),
];

const MODEL = ['threat-model', 'threat-model-inside', 'threat-model-people'].map((name) => `docs/${name}.md`);
const threats = MODEL.flatMap((page) => rowsOf(page, '| | threat |'));
const parts = MODEL.flatMap((page) => read(page).split(/^## /m).slice(1));

describe('the threat model', () => {
  it('the threat model has more than 40 threats and covers every letter of STRIDE', () => {
    expect(threats.length).toBeGreaterThan(40);
    const letters = new Set(threats.map(([letter]) => letter));
    for (const letter of 'STRIDE') expect([...letters]).toContain(letter);
  });

  it.each(parts.map((part) => [part.split('\n', 1)[0], part]))(
    'the part “%s” of the threat model has a threat for each letter of STRIDE, or says why not',
    (_, part = '') => {
      const letters = [...part.matchAll(/^\| ([STRIDE]) \|/gm)].map(([, letter]) => letter);
      const [, line = ''] = /^Without a row: (.+)$/m.exec(part) ?? [];
      const without = [...line.matchAll(/\*\*(\w)\*\*/g)].map(([, letter]) => letter);
      expect([...new Set(letters), ...without].sort()).toEqual([...'STRIDE'].sort());
    },
  );

  it.each(
    threats.map(([, threat = '', stops = '', held = '', left = '']) => ({ threat, stops, held, left })),
  )('the threat model names a test, or says what is left, for: $threat', ({ threat, stops, held, left }) => {
    const isHeld = [...held.matchAll(NAMED)].length > 0;
    const isOpen = `${threat} ${stops} ${left}`.includes('left:');
    expect(isHeld || isOpen, 'names a test, or says what is left').toBe(true);
    expect(held === '' || isHeld, 'a test is named by its file and title').toBe(true);
  });
});

/** Tables whose last column names the test of the row, with the least number of rows. */
const CLAIM_TABLES = [
  ['SECURITY.md', '| claim |', 14],
  ['docs/keys.md', '| rule ', 8],
  ['docs/personal-data.md', '| sentence |', 10],
] as const;

describe.each(CLAIM_TABLES)('%s, the table that begins with %s', (page, heading, least) => {
  const rows = rowsOf(page, heading);
  it(`the table has ${least} rows at least`, () => expect(rows.length).toBeGreaterThanOrEqual(least));

  it.each(rows.map((cells) => [cells[0], cells.at(-1) ?? ''] as const))(
    'the table names a test for the row: %s',
    (_, held) => {
      expect([...held.matchAll(NAMED)].length, 'names a test by its file and title').toBeGreaterThan(0);
    },
  );
});

it.each(PAGES)('%s names only tests and test files that exist', (page) => {
  const text = read(page);
  expect(problemsOf(text)).toEqual([]);
  const files = [...text.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path);
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** Card data would bring systems into the scope of PCI DSS. */
it.each(['docs/tables/personal-data.md', 'docs/events/event.schema.json', 'docs/events/examples.json'])(
  '%s names no field for card data',
  (page) => {
    const words = read(page).split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/);
    const found = words.filter((word) => /^(cards?|cvv2?|cvc2?|csc|pan)$/i.test(word));
    expect(found).toEqual([]);
  },
);

describe('problemsOf for a page that names a missing test', () => {
  it.each([
    ['`test/docs/none.test.ts` “x”', 'no such file'],
    ['`test/docs/claims.test.ts` “a test of nobody” ', 'no test'],
    ['`test/docs/claims.test.ts` “”', 'no title'],
    ['`test/docs/reading.test.ts` “Words of prose and tables”', 'no test'],
  ])('problemsOf reports the missing test in: %s', (text, problem) => {
    // The title is in two parts here, so that this file does not contain the title that must be missing.
    const mended = text.replace('of nobody', `of no${'body at all'}`);
    expect(problemsOf(mended).join()).toContain(problem);
  });
});
