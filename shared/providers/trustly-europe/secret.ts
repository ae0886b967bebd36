/** The form of an account's secret; keys.ts parses it. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Environment } from '../../payment/types.ts';
import { fingerprintOf, membersOf, ROLES, type SecretForm, type SecretKeyInfo } from '../secret-form.ts';
import { TRUSTLY_PUBLIC_KEYS } from './keys.ts';

const KEY = { privateKey: true } as const;

export const secret: SecretForm = {
  shape:
    '{"current": {"privateKey": PEM}, "next"?: {…}, "trustly"?: {"current": PEM, "next"?, "previous"?: [PEM]}}',
  members: { current: KEY, next: KEY, trustly: { current: true, next: true, previous: true } },
  keys: (value, environment) => {
    const members = membersOf(value);
    return [
      ...ROLES.flatMap((role) => ourKey(role, membersOf(members[role]).privateKey)),
      ...trustlyKeys(members.trustly, environment),
    ];
  },
  registersOurKey: 'Trustly',
};

/** The key that signs our answers. Two private keys are the same if their public halves are. */
function ourKey(role: string, pem: unknown): readonly SecretKeyInfo[] {
  const fingerprint = fingerprintOf(() => createPublicKey(createPrivateKey(String(pem).trim())));
  if (fingerprint === undefined) return [];
  return [{ role, path: `${role}.privateKey`, fingerprint, verifies: false, isSecret: true }];
}

function trustlyKeys(configured: unknown, environment: Environment): readonly SecretKeyInfo[] {
  const pems =
    configured === undefined ? { current: TRUSTLY_PUBLIC_KEYS[environment] } : membersOf(configured);
  const keyOf = (name: string, pem: unknown, verifies: boolean): readonly SecretKeyInfo[] => {
    const fingerprint = fingerprintOf(() => createPublicKey(String(pem).trim()));
    if (pem === undefined || fingerprint === undefined) return [];
    const role = `trustly.${name}`;
    return [{ role, path: role, fingerprint, verifies, isSecret: false }];
  };
  const previous = Array.isArray(pems.previous) ? pems.previous : [];
  return [
    ...ROLES.flatMap((name) => keyOf(name, pems[name], true)),
    // They verify nothing that intake receives.
    ...previous.flatMap((pem: unknown, at) => keyOf(`previous[${at}]`, pem, false)),
  ];
}
