/** The signing secret of the local stack, in the form of an HTTPS target's secret. */
import { randomBytes } from 'node:crypto';
import { targetSecretName } from '../../shared/app/platform/secrets.ts';
import type { Environment } from '../../shared/payment/types.ts';
import type { SecretStore } from '../aws/secrets-manager.ts';
import type { Credential } from '../template/credentials.ts';

/** The form of a bus's generated secret: base64 without "whsec_" (shared/app/fulfilment/targets/signed-detail.ts). */
const GENERATED = /^[A-Za-z0-9]{64}$/;

/**
 * Makes the secret usable for a service. A bus accepts a key with and without "whsec_", and an unsigned bus has no
 * secret, but a service needs one with it.
 */
export function ensureEndpointSecret(secrets: SecretStore, environment: Environment): void {
  const name = targetSecretName(environment);
  const text = secrets.text(name);
  const wanted =
    text === undefined
      ? JSON.stringify({ current: `whsec_${randomBytes(32).toString('base64')}` })
      : withPrefix(text);
  if (wanted !== text) secrets.put(name, wanted);
}

/** The secret's present value; undefined when the stack has none. */
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
