/** {"current": {"secretKey", "projectKey"?}, "next"?: {…}, "brickTestKey"?: string}: the project's Secret Key. */

import { keyFingerprint } from '../keys.ts';
import { type KeyId, UnusableSecretError } from '../provider.ts';
import type { PaymentwallAccount } from './account.ts';

export interface PaymentwallKeys {
  readonly projects: readonly {
    readonly keyId: KeyId;
    readonly secret: string;
    readonly fingerprint: string;
    /** Public. Undefined: the secret does not contain it. */
    readonly projectKey: string | undefined;
  }[];
  /**
   * Brick signs test charges with the Secret Key or with the Brick test private key: the sources disagree
   * (docs/protocols/paymentwall-signature.md#which-secret). Used only in the sandbox, and ignored elsewhere, whatever
   * the secret contains.
   */
  readonly brickTest?: string;
}

/** Parses the account's secret. @throws UnusableSecretError that names the field and never its value */
export function parseKeys(secret: unknown, account: PaymentwallAccount): PaymentwallKeys {
  const { current, next, brickTestKey } = record(secret, 'the secret');
  const projects = [projectOf(current, 'current')];
  const rotated = next === undefined ? [] : [projectOf(next, 'next')];
  const takesTestKey = brickTestKey !== undefined && account.policy.environment === 'sandbox';
  return {
    projects: [...projects, ...rotated],
    ...(takesTestKey ? { brickTest: text(brickTestKey, 'brickTestKey') } : {}),
  };
}

/** A project key that Payment Status would refuse (api.ts) is no reason to refuse pingbacks. */
function projectOf<K extends KeyId>(value: unknown, keyId: K) {
  const { secretKey, projectKey } = record(value, keyId);
  const named = typeof projectKey === 'string' && KEY_TEXT.test(projectKey) ? projectKey : undefined;
  const secret = text(secretKey, `${keyId}.secretKey`);
  return { keyId, secret, fingerprint: keyFingerprint(secret), projectKey: named };
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableSecretError(`${name} must be an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

const KEY_TEXT = /^\S{8,256}$/;

/** Blanks come from copying and would make every signature wrong. */
function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || !KEY_TEXT.test(value)) {
    throw new UnusableSecretError(`${name} must be a text of 8 to 256 characters without blanks`);
  }
  return value;
}
