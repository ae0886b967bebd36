/** The signing secret of the local stack, in the form that an HTTPS target takes. */
import { randomBytes } from 'node:crypto';
import { targetSecretName } from '../../shared/app/platform/secrets.ts';
import type { Environment } from '../../shared/payment/types.ts';
import type { SecretStore } from '../aws/secrets-manager.ts';
import type { Credential } from '../template/credentials.ts';

/** As a stack generates it for a bus: base64 without "whsec_" (shared/app/fulfilment/targets/signed-detail.ts). */
const GENERATED = /^[A-Za-z0-9]{64}$/;

/** A bus takes its key with and without "whsec_"; a bus that is not signed has no secret, and a service needs one. */
export function ensureEndpointSecret(secrets: SecretStore, environment: Environment): void {
  const name = targetSecretName(environment);
  const text = secrets.text(name);
  const wanted =
    text === undefined
      ? JSON.stringify({ current: `whsec_${randomBytes(32).toString('base64')}` })
      : withPrefix(text);
  if (wanted !== text) secrets.put(name, wanted);
}

/** As it is now; undefined: the stack has none. */
export function endpointSecret(secrets: SecretStore, environment: Environment): Credential | undefined {
  const text = secrets.text(targetSecretName(environment));
  return text === undefined ? undefined : (JSON.parse(text) as Credential);
}

function withPrefix(text: string): string {
  const fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' && GENERATED.test(value) ? `whsec_${value}` : value,
  ]);
  const wanted = JSON.stringify(Object.fromEntries(entries));
  return wanted === JSON.stringify(fields) ? text : wanted;
}
