/**
 * The secrets of the local stack, by their name without "payhooks/<environment>/": from a file that the caller gives,
 * or from this computer's folder of demo credentials, or generated and stored there.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { privateFile } from '../data-folder.ts';
import type { SecretSpec } from './template.ts';

/**
 * A secret in its documented form (shared/providers/provider.ts). `demo` is our own member and never reaches the secret
 * store: the private key with which a demo "Trustly" signs.
 */
export interface Credential {
  readonly current?: unknown;
  readonly next?: unknown;
  readonly trustly?: { readonly current?: string; readonly next?: string };
  readonly demo?: { readonly trustlyPrivateKey: string };
  readonly [key: string]: unknown;
}
export type Credentials = Readonly<Record<string, Credential>>;

/** The given credentials cannot be used; the message names the entry, never a value. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

const FILE_NAME = 'credentials.json';
const generateKeys = promisify(generateKeyPair);

/** "payhooks/sandbox/trustly-europe/demo" → "trustly-europe/demo" */
export const credentialName = (secretName: string): string => secretName.split('/').slice(2).join('/');

/** Reads a file of credentials. @throws CredentialsError */
export function readCredentials(path: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CredentialsError(`${path}: ${error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CredentialsError(`${path}: expected an object {"<provider>/<account>": {…}}`);
  }
  return value as Credentials;
}

/**
 * One credential for every secret of the stack. With a folder, generated ones are the same at the next start. @throws
 * CredentialsError for an entry that matches no secret
 */
export async function prepareCredentials(
  secrets: readonly Pick<SecretSpec, 'name'>[],
  options: { readonly given?: Credentials | undefined; readonly folder?: string | undefined },
): Promise<Credentials> {
  const names = secrets.map((secret) => credentialName(secret.name));
  const given = options.given ?? {};
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw new CredentialsError(
        `credentials: "${name}" is no secret of this stack; known: ${names.join(', ')}`,
      );
    }
  }
  const kept = options.folder === undefined ? {} : readKept(options.folder);
  const entries = await Promise.all(
    names.map(async (name) => {
      const supplied = given[name];
      if (supplied !== undefined) return [name, await completed(name, supplied)] as const;
      return [name, kept[name] ?? (await generated(name))] as const;
    }),
  );
  const credentials = Object.fromEntries(entries);
  if (options.folder !== undefined) {
    const own = entries.filter(([name]) => given[name] === undefined);
    const missing = own.some(([name]) => kept[name] === undefined);
    if (missing) keep(options.folder, { ...kept, ...Object.fromEntries(own) });
  }
  return credentials;
}

/** The text in the secret store: everything except our own `demo` member. */
export function secretText({ demo: _, ...secret }: Credential): string {
  return JSON.stringify(secret);
}

function readKept(folder: string): Credentials {
  const path = join(folder, FILE_NAME);
  return existsSync(path) ? readCredentials(path) : {};
}

/** Readable by this user only, and ignored by git wherever the folder is. */
function keep(folder: string, credentials: Credentials): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ignore = join(folder, '.gitignore');
  writeFileSync(privateFile(ignore), '*\n');
  writeFileSync(privateFile(join(folder, FILE_NAME)), `${JSON.stringify(credentials, null, 2)}\n`);
}

/** A supplied Trustly Europe credential may leave out our signing key; Trustly's published key is still used. */
async function completed(name: string, credential: Credential): Promise<Credential> {
  if (!name.startsWith('trustly-europe/')) return credential;
  const { current } = credential;
  const hasKey = current !== null && typeof current === 'object' && 'privateKey' in current;
  return hasKey ? credential : { ...credential, current: { privateKey: (await rsaKeys()).privateKey } };
}

async function generated(name: string): Promise<Credential> {
  const [kind] = name.split('/');
  switch (kind) {
    case 'trustly-americas':
      return { current: { accessId: `demo-${randomText(12)}`, accessKey: randomText(32) } };
    case 'trustly-europe': {
      const [merchant, trustly] = await Promise.all([rsaKeys(), rsaKeys()]);
      return {
        current: { privateKey: merchant.privateKey },
        trustly: { current: trustly.publicKey },
        demo: { trustlyPrivateKey: trustly.privateKey },
      };
    }
    case 'paymentwall':
      return {
        current: {
          secretKey: randomBytes(16).toString('hex'),
          projectKey: randomBytes(16).toString('hex'),
        },
      };
    case 'decision':
    case 'target':
      return { current: `whsec_${randomBytes(32).toString('base64')}` };
    default:
      return { current: randomText(64) };
  }
}

const rsaKeys = (): Promise<{ readonly privateKey: string; readonly publicKey: string }> =>
  generateKeys('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 32 letters divide 256, so every letter is equally likely. */
const randomText = (length: number): string =>
  [...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
