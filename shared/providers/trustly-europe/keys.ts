/**
 * The account's keys, parsed once. Secret shape:
 * {"current": {"privateKey": PEM}, "next"?: {"privateKey": PEM},
 * "trustly"?: {"current": PEM, "next"?: PEM, "previous"?: [PEM]}}. Intake refuses a message that was signed with a
 * previous key; only the transition worker still accepts it, since intake may have accepted it before the key was
 * replaced.
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Environment } from '../../payment/types.ts';
import { publicKeyFingerprint } from '../keys.ts';
import { type KeyId, UnusableSecretError } from '../provider.ts';
import type { TrustlyEuropeAccount } from './account.ts';

export interface TrustlyKey {
  readonly id: KeyId;
  readonly key: KeyObject;
  readonly fingerprint: string;
  /** Length of every signature made with the key. */
  readonly signatureBytes: number;
}

export interface TrustlyEuropeKeys {
  /** The keys whose signatures are accepted, in the order in which they are tried. */
  readonly trustly: readonly TrustlyKey[];
  /** Signs our answers; Trustly has its public half. */
  readonly reply: KeyObject;
}

/**
 * Published by Trustly at https://docs.trustly.com/api/authentication (first key TEST, second LIVE), and contained byte
 * for byte in its official clients (github.com/trustly/trustly-client-python, -php, -java, -js, -net). Unchanged since
 * at least 2014.
 */
export const TRUSTLY_PUBLIC_KEYS: Readonly<Record<Environment, string>> = {
  sandbox: `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy7h/yX8DEA2m588SrWye
AC8rTMbErwHt2hoTiP9fte/iOo0FXIZSmNsNu422L+iJyvZQu19ebeL7XgB0UXqt
zA6KtXBMXIKwuMCZhbdeR8sb7OKbX2nlWM+e2Hmrr9CTfkZkFBeSC+iN9fAU6PoR
X0i5PWm0uZnaoWXcZnk5CxQCgnfYgsx7xsd8Au+mrqE8SHeT8zi/Inw0Xp6ba25G
YsZhHfIPD2rcZQOpWbmHRS4Jk4aGzSOBHbAZhKlP97PxoVfUcPI3iCA1+3jMs1l2
PYsHUbP60NMVwkGPjFOTv4m1a1wKsue0mhspDdvswZUeKE+POGOuewqTQJ+gIhXw
mQIDAQAB
-----END PUBLIC KEY-----`,
  live: `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoZhnqiELeoX3QNSg7jpU
kbLV4BU32LoSMuABAaPdxhpZaccFYud2z4QUlMq/j46vdVDpaCFaCZ+qNT5+tHbQ
BFgcrx82u7r+aMHvKy4FEczT5aev0NxRlQKHmNQygvp3hNkqeOw4nJy3PoD4cgCp
SlLTiPOBy2ZsWUHQpSVJdDUiLwAQfNV90jMqa3zq1nTfmTBmd6NR1XAjg5eS6SWr
to1nVS1b7XKGv7Cc1kt0RVd54tWqoCMDHwEiU0st66BCKdYk3r5woDZxGZUUjVdm
g9O2xpqRRDcdJGm8HIOVHGSNT9R7LMucH/PGwrfpdWmBDjy0BkuDlssuBgh731l2
cwIDAQAB
-----END PUBLIC KEY-----`,
};

/** SHA-256 (hex) of the DER form (SubjectPublicKeyInfo) of the keys above. */
export const TRUSTLY_KEY_FINGERPRINTS: Readonly<Record<Environment, string>> = {
  sandbox: '3c45411e0532933c3c97215b375d238c08b6a06d40793999444f6459c917a935',
  live: '7e09f288f4ed5b6e31c4665efe9b364347083ad8d03427d2d1cfb963ce7551c5',
};

const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = 8192;
/** With a public exponent of 1 every text is its own signature; small exponents have a history of forged signatures. */
const MIN_EXPONENT = 65_537n;

/** Parses the account's secret. @throws UnusableSecretError that names the member and never its value */
export function parseKeys(secret: unknown, account: TrustlyEuropeAccount): TrustlyEuropeKeys {
  const root = members(secret, 'the secret');
  const reply = privateKey(members(root.current, 'current').privateKey, 'current.privateKey');
  // It signs nothing until it becomes `current`; it is parsed so that a faulty one is reported before that day.
  if (root.next !== undefined) privateKey(members(root.next, 'next').privateKey, 'next.privateKey');
  return { reply, trustly: trustlyKeys(root.trustly, account.policy.environment) };
}

