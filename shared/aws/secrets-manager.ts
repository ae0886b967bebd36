/** Reads secrets from Secrets Manager (shared/app/platform/secrets.ts caches them). */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { FetchSecret } from '../app/platform/secrets.ts';
import { UnusableSecretError } from '../providers/provider.ts';

export const secretsManager =
  (client: SecretsManagerClient): FetchSecret =>
  async (name, signal) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }), {
      abortSignal: signal,
    });
    if (SecretString === undefined) throw new UnusableSecretError('holds no text');
    return SecretString;
  };
