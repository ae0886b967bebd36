/**
 * Readers find the answers to twelve everyday questions within two clicks from README.md, under a heading that leads to
 * the answer.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAMED, problemsOf } from './named-tests.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The text from a heading to the next heading of the same level or above; empty without such a heading. */
function sectionOf(path: string, heading: string): string {
  const text = read(path);
  const start = text.split('\n').indexOf(heading);
  if (start === -1) return '';
  const level = heading.indexOf(' ');
  const lines = text.split('\n').slice(start + 1);
  const end = lines.findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(0, end === -1 ? undefined : end).join('\n');
}

/** Pages that a page links to, by their path from the root. */
const linksOf = (path: string): readonly string[] =>
  [...read(path).matchAll(/\]\(([^)#\s]+\.md)(?:#[^)\s]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => normalize(join(dirname(path), link)));

/**
 * The question, the pages that a reader opens from README, and the heading and the text of the answer on the last page.
 */
const QUESTIONS = [
  ['How do I try it?', [], '## On your computer', 'npm ci && npm start'],
  [
    'How does my shop learn that somebody has paid?',
    ['docs/connect-your-shop.md'],
    '## 1. Start the stack, and listen',
    'payhooks listen',
  ],
  [
    'What do I set at Paymentwall?',
    ['docs/quickstart-paymentwall.md'],
    "## 1. What to look up in the project's settings",
    'Pingback URL',
  ],
  [
    'A customer paid and got nothing: what now?',
    ['docs/faq.md'],
    '# Questions and answers',
    'A customer paid and got nothing',
  ],
  [
    'What does 401 mean?',
    ['docs/faq.md', 'docs/runbooks/bad-signatures.md'],
    '# bad-signatures',
    'our key is wrong',
  ],
  ['Can goods go out twice?', ['docs/accept.md'], '## How to pass', 'one database transaction'],
  [
    'How do I register a refund?',
    ['docs/faq.md', 'docs/order-changes.md'],
    '## POST /checkout/refunds',
    'refund',
  ],
  ['What happens on a chargeback?', ['docs/chargebacks.md'], '# What happens on a chargeback', '`revoke`'],
  [
    'How do I change a key without downtime?',
    ['docs/faq.md', 'docs/commands-secrets.md'],
    '### secrets rotate NAME',
    '--finish',
  ],
  ['We were down: what is lost?', ['docs/after-an-outage.md'], '# After an outage', 'returns by itself'],
  [
    'A person wants their data erased (GDPR): how?',
    ['docs/faq.md', 'docs/commands-erase.md'],
    '## erase',
    'payhooks erase',
  ],
  ['What do the providers check before we go live?', ['docs/go-live.md'], '## Trustly Americas', 'certify'],
] as const;

describe('questions that README.md leads to', () => {
  it('the list has twelve questions', () => expect(QUESTIONS).toHaveLength(12));

  it.each(QUESTIONS)(
    'README.md leads within two clicks to the answer of: %s',
    (_, clicks, heading, answer) => {
      expect(clicks.length, 'at most two clicks').toBeLessThanOrEqual(2);
      const way = ['README.md', ...clicks];
      for (const [at, page] of clicks.entries()) expect(linksOf(way[at] ?? ''), way[at]).toContain(page);
      expect(sectionOf(way.at(-1) ?? '', heading)).toContain(answer);
    },
  );
});

it('every fault of an SDK in docs/sdk-bugs.md names an existing test or redirects.md', () => {
  const rows = read('docs/sdk-bugs.md')
    .split('\n')
    .filter((line) => /^\| (?:Paymentwall|Trustly)/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const row of rows) {
    expect(problemsOf(row)).toEqual([]);
    expect([...row.matchAll(NAMED)].length > 0 || row.includes('(redirects.md)'), row).toBe(true);
  }
});