/** The keys whose signatures the worker accepts; the private keys in the secret are not read. Throws like parseKeys. */
export function parsePublicKeys(
  secret: unknown,
  account: TrustlyEuropeAccount,
): Pick<TrustlyEuropeKeys, 'trustly'> {
  const root = members(secret, 'the secret');
  // Like intake: a secret that is stopped (`secrets revoke --stop`) or was never set proves nothing.
  members(root.current, 'current');
  const { environment } = account.policy;
  const { trustly } = root;
  const previous = trustly === undefined ? [] : (members(trustly, 'trustly').previous ?? []);
  if (!Array.isArray(previous)) throw new UnusableSecretError('trustly.previous is not a list');
  return {
    trustly: [
      ...trustlyKeys(trustly, environment),
      ...previous.map((pem: unknown, at) => ({
        // The name is only a place; the fingerprint, which is kept beside it, tells the keys apart.
        id: 'current' as const,
        ...publicKeyOf(pem, `trustly.previous[${at}]`, environment),
      })),
    ],
  };
}

function trustlyKeys(configured: unknown, environment: Environment): readonly TrustlyKey[] {
  if (configured === undefined) {
    return [ofTrustly(TRUSTLY_PUBLIC_KEYS[environment], 'current', environment)];
  }
  const { current, next } = members(configured, 'trustly');
  const first = ofTrustly(current, 'current', environment);
  return next === undefined ? [first] : [first, ofTrustly(next, 'next', environment)];
}

const ofTrustly = (pem: unknown, id: KeyId, environment: Environment): TrustlyKey => ({
  id,
  ...publicKeyOf(pem, `trustly.${id}`, environment),
});

function publicKeyOf(pem: unknown, name: string, environment: Environment): Omit<TrustlyKey, 'id'> {
  const key = publicKey(pem, name);
  const foreign = environment === 'live' ? 'sandbox' : 'live';
  const der = key.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest('hex');
  if (fingerprint === TRUSTLY_KEY_FINGERPRINTS[foreign]) {
    const published = foreign === 'sandbox' ? 'TEST' : 'LIVE';
    throw new UnusableSecretError(
      `${name} is Trustly's ${published} key, and this environment is ${environment}`,
    );
  }
  return { key, fingerprint: publicKeyFingerprint(der), signatureBytes: modulusBits(key, name) / 8 };
}

function publicKey(pem: unknown, name: string): KeyObject {
  const text = pemText(pem, name);
  // createPublicKey would silently derive a public key from a private one, which must not be here.
  if (!/^-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) {
    throw new UnusableSecretError(`${name} is not a public key in PEM form`);
  }
  return checked(() => createPublicKey(text), name, 'a public key');
}

function privateKey(pem: unknown, name: string): KeyObject {
  const text = pemText(pem, name);
  const key = checked(() => createPrivateKey(text), name, 'an unencrypted private key');
  modulusBits(key, name);
  return key;
}

function checked(make: () => KeyObject, name: string, what: string): KeyObject {
  try {
    return make();
  } catch {
    // The library's message may quote its input.
    throw new UnusableSecretError(`${name} cannot be read as ${what} in PEM form`);
  }
}

function modulusBits(key: KeyObject, name: string): number {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (key.asymmetricKeyType !== 'rsa' || bits === undefined) {
    throw new UnusableSecretError(`${name} is not an RSA key`);
  }
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS || bits % 8 !== 0) {
    throw new UnusableSecretError(
      `${name} has ${bits} bits; ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} are accepted`,
    );
  }
  const { publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (publicExponent < MIN_EXPONENT || publicExponent % 2n === 0n) {
    throw new UnusableSecretError(
      `${name} has the public exponent ${publicExponent}; ${MIN_EXPONENT} and larger odd numbers are accepted`,
    );
  }
  return bits;
}

function pemText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new UnusableSecretError(`${name} is missing`);
  return value.trim();
}

function members(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableSecretError(`${name} is missing or not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
