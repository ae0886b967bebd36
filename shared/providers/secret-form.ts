/**
 * What is known of the form of a secret: its members, and the keys in it by name and fingerprint. For the command line;
 * the functions parse secrets themselves (`parseKeys`). No key leaves a HeldKey.
 */
import type { createPublicKey } from 'node:crypto';
import type { Environment } from '../payment/types.ts';
import { keyFingerprint, publicKeyFingerprint, weaknessOf } from './keys.ts';

export interface HeldKey {
  /** Where it stands: "current", "next", "trustly.current", "previous[0]". */
  readonly role: string;
  /** The member that holds it ("current.accessKey"). */
  readonly path: string;
  readonly fingerprint: string;
  /** Notifications are verified with it, and their evidence names it. */
  readonly verifies: boolean;
  /** It must stay secret; false: a public key of the provider's. */
  readonly isSecret: boolean;
  /** Why it cannot be a generated key. */
  readonly weakness?: string;
}

/** Names of members; `true` is a value, else what is inside. */
export type Members = { readonly [name: string]: Members | true };

export interface SecretForm {
  /** For people: '{"current": {"accessKey"}, "next"?: {…}}'. */
  readonly shape: string;
  /** Every member that is read. Any other member is a spelling mistake and is refused. */
  readonly members: Members;
  /** The keys of a secret that can be read, whatever else is wrong with it. */
  keys(value: unknown, environment: Environment): readonly HeldKey[];
  /** Who registers our public key, where our answers are signed ("Trustly"): said when that key is replaced. */
  readonly registersOurKey?: string;
}

export const ROLES = ['current', 'next'] as const;

export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};

/** What a provider handed out: it verifies as the text it is. */
export function textKey(role: string, key: unknown, member?: string): readonly HeldKey[] {
  if (typeof key !== 'string' || key === '') return [];
  const path = member === undefined ? role : `${role}.${member}`;
  return [
    { role, path, fingerprint: keyFingerprint(key), verifies: true, isSecret: true, ...weakIfAny(key) },
  ];
}

/** {"current": {[member]: key}, "next"?: …}: keys that a provider handed out. */
export const textKeys = (value: unknown, member: string): readonly HeldKey[] =>
  ROLES.flatMap((role) => textKey(role, membersOf(membersOf(value)[role])[member], member));

export function weakIfAny(key: string | Uint8Array): Pick<HeldKey, 'weakness'> {
  const weakness = weaknessOf(key);
  return weakness === undefined ? {} : { weakness };
}

/** Undefined: it is no key, which the check of its form says. */
export function fingerprintOf(read: () => ReturnType<typeof createPublicKey>): string | undefined {
  try {
    return publicKeyFingerprint(read().export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}
