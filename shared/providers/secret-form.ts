/**
 * The form of a secret: its members, and the keys in it by name and fingerprint. For the command line; the functions
 * parse secrets themselves (`parseKeys`). A SecretKeyInfo never contains the key itself.
 */

import type { createPublicKey } from 'node:crypto';
import { defined } from '../payment/defined.ts';
import type { Environment } from '../payment/types.ts';
import { keyFingerprint, publicKeyFingerprint, weaknessOf } from './keys.ts';

export interface SecretKeyInfo {
  /** Its place: "current", "next", "trustly.current", "previous[0]". */
  readonly role: string;
  /** The member that contains it ("current.accessKey"). */
  readonly path: string;
  readonly fingerprint: string;
  /** Notifications are verified with it, and their evidence contains its fingerprint. */
  readonly verifies: boolean;
  /** It must stay secret. False: a public key of the provider. */
  readonly isSecret: boolean;
  /** Why it cannot be a generated key. Absent: no sign of it. */
  readonly weakness?: string;
}

/** Names of members. `true`: a value; otherwise the members inside it. */
export type Members = { readonly [name: string]: Members | true };

export interface SecretForm {
  /** The form as a text for people: '{"current": {"accessKey"}, "next"?: {…}}'. */
  readonly shape: string;
  /** Every member that is read. Any other member is a spelling mistake and is refused. */
  readonly members: Members;
  /** The keys of a secret that can be read, even if other parts of it are faulty. */
  keys(value: unknown, environment: Environment): readonly SecretKeyInfo[];
  /** Who registers our public key, if our answers are signed ("Trustly"): shown when that key is replaced. */
  readonly registersOurKey?: string;
}

export const ROLES = ['current', 'next'] as const;

export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};

/** A key that a provider issued: it verifies as text. */
export function textKey(role: string, key: unknown, member?: string): readonly SecretKeyInfo[] {
  if (typeof key !== 'string' || key === '') return [];
  const path = member === undefined ? role : `${role}.${member}`;
  return [
    { role, path, fingerprint: keyFingerprint(key), verifies: true, isSecret: true, ...weakIfAny(key) },
  ];
}

/** {"current": {[member]: key}, "next"?: …}: keys that a provider issued. */
export const textKeys = (value: unknown, member: string): readonly SecretKeyInfo[] =>
  ROLES.flatMap((role) => textKey(role, membersOf(membersOf(value)[role])[member], member));

export function weakIfAny(key: string | Uint8Array): Pick<SecretKeyInfo, 'weakness'> {
  const weakness = weaknessOf(key);
  return defined({ weakness });
}

/** Undefined: it is not a key, which the check of its form reports. */
export function fingerprintOf(read: () => ReturnType<typeof createPublicKey>): string | undefined {
  try {
    return publicKeyFingerprint(read().export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}
