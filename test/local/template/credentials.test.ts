/** The credentials of the stack on this computer. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CredentialsError,
  prepareCredentials,
  readCredentials,
  secretText,
} from '../../../local/template/credentials.ts';

const secrets = [
  'trustly-americas/demo',
  'trustly-europe/demo',
  'paymentwall/goods',
  'envelope-key',
  'target',
].map((name) => ({ name: `payhooks/sandbox/${name}`, generate: undefined, value: undefined }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-local-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the credentials of the local stack', () => {
  it('credentials are generated once, kept in a file for the present user only, and ignored by git', async () => {
    const kept = join(folder, 'kept');
    const first = await prepareCredentials(secrets, { folder: kept });
    expect(await prepareCredentials(secrets, { folder: kept })).toEqual(first);
    expect(statSync(join(kept, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(kept, '.gitignore'), 'utf8')).toBe('*\n');
    expect(first['trustly-europe/demo']).toMatchObject({
      current: { privateKey: expect.stringContaining('BEGIN PRIVATE KEY') },
      trustly: { current: expect.stringContaining('BEGIN PUBLIC KEY') },
      demo: { trustlyPrivateKey: expect.stringContaining('BEGIN PRIVATE KEY') },
    });
  });

  it('the private key of the demo Trustly is never put into the secret store', async () => {
    const { 'trustly-europe/demo': europe } = await prepareCredentials(secrets, {});
    expect(Object.keys(JSON.parse(secretText(europe ?? {})))).toEqual(['current', 'trustly']);
  });

  it('given credentials win over generated credentials, and are not kept in the file', async () => {
    const given = { 'paymentwall/goods': { current: { secretKey: 'published' } } };
    const credentials = await prepareCredentials(secrets, { given, folder });
    expect(credentials['paymentwall/goods']).toEqual(given['paymentwall/goods']);
    expect(existsSync(join(folder, 'credentials.json'))).toBe(true);
    expect(readFileSync(join(folder, 'credentials.json'), 'utf8')).not.toContain('published');
  });

  it('a given European account keeps Trustly’s published key, and a missing privateKey is generated', async () => {
    const { 'trustly-europe/demo': europe } = await prepareCredentials(secrets, {
      given: { 'trustly-europe/demo': {} },
    });
    expect(europe?.trustly).toBeUndefined();
    expect(europe?.current).toMatchObject({ privateKey: expect.stringContaining('BEGIN PRIVATE KEY') });
  });

  it('given credentials of an unknown secret are refused with the names of the known secrets', async () => {
    await expect(prepareCredentials(secrets, { given: { 'paymentwall/godos': {} } })).rejects.toThrow(
      /paymentwall\/godos.*known: trustly-americas\/demo/,
    );
  });

  it('a missing credentials file is a CredentialsError', () => {
    expect(() => readCredentials(join(folder, 'nowhere.json'))).toThrow(CredentialsError);
  });
});
