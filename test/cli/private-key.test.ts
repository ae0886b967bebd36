/** Key pairs of Trustly Europe: PEM files of other tools, and `secrets generate` against a store in memory. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../../cli/command.ts';
import { secretsGenerate } from '../../cli/commands/secrets-generate.ts';
import { secretsSet } from '../../cli/commands/secrets-set.ts';
import type { Connection } from '../../cli/connect.ts';
import { Flags, type Values } from '../../cli/flags.ts';
import { privateKeyIn } from '../../cli/private-key.ts';
import { Problem } from '../../cli/problem.ts';
import { secretsOf } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';
import { SecretStore } from '../../local/aws/secrets-manager.ts';
import { TRUSTLY_PUBLIC_KEYS } from '../../shared/providers/trustly-europe/keys.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8') => key.export({ type, format: 'pem' }).toString();
const PKCS8 = pem(pair.privateKey, 'pkcs8');
const SPKI = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const spkiOf = (privateKey: string) =>
  createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString();

describe('a private key in a PEM file', () => {
  it.each([
    ['PKCS#8', PKCS8],
    ['PKCS#1', pem(pair.privateKey, 'pkcs1')],
    ['Windows line ends', PKCS8.replaceAll('\n', '\r\n')],
    [
      'attributes before the key, and its public half after the key',
      `Bag Attributes\n  friendlyName: x\n${PKCS8}${SPKI}`,
    ],
  ])('a private key in a PEM file is read: %s', (_, text) => {
    expect(spkiOf(privateKeyIn(text, 'key.pem'))).toBe(SPKI);
  });

  const protectedPem = (type: 'pkcs1' | 'pkcs8') =>
    pair.privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'test' }).toString();
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  it.each([
    ['encrypted PKCS#8', protectedPem('pkcs8'), 'is protected by a passphrase'],
    ['encrypted PKCS#1', protectedPem('pkcs1'), 'is protected by a passphrase'],
    ['a public key', SPKI, 'has a public key, but the private half is needed'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'has a certificate'],
    ['OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', 'OpenSSH'],
    ['an elliptic key', pem(elliptic, 'pkcs8'), 'has a key of type ec'],
    ['two keys', PKCS8 + PKCS8, 'more than one private key'],
    ['a key that is cut off', PKCS8.replace(/\n[^\n]+\n-----END/, '\n-----END'), 'damaged or incomplete'],
    ['a text without a key', 'hello', 'has no private key in PEM form'],
  ])('%s is refused as a private key, and nothing of the file is quoted', (_, text, what) => {
    const problem = problemOf(() => privateKeyIn(text, 'key.pem'));
    expect(problem.message).toContain(what);
    expect(`${problem.message}${problem.next}`).not.toContain(text.split('\n')[1] ?? text);
  });
});

function problemOf(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('was taken');
}

const NAME = 'payhooks/sandbox/trustly-europe/demo';
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'trustly-europe', account: 'demo' },
    { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
  ],
});
const folder = mkdtempSync(join(tmpdir(), 'payhooks-pem-'));
afterAll(() => rmSync(folder, { recursive: true }));

let store: SecretStore;
beforeEach(() => {
  store = new SecretStore(Object.fromEntries(secretsOf(config).map(({ name }) => [name, ''])));
});
const stored = () => {
  const { SecretString } = store.call('GetSecretValue', { SecretId: NAME }) as { SecretString: string };
  return JSON.parse(SecretString) as {
    readonly current: { readonly privateKey: string };
    readonly next?: { readonly privateKey: string };
    readonly trustly?: unknown;
  };
};

function worldOf(): World {
  const secrets = {
    // Secrets Manager answers ResourceNotFoundException for a secret without a value.
    send: async (command: { readonly input: unknown }) => {
      const answer = store.call(command.constructor.name.replace('Command', ''), command.input as never);
      if ((answer as { SecretString?: string }).SecretString !== '') return answer;
      throw Object.assign(new Error('no value'), { name: 'ResourceNotFoundException' });
    },
  };
  const connection = { kind: 'deployed', environment: 'sandbox', selector: '', config, clients: { secrets } };
  return {
    connect: async () => connection as unknown as Connection,
    now: () => 0,
    stdin: async () => PKCS8,
    input: async function* () {},
    user: 'test',
    fetch: globalThis.fetch,
    notice: () => {},
    print: () => {},
    stopping: () => new AbortController().signal,
  };
}
const call = (command: typeof secretsSet, name: string, values: Values = {}) =>
  command.run({ args: [name], flags: new Flags(values), world: worldOf() });

describe('secrets set --private-key-file', () => {
  it('secrets set --private-key-file stores the key, and keeps the other members of the secret', async () => {
    const trustly = { current: TRUSTLY_PUBLIC_KEYS.sandbox };
    store.put(NAME, JSON.stringify({ trustly }));
    const file = join(folder, 'key.pem');
    writeFileSync(file, pem(pair.privateKey, 'pkcs1'));
    await call(secretsSet, 'trustly-europe/demo', { 'private-key-file': file });
    expect(spkiOf(stored().current.privateKey)).toBe(SPKI);
    expect(stored().trustly).toEqual(trustly);
  });

  it('secrets set --private-key-file is refused for a secret that holds no private key', async () => {
    const set = call(secretsSet, 'paymentwall/goods', { 'private-key-file': join(folder, 'key.pem') });
    await expect(set).rejects.toThrow('--private-key-file is for trustly-europe/<account>');
  });

  it('secrets set names --private-key-file when standard input is a PEM file', async () => {
    const error = await call(secretsSet, 'trustly-europe/demo').catch((caught: unknown) => caught);
    expect((error as Problem).next).toContain('--private-key-file');
  });
});

describe('secrets generate', () => {
  it('secrets generate stores the private half, and prints the public half alone', async () => {
    const report = await call(secretsGenerate, 'trustly-europe/demo');
    const { privateKey } = stored().current;
    const printed = JSON.stringify(report);
    expect((report.json as { publicKey: string }).publicKey).toBe(spkiOf(privateKey));
    expect(report.lines).toContain('-----BEGIN PUBLIC KEY-----');
    for (const line of privateKey.trim().split('\n')) expect(printed).not.toContain(line);
  });

  it('secrets generate keeps a key in use; --next stores a second key, and --show prints the public half', async () => {
    await call(secretsGenerate, 'trustly-europe/demo');
    const first = stored();
    await expect(call(secretsGenerate, 'trustly-europe/demo')).rejects.toThrow('already has a key');
    expect(stored()).toEqual(first);
    await call(secretsGenerate, 'trustly-europe/demo', { next: true });
    expect(stored().current).toEqual(first.current);
    expect(stored().next?.privateKey).not.toBe(first.current.privateKey);
    const shown = await call(secretsGenerate, 'trustly-europe/demo', { show: true });
    expect(shown.json).toMatchObject({ publicKey: spkiOf(first.current.privateKey) });
    await expect(call(secretsGenerate, 'trustly-europe/demo', { next: true })).rejects.toThrow(
      'already has a "next"',
    );
  });

  it('secrets generate --replace stores another current key, and keeps the keys of Trustly', async () => {
    const trustly = { current: TRUSTLY_PUBLIC_KEYS.sandbox };
    store.put(NAME, JSON.stringify({ current: { privateKey: PKCS8 }, trustly }));
    await call(secretsGenerate, 'trustly-europe/demo', { replace: true });
    expect(spkiOf(stored().current.privateKey)).not.toBe(SPKI);
    expect(stored().trustly).toEqual(trustly);
  });

  it('secrets generate is refused for a secret that is no key pair', async () => {
    await expect(call(secretsGenerate, 'paymentwall/goods')).rejects.toThrow('is no key pair');
    await expect(call(secretsGenerate, 'envelope-key')).rejects.toThrow('is no key pair');
  });
});
