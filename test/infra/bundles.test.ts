import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { type Bundles, bundle } from '../../infra/constructs/bundles.ts';
import { type FunctionName, functionsOf } from '../../infra/functions.ts';
import { accountsOf, type CompiledAccounts } from '../../shared/app/platform/compiled-accounts.ts';
import { smallest } from './support.ts';

const root = resolve(import.meta.dirname, '../..');
const { accounts } = parseConfig(smallest);
const functions = functionsOf(parseConfig(smallest));
const made: Bundles[] = [];
afterAll(() => {
  for (const { remove } of made) remove();
});

function bundled(
  options: { readonly sources?: string; readonly functions?: readonly FunctionName[] } = {},
): Bundles {
  const bundles = bundle({ functions, accounts, ...options });
  made.push(bundles);
  return bundles;
}
const textOf = (bundles: Bundles, name: FunctionName) =>
  readFileSync(join(bundles.folderOf(name), 'index.cjs'), 'utf8');

/** `toContain` would print the whole bundle when it fails. */
const holds = (bundles: Bundles, name: FunctionName, text: string) => textOf(bundles, name).includes(text);

/** The size of a minified intake bundle, which a function loads before its first answer. */
const INTAKE_BUDGET_BYTES = 80_000;

describe('the bundles of all functions', () => {
  const bundles = bundled();

  it('every function becomes a bundle of one file', () => {
    for (const name of functions) expect(holds(bundles, name, 'handler')).toBe(true);
  });

  for (const name of functions.filter((each) => each.startsWith('intake-'))) {
    it(`the bundle of ${name} stays within its budget in bytes`, () => {
      expect(Buffer.byteLength(textOf(bundles, name))).toBeLessThanOrEqual(INTAKE_BUDGET_BYTES);
    });

    it(`the bundle of ${name} has no client of DynamoDB and no code of a worker`, () => {
      // An intake reads its one row with a request of its own (shared/aws/json/services.ts).
      expect(holds(bundles, name, 'TransactWriteItems')).toBe(false);
      expect(holds(bundles, name, 'batchItemFailures')).toBe(false);
    });
  }

  it('the bundles of the intakes stay within the budget with sixty accounts of each of two providers', () => {
    const many = parseConfig({
      ...{ ...smallest, probe: false },
      accounts: Array.from({ length: 60 }, (_, index) => [
        { provider: 'paymentwall', account: `goods-${index}`, api: 'digital_goods', signatureVersion: 3 },
        { provider: 'trustly-americas', account: `shop-${index}` },
      ]).flat(),
    });
    const intakes = functions.filter((each) => each.startsWith('intake-'));
    const large = bundle({ functions: intakes, accounts: many.accounts });
    made.push(large);
    for (const name of intakes)
      expect(Buffer.byteLength(textOf(large, name)), name).toBeLessThanOrEqual(INTAKE_BUDGET_BYTES);
  });

  it('every bundle reads credentials from the environment, and has no credential chain of the SDK', () => {
    for (const name of functions) {
      expect(holds(bundles, name, 'are not in the environment')).toBe(true);
      for (const ofTheChain of [
        'AWS_WEB_IDENTITY_TOKEN_FILE',
        'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
        'sso_start_url',
      ]) {
        expect(holds(bundles, name, ofTheChain), ofTheChain).toBe(false);
      }
    }
  });

  it('a bundle loads only modules of Node at run time, except the event streams of the SDK', () => {
    for (const name of functions) {
      // The pattern finds calls, and not texts about modules (`import '@aws-sdk/signature-v4-crt'` in an error
      // message).
      const wanted = [
        ...textOf(bundles, name).matchAll(/[^`\w[ ](?:await )?(?:require|import)\("([^"]+)"\)/g),
      ];
      const foreign = wanted.map(([, id]) => String(id)).filter((id) => !isBuiltin(id));
      // An intake has no client of the SDK, which would load the event streams.
      const streams = name.startsWith('intake-') ? [] : ['@smithy/core/event-streams'];
      expect(new Set(foreign), name).toEqual(new Set(streams));
    }
  });

  it('no bundle has the configuration schema of a provider', () => {
    for (const name of functions) {
      expect(holds(bundles, name, 'the name of a query parameter'), name).toBe(false);
      expect(holds(bundles, name, 'its notifications name no amount'), name).toBe(false);
    }
  });

  it('bundles made again are equal byte for byte', () => {
    const again = bundled();
    for (const name of functions) expect(textOf(again, name) === textOf(bundles, name), name).toBe(true);
  });

  it('bundles are the same bytes in another folder, so that a checkout of the same commit can be compared', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'payhooks-checkout-'));
    try {
      for (const part of ['functions', 'shared', 'infra', 'package.json', 'tsconfig.json'])
        cpSync(join(root, part), join(checkout, part), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
      const script = `
        import { createHash } from 'node:crypto';
        import { readFileSync } from 'node:fs';
        import { bundle } from './infra/constructs/bundles.ts';
        const { functions, accounts } = JSON.parse(process.argv[1]);
        const { folderOf, remove } = bundle({ functions, accounts });
        const hash = (name) => createHash('sha256').update(readFileSync(folderOf(name) + '/index.cjs')).digest('hex');
        console.log(JSON.stringify(functions.map((name) => [name, hash(name)])));
        remove();`;
      const made = execFileSync(
        process.execPath,
        ['--input-type=module', '-e', script, JSON.stringify({ functions, accounts })],
        { cwd: checkout, encoding: 'utf8' },
      );
      const here = functions.map((name) => [
        name,
        createHash('sha256').update(textOf(bundles, name)).digest('hex'),
      ]);
      expect(JSON.parse(made)).toEqual(here);
    } finally {
      rmSync(checkout, { recursive: true, force: true });
    }
  });

  it('no bundle has the path of the project folder', () => {
    for (const name of functions) expect(holds(bundles, name, process.cwd())).toBe(false);
  });
});

describe('a single bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-sources-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const source = (name: FunctionName, text: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'index.ts'), text);
  };

  it('a bundle has the accounts of the configuration compiled in', () => {
    source(
      'sweeper',
      'declare const PAYHOOKS_ACCOUNTS: unknown;\nexport const handler = () => PAYHOOKS_ACCOUNTS;\n',
    );
    const bundles = bundled({ sources: folder, functions: ['sweeper'] });
    const loaded: { exports: { handler?: () => unknown } } = { exports: {} };
    // Lambda loads the bundle as CommonJS.
    new Function('module', 'exports', 'require', textOf(bundles, 'sweeper'))(
      loaded,
      loaded.exports,
      () => ({}),
    );
    expect(accountsOf(loaded.exports.handler?.() as CompiledAccounts)).toEqual(accounts);
  });

  it('a bundle of a missing function is refused with the name of the function', () => {
    source('sweeper', 'export const handler = () => 1;');
    expect(() => bundle({ functions: ['sweeper', 'checkout'], accounts, sources: folder })).toThrow(
      /checkout/,
    );
  });
});
