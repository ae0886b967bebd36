/**
 * `payhooks certify` on the whole local stack: every automatic item passes for an account that has the feature of the
 * item.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountResult } from '../../../cli/certify/certify.ts';
import { items } from '../../../cli/certify/items.ts';
import { type LocalStack, startLocalStack } from '../../../local/stack.ts';
import { everyItemConfig } from '../../../tools/docs/go-live-report.ts';
import { announce, type Desk, deskAt } from '../terminal.ts';

let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-certify-'));
  stack = await startLocalStack({ credentialsFolder: folder, config: everyItemConfig() });
  announce(folder, stack);
  desk = deskAt(folder);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

interface Report {
  readonly accounts: readonly AccountResult[];
}

describe('payhooks certify', () => {
  let report: Report;
  let html: string;

  it('certify fails no item on the local stack', async () => {
    const file = join(folder, 'report.html');
    const { code, out, err } = await desk.run(['certify', '--report', file, '--json']);
    expect(err).toBe('');
    report = JSON.parse(out) as Report;
    const failed = report.accounts.flatMap(({ account, results }) =>
      results.filter(({ verdict }) => verdict === 'fail').map((result) => ({ account, ...result })),
    );
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    html = readFileSync(file, 'utf8');
  });

  it('certify passes every auto item for at least one account, and leaves no item untried', () => {
    const results = report.accounts.flatMap((account) => account.results);
    const passed = new Set(results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id));
    const auto = items.filter(({ kind }) => kind === 'auto').map(({ id }) => id);
    expect(auto.filter((id) => !passed.has(id))).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'untried')).toEqual([]);
  });

  it('certify counts no payment of its own as a payment that the merchant tested', () => {
    const shown = report.accounts.flatMap(({ results }) => results.filter(({ kind }) => kind === 'shown'));
    expect(shown.filter(({ verdict }) => verdict !== 'missing')).toEqual([]);
  });

  it('certify reports the answer times of every account', () => {
    for (const { answers } of report.accounts) {
      expect(answers?.count).toBeGreaterThan(0);
      expect(answers?.histogram.reduce((sum, bar) => sum + bar.count, 0)).toBe(answers?.count);
    }
  });

  it('the report of certify names every item, loads nothing from elsewhere and holds no key', () => {
    for (const { id } of items) expect(html).toContain(`<td>${id}</td>`);
    expect(html).not.toMatch(/<(?:script|link|img|iframe)|url\(|@import|src=/);
    for (const { credentials } of stack.accounts) {
      for (const value of Object.values(credentials.current as Record<string, string>))
        expect(html).not.toContain(value);
    }
  });

  it('certify --account and --only try one account and one item', async () => {
    const words = ['certify', '--account', 'paymentwall/coins', '--only', 'P4', '--target', stack.baseUrl];
    const { accounts } = await desk.json<Report>(words);
    expect(accounts.map(({ account, results }) => [account, results.map(({ id }) => id)])).toEqual([
      ['paymentwall/coins', ['P4']],
    ]);
  });

  it('certify --trustly-key refuses a key whose public half is not in the secret of Trustly Europe', async () => {
    const file = join(folder, 'other.pem');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(file, other.export({ type: 'pkcs8', format: 'pem' }));
    const words = ['certify', '--account', 'trustly-europe/shop', '--trustly-key', file];
    const { code, err } = await desk.run(words);
    expect(code).toBe(2);
    expect(err).toContain('its public half is neither trustly.current nor trustly.next');
  });
});
