/**
 * A comment or page cites a document as `docs/<page>.md` or `docs/<page>.md#<heading>`. Rules of a provider are cited
 * from docs/protocols, always with the heading. Readers can open every cited document.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fragmentsOf } from './fragments.ts';

const root = resolve(import.meta.dirname, '../..');
const FOLDERS = [
  ...['shared', 'functions', 'infra', 'cli', 'console', 'local', 'test', 'docs', 'tools', 'examples'],
  ...['AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md'],
];
const PROTOCOL = /^docs\/protocols\//;
/** This file contains forbidden citations as test cases. */
const OWN = 'test/docs/citations.test.ts';

const CITATION = /(?<![\w./-])docs\/[\w/-]+\.md(?:#[\w-]+)?/g;

/** Citations of papers that only their author can open: "paymentwall notes, §9", "notes 2.4", "design §7". */
const UNOPENABLE = [
  /\b(?:trustly[- ](?:americas|europe)|paymentwall|protocol)(?:'s)?\s+notes\b/i,
  /\bnotes,?\s+(?:§|\d+\.\d|section)/i,
  /\bdesign(?:\.md)?(?:,|:)?\s+(?:§|section|rule)/i,
  /[(\s](?:design|notes):\s/i,
] as const;

interface Text {
  readonly path: string;
  /** The text with blanks in place of comment marks and line ends, so that a citation may continue on the next line. */
  readonly text: string;
}

const flat = (source: string): string => source.replace(/\s*\n\s*(?:\*(?!\/)|\/\/|#|>)?\s*/g, ' ');

const sources: readonly Text[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', ...FOLDERS],
  { cwd: root, maxBuffer: 16 * 1024 * 1024 },
)
  .toString()
  .trim()
  .split('\n')
  .filter((path) => /\.(?:tsx?|js|mjs|md|sh|py|yml|yaml)$/.test(path) && path !== OWN)
  .filter((path) => existsSync(resolve(root, path)))
  .map((path) => ({ path, text: readFileSync(resolve(root, path), 'utf8') }));

const files: readonly Text[] = sources.map(({ path, text }) => ({ path, text: flat(text) }));

const citationsOf = ({ path, text }: Text) =>
  [...text.matchAll(CITATION)].map(([cited]) => ({ path, cited }));

const NAMED_FILE = /(?<![\w./:<*{@-])(?:[\w@-]+\/)*[\w-]+(?:\.[\w-]+)*\.tsx?\b/g;

/**
 * Names of files that are not in this project: a reader creates them, or they belong to another project or to an
 * example.
 */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  'docs/adding-a-provider.md': /examplepay/,
  'examples/README.md': /^app\/api\//,
  'examples/next-route/route.ts': /^app\/api\//,
  'test/app/fulfilment/standard-webhooks.test.ts': /^javascript\/src\//,
  'test/docs/named-tests.ts': /^test\/a\.test\.ts$/,
};

/** The named files in the comments of code, and in the whole text of a page. */
function namedFilesOf({ path, text }: Text) {
  const texts = path.endsWith('.md') ? [text] : (text.match(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*/g) ?? []);
  return texts.flatMap((part) => part.match(NAMED_FILE) ?? []).map((named) => ({ path, named }));
}

/** The fault of a citation; undefined: the citation resolves. */
function problemOf(cited: string): string | undefined {
  const [page = '', heading] = cited.split('#');
  if (!existsSync(resolve(root, page))) return 'no such page';
  if (heading === undefined) return PROTOCOL.test(page) ? 'names no heading' : undefined;
  return fragmentsOf(resolve(root, page)).has(heading) ? undefined : 'no such heading';
}

const closedIn = (text: string): string | undefined =>
  UNOPENABLE.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);

describe('citations', () => {
  it('every cited page exists and has the cited heading', () => {
    const problems = files
      .flatMap(citationsOf)
      .map(({ path, cited }) => ({ path, cited, problem: problemOf(cited) }))
      .filter(({ problem }) => problem !== undefined);
    expect(problems).toEqual([]);
  });

  it('no comment or page cites a paper that a reader cannot open', () => {
    const closed = files
      .map(({ path, text }) => ({ path, found: closedIn(text) }))
      .filter(({ found }) => found !== undefined);
    expect(closed).toEqual([]);
  });

  for (const page of ['trustly-americas', 'trustly-europe', 'paymentwall']) {
    it(`the code of ${page} cites its protocol page, and the page leads to the code`, () => {
      const cited = files
        .filter(({ path }) => path.startsWith(`shared/providers/${page}/`))
        .flatMap(citationsOf);
      expect(cited.filter((one) => one.cited.startsWith(`docs/protocols/${page}.md#`))).not.toEqual([]);
      expect(readFileSync(resolve(root, `docs/protocols/${page}.md`), 'utf8')).toContain(
        `../../shared/providers/${page}/README.md`,
      );
    });
  }
});

describe('a file of code that a comment or page names', () => {
  const all = new Set(
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
      .toString()
      .trim()
      .split('\n'),
  );
  const isThere = (named: string): boolean =>
    [...all].some((path) => path === named || path.endsWith(`/${named}`));

  it('every file of code that a comment or page names exists', () => {
    const missing = sources
      .flatMap(namedFilesOf)
      .filter(({ path, named }) => !isThere(named) && !ELSEWHERE[path]?.test(named));
    expect(missing).toEqual([]);
  });

  it.each([
    ['a.ts', '// as told.ts says\n', ['told.ts']],
    ['a.ts', "import { a } from './b.ts'; const c = 'd.ts';", []],
    ['a.ts', '/** See app/table/rows.ts. */', ['app/table/rows.ts']],
    ['a.md', 'in `shared/app/ports.ts`, and node:fs.tsx', ['shared/app/ports.ts']],
  ])('the file %s with the text %j names the files %j', (path, text, named) => {
    expect(namedFilesOf({ path, text }).map((one) => one.named)).toEqual(named);
  });
});

describe('the check of citations', () => {
  it.each([
    ['docs/protocols/paymentwall-parameters.md#types', undefined],
    ['docs/payment-core.md', undefined],
    ['docs/protocols/paymentwall.md', 'names no heading'],
    ['docs/protocols/paymentwall.md#no-such-heading', 'no such heading'],
    ['docs/protocols/somebody.md#types', 'no such page'],
  ])('the check of citations answers for %s: %s', (cited, problem) => {
    expect(problemOf(cited)).toBe(problem);
  });

  it.each([
    ' * text (paymentwall notes, §9)',
    ' * text (trustly-americas\n * notes, delivery)',
    '// (trustly-europe notes 2.4)',
    '// (protocol notes 4.3)',
    '/** (notes, §1.1) */',
    '/** (design §3 rule 5) */',
    '/** (design: duplicates) */',
  ])('the check finds the closed paper in %j', (source) => {
    expect(closedIn(flat(source))).toBeDefined();
  });

  it.each(['a note of the operator', 'numbers that the design holds itself to', 'release notes'])(
    'the check allows the text %j',
    (source) => {
      expect(closedIn(flat(source))).toBeUndefined();
    },
  );

  it('citationsOf finds docs/… in a comment, a link or a code span, and ignores ../docs/… and xdocs/…', () => {
    const text = '// see\n// docs/a.md#b.\n[page](docs/c.md) `docs/d.md#e` ../docs/f.md xdocs/g.md';
    const cited = citationsOf({ path: '', text: flat(text) });
    expect(cited.map((one) => one.cited)).toEqual(['docs/a.md#b', 'docs/c.md', 'docs/d.md#e']);
  });
});
