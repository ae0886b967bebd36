/** The keys inside a secret, by name and fingerprint: what is compared, listed and refused. No key leaves this file. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Environment } from '../shared/payment/types.ts';
import { keyFingerprint, publicKeyFingerprint, weaknessOf } from '../shared/providers/keys.ts';
import { UnusableSecretError } from '../shared/providers/provider.ts';
import { TRUSTLY_PUBLIC_KEYS } from '../shared/providers/trustly-europe/keys.ts';
import { fieldsOf } from './secret-store.ts';

export interface HeldKey {
  /** Where it stands: "current", "next", "trustly.current", "previous[0]". */
  readonly role: string;
  /** The member that holds it ("current.accessKey"). */
  readonly path: string;
  readonly fingerprint: string;
  /** Notifications are verified with it, and their evidence names it. */
  readonly verifies: boolean;
  /** Nobody else may have it; false: a public key of the provider's. */
  readonly isSecret: boolean;
  /** Why nobody generated it. */
  readonly weakness?: string;
}

const ROLES = ['current', 'next'] as const;

/**
 * Keys of a secret that can be read, whatever else is wrong with it.
 * @param short "paymentwall/goods", "decision/shop", "envelope-key", "target"
 */
export function keysIn(short: string, value: unknown, environment: Environment): readonly HeldKey[] {
  const fields = fieldsOf(value);
  switch (short.split('/')[0]) {
    case 'trustly-americas':
      return ROLES.flatMap((role) => textKey(role, fieldsOf(fields[role]).accessKey, 'accessKey'));
    case 'paymentwall':
      return [
        ...ROLES.flatMap((role) => textKey(role, fieldsOf(fields[role]).secretKey, 'secretKey')),
        ...textKey('brickTestKey', fields.brickTestKey),
      ];
    case 'trustly-europe':
      return [
        ...ROLES.flatMap((role) => ourKey(role, fieldsOf(fields[role]).privateKey)),
        ...trustlyKeys(fields.trustly, environment),
      ];
    case 'envelope-key':
      return [
        ...ROLES.flatMap((role) => ownKey(role, fields[role])),
        // What is sealed with them stays sealed with them, however weak they are.
        ...listOf(fields.previous).flatMap((key, at) => ownKey(`previous[${at}]`, key).map(withoutWeakness)),
      ];
    default:
      return ROLES.flatMap((role) => signingKey(role, fields[role]));
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const withoutWeakness = ({ weakness: _, ...key }: HeldKey): HeldKey => key;
const weak = (key: string | Uint8Array): Pick<HeldKey, 'weakness'> => {
  const weakness = weaknessOf(key);
  return weakness === undefined ? {} : { weakness };
};

/** What a provider handed out: it verifies as the text it is. */
function textKey(role: string, key: unknown, member?: string): readonly HeldKey[] {
  if (typeof key !== 'string' || key === '') return [];
  const path = member === undefined ? role : `${role}.${member}`;
  return [{ role, path, fingerprint: keyFingerprint(key), verifies: true, isSecret: true, ...weak(key) }];
}

/** What we made up: it seals. */
const ownKey = (role: string, key: unknown): readonly HeldKey[] =>
  textKey(role, key).map((held) => ({ ...held, verifies: false }));

/** "whsec_<base64>": it signs to the merchant, as the bytes that it encodes. */
function signingKey(role: string, key: unknown): readonly HeldKey[] {
  if (typeof key !== 'string') return [];
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  return ownKey(role, key).map(({ weakness: _, ...held }) => ({ ...held, ...weak(bytes) }));
}

/** It signs our answers; two private keys are the same where their public halves are. */
function ourKey(role: string, pem: unknown): readonly HeldKey[] {
  const fingerprint = fingerprintOf(() => createPublicKey(createPrivateKey(String(pem).trim())));
  if (fingerprint === undefined) return [];
  return [{ role, path: `${role}.privateKey`, fingerprint, verifies: false, isSecret: true }];
}

function trustlyKeys(configured: unknown, environment: Environment): readonly HeldKey[] {
  const pems =
    configured === undefined ? { current: TRUSTLY_PUBLIC_KEYS[environment] } : fieldsOf(configured);
  return ROLES.flatMap((name) => {
    const pem = pems[name];
    const fingerprint = fingerprintOf(() => createPublicKey(String(pem).trim()));
    if (pem === undefined || fingerprint === undefined) return [];
    const role = `trustly.${name}`;
    return [{ role, path: role, fingerprint, verifies: true, isSecret: false }];
  });
}

/** Undefined: it is no key, which the check of its form says. */
function fingerprintOf(read: () => ReturnType<typeof createPublicKey>): string | undefined {
  try {
    return publicKeyFingerprint(read().export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}

/** @throws UnusableSecretError where a key in it was not generated, or stands in it twice */
export function assertStrong(short: string, value: unknown, environment: Environment): void {
  const keys = keysIn(short, value, environment);
  for (const { path, weakness } of keys) {
    if (weakness !== undefined) throw new UnusableSecretError(`"${path}" ${weakness}: use a generated key`);
  }
  const seen = new Map<string, string>();
  for (const { path, fingerprint, isSecret } of keys.filter((key) => key.isSecret)) {
    const other = seen.get(fingerprint);
    if (isSecret && other !== undefined) {
      throw new UnusableSecretError(`"${path}" is the same key as "${other}"`);
    }
    seen.set(fingerprint, path);
  }
}
