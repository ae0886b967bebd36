/**
 * Each measured figure in the pages has its source nearby: the command, by a name in RUNS, and the day. A figure that
 * is no measurement (a limit, a price of another company) is listed with its reason. Cheap measurements are repeated
 * here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countOne } from '../../cli/cost/count.ts';
import { bill, readPrices } from '../../cli/cost/price.ts';
import { CONTROLS } from '../controls/controls.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Without pages that measure nothing: rendered tables, documentation of providers, and AWS's limits. */
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root })
  .toString()
  .trim()
  .split('\n')
  .filter(
    (path) =>
      !/^docs\/(?:tables|protocols)\/|^docs\/(?:construct|aws-limits)\.md$|^CHANGELOG\.md$/.test(path),
  );

/** The commands and services that produce figures. */
const RUNS = [
  'npm run bench',
  'npm run simulate',
  'npm run mutate',
  'npm run controls',
  'npm run fuzz',
  'npm test',
  'npx cdk synth',
  'npx payhooks cost',
  'npx payhooks audit',
] as const;

/** The beginning of a sentence or cell with a figure that no run measured, and the reason. */
const NO_MEASUREMENT: readonly (readonly [path: string, text: string, why: string])[] = [
  ['docs/checkout.md', 'over 64 KB', 'a limit of the gateway'],
  ['docs/threat-model.md', 'a body of 64 KB at most', 'the same limit'],
  ['docs/threat-model.md', '“a body over 64 KB”', 'title of a test'],
  ['docs/decisions/004-bundles.md', 'the 4 KB limit on environment variables', 'a limit of AWS'],
  ['docs/decisions/005-encryption.md', 'Two keys cost about 2 USD a month', 'a price of AWS'],
  ['docs/decisions/006-logger.md', 'has a budget of 80 KB', 'a limit that a test holds'],
  ['docs/decisions/007-questions.md', '≤ 800 ms', 'a limit'],
  ['docs/decisions/007-questions.md', '900 ms are kept free', 'a limit'],
  ['docs/decisions/012-intake-client.md', '(231 KB was the budget)', 'an earlier limit'],
  ['docs/decisions/012-intake-client.md', 'waits at most 250 ms', 'a limit'],
  ['docs/decisions/013-iam-on-this-computer.md', '(19 MB together)', 'size of two packages'],
  ['docs/console.md', '(1 MB each)', 'a limit of DynamoDB'],
  ['docs/console.md', 'a table of 100 MB is scanned every ten minutes', 'follows from the limit before it'],
  ['docs/scale.md', 'for intake, 120 ms for transition', 'assumed, and the page says so'],
  ['docs/decisions/014-objectives.md', '99.9 % of requests are answered', 'an objective'],
  ['docs/decisions/014-objectives.md', '99 % of events reach the merchant', 'an objective'],
  ['docs/runbooks/answer-latency.md', 'after 2.2 s still gets 300 ms', 'a limit'],
  ['docs/runbooks/answer-latency.md', 'at most 800 ms for your decision hook', 'a limit'],
  ['docs/runbooks/answer-latency.md', '900 ms kept free after it', 'a limit'],
  ['docs/runbooks/slo-answers.md', 'of all requests 99.9 %', 'an objective'],
  ['docs/runbooks/slo-answers.md', 'beyond 0.1 % in thirty days', 'what the objective leaves'],
  ['docs/runbooks/slo-delivered.md', 'of all events 99 %', 'an objective'],
  ['shared/providers/trustly-europe/README.md', 'at most 64 KB', 'a limit of intake'],
  ['shared/providers/trustly-europe/README.md', 'has **800 ms**', 'a limit'],
  ['shared/providers/trustly-europe/README.md', 'over 4 KB', 'a limit'],
];

const FIGURE =
  /\b\d[\d.,]*(?: |-)?(?:ms|µs|KB|MB|GB|KiB|MiB|USD|mutants|seeds|worlds|rounds)\b|\b\d[\d.,]* %|\btook \d[\d.,]* \w+|\| mutants \|/g;
const DAY = /\b20\d\d-\d\d-\d\d\b/;

interface Figure {
  readonly path: string;
  readonly figure: string;
  /** The words around the figure. */
  readonly near: string;
  /** The text from the figure's heading to the next heading. */
  readonly section: string;
}

const figuresOf = (path: string, text: string): readonly Figure[] =>
  text
    .replace(/^```.*?^```/gms, '')
    .split(/^(?=#{1,6} )/m)
    .flatMap((section) =>
      [...section.matchAll(FIGURE)].map(({ 0: figure, index }) => ({
        ...{ path, figure, section },
        near: section.slice(Math.max(0, index - 60), index + figure.length + 60).replaceAll('\n', ' '),
      })),
    );

const problemOf = ({ path, figure, near, section }: Figure): string | undefined => {
  if (NO_MEASUREMENT.some(([page, text]) => page === path && near.includes(text))) return undefined;
  const missing = [
    ...(RUNS.some((run) => section.includes(run)) ? [] : ['the command of its run']),
    ...(DAY.test(section) ? [] : ['the day']),
  ];
  return missing.length === 0 ? undefined : `${path}: "${figure}" lacks ${missing.join(' and ')}: …${near}…`;
};

describe('a figure in the pages', () => {
  const figures = pages.flatMap((path) => figuresOf(path, read(path)));

  it('the pages have more than 20 figures', () => expect(figures.length).toBeGreaterThan(20));

  it('every figure in the pages names its run and its day, or is listed as no measurement', () => {
    expect(figures.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each(NO_MEASUREMENT)('%s contains the listed figure without measurement: %s (%s)', (path, text) => {
    expect(read(path).replaceAll('\n', ' ')).toContain(text);
  });

  it.each([
    ['It took 4 s.', 'the command of its run and the day'],
    ['It took 4 s (`npm run bench`).', 'the day'],
    ['It needs 306 MB (2026-11-29).', 'the command of its run'],
    ['# A\n\n`npm run bench`, 2026-11-29.\n\n# B\n\n93.1 %', 'the command of its run and the day'],
    ['20,000 worlds', 'the command of its run and the day'],
    ['| file | mutants |', 'the command of its run and the day'],
  ])('problemOf reports a figure without its run or its day: %j', (text, lacks) => {
    const problems = figuresOf('a-page.md', text).map(problemOf);
    expect(problems.join()).toContain(`lacks ${lacks}`);
  });

  it('a figure with its run and its day has no problem', () => {
    expect(figuresOf('a-page.md', 'It took 4 s (`npm run bench`, 2026-11-29).').map(problemOf)).toEqual([
      undefined,
    ]);
  });
});

describe('figures that are measured again', () => {
  it('three pages say the cost of a million notifications that payhooks cost computes', async () => {
    const cents = bill(await countOne('paymentwall'), readPrices()).map(({ cost }) => Math.round(cost * 100));
    const total = cents.reduce((sum, each) => sum + each, 0) / 100;
    expect(read('docs/cost-and-scale.md')).toContain(`| **${total.toFixed(2)}** |`);
    expect(read('docs/commands-develop.md')).toContain(`TOTAL ${total.toFixed(2)} USD`);
    expect(read('docs/faq.md')).toContain(`About ${Math.round(total)} USD for a million`);
  });

  it('README says more than forty controls, and the controls are more than 40', () => {
    expect(read('README.md')).toContain('in more than forty ways');
    expect(CONTROLS.length).toBeGreaterThan(40);
  });
});
