import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configFrom, localConfigFrom } from '../../local/project.ts';

const folder = mkdtempSync(join(tmpdir(), 'payhooks-project-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(target: unknown): string {
  const file = join(folder, 'config.json');
  const account = { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 };
  writeFileSync(file, JSON.stringify({ environment: 'sandbox', target, accounts: [account] }));
  return file;
}

describe('a target on this computer without TLS', () => {
  const file = () => fileWith({ type: 'https', url: 'http://localhost:3000/hooks' });

  it('npm start accepts the target http://localhost without TLS', () => {
    expect(localConfigFrom(file()).target).toEqual({ type: 'https', url: 'http://localhost:3000/hooks' });
  });

  it('a deployment refuses the target http://localhost without TLS', () =>
    expect(() => configFrom(file())).toThrow('target.url'));
});

it.each([
  { type: 'https', url: 'http://shop.example/hooks' },
  { type: 'https', url: 'http://localhost.shop.example/' },
  { type: 'https' },
])('npm start refuses the target %j as a deployment does', (target) => {
  expect(() => localConfigFrom(fileWith(target))).toThrow('target.url');
});
