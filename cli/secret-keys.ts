/** The keys inside a secret, by name and fingerprint, to compare, list and refuse them. No key leaves this file. */
import type { Environment } from '../shared/payment/types.ts';
import { UnusableSecretError } from '../shared/providers/provider.ts';
import { ROLES, type SecretKeyInfo, textKey, weakIfAny } from '../shared/providers/secret-form.ts';
import { fieldsOf, providerForm } from './secret-store.ts';

export type { SecretKeyInfo } from '../shared/providers/secret-form.ts';

/**
 * Keys of a secret that can be read, even if other parts are wrong.
 * @param short "paymentwall/goods", "decision/shop", "envelope-key", "edge", "target"
 */
export function keysIn(short: string, value: unknown, environment: Environment): readonly SecretKeyInfo[] {
  const fields = fieldsOf(value);
  const form = providerForm(short);
  if (form !== undefined) return form.keys(value, environment);
  if (short === 'edge') return ['current', 'previous'].flatMap((role) => ownKey(role, fields[role]));
  if (short !== 'envelope-key') return ROLES.flatMap((role) => signingKey(role, fields[role]));
  return [
    ...ROLES.flatMap((role) => ownKey(role, fields[role])),
    // Previous keys are not judged as weak: data stays sealed with them anyway.
    ...listOf(fields.previous).flatMap((key, at) => ownKey(`previous[${at}]`, key).map(withoutWeakness)),
  ];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const withoutWeakness = ({ weakness: _, ...key }: SecretKeyInfo): SecretKeyInfo => key;
/** A key that we generated, for sealing. */
const ownKey = (role: string, key: unknown): readonly SecretKeyInfo[] =>
  textKey(role, key).map((held) => ({ ...held, verifies: false }));

/** "whsec_<base64>": the decoded bytes sign messages to the merchant. */
function signingKey(role: string, key: unknown): readonly SecretKeyInfo[] {
  if (typeof key !== 'string') return [];
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  return ownKey(role, key).map(({ weakness: _, ...held }) => ({ ...held, ...weakIfAny(bytes) }));
}

/** @throws UnusableSecretError when a key in it was not generated, or occurs twice */
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
