/** Twelve everyday questions are answered within two clicks from README.md, by a page that holds the answer. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAMED, problemsOf } from './named-tests.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Pages that a page links to, by their path from the root. */
const linksOf = (path: string): readonly string[] =>
  [...read(path).matchAll(/\]\(([^)#\s]+\.md)(?:#[^)\s]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => normalize(join(dirname(path), link)));

const first = new Set(linksOf('README.md'));
const second = new Set([...first].filter((path) => existsSync(join(root, path))).flatMap(linksOf));

const QUESTIONS = [
  ['How do I try it?', 'README.md', 'npm ci && npm start'],
  ['How does my shop learn that somebody has paid?', 'docs/connect-your-shop.md', 'payhooks listen'],
  ['What do I have to click at Trustly or Paymentwall?', 'docs/quickstart-paymentwall.md', 'Pingback'],
  ['A customer paid and got nothing: what now?', 'docs/runbooks/stuck-payments.md', 'payments show'],
  ['What does 401 mean?', 'docs/runbooks/bad-signatures.md', '401'],
  ['Can goods go out twice?', 'docs/accept.md', 'given once'],
  ['How do I register a refund?', 'docs/order-changes.md', 'POST /checkout/refunds'],
  ['What happens on a chargeback?', 'docs/chargebacks.md', 'revoke'],
  ['How do I change a key?', 'docs/commands-secrets.md', 'secrets rotate'],
  ['We were down: what is lost?', 'docs/after-an-outage.md', 'returns by itself'],
  ['How do I delete a person’s data?', 'docs/commands-erase.md', 'payhooks erase'],
  ['What do the providers check before we go live?', 'docs/go-live.md', 'certify'],
] as const;

describe('from README.md', () => {
  it('twelve questions are asked', () => expect(QUESTIONS).toHaveLength(12));

  it.each(QUESTIONS)('%s is answered by %s, at most two clicks away', (_, page, answer) => {
    expect(page === 'README.md' || first.has(page) || second.has(page)).toBe(true);
    expect(read(page)).toContain(answer);
  });
});

it('every fault of an SDK names a test that is there, or the page that explains it', () => {
  const rows = read('docs/sdk-bugs.md')
    .split('\n')
    .filter((line) => /^\| (?:Paymentwall|Trustly)/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const row of rows) {
    expect(problemsOf(row)).toEqual([]);
    expect([...row.matchAll(NAMED)].length > 0 || row.includes('(redirects.md)'), row).toBe(true);
  }
});
