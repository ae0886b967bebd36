import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { secretsManager } from '../../shared/aws/secrets-manager.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';

const signal = new AbortController().signal;

describe('secretsManager: the read of a secret', () => {
  const asked: unknown[] = [];
  const client = (answer: { readonly SecretString?: string }) =>
    ({
      send: async (command: { readonly input: unknown }, options: unknown) => {
        asked.push(command.input, options);
        return answer;
      },
    }) as unknown as SecretsManagerClient;

  it('secretsManager reads the secret of the given name with the deadline of the request', async () => {
    expect(await secretsManager(client({ SecretString: 'text' }))('payhooks/live/target', signal)).toBe(
      'text',
    );
    expect(asked).toEqual([{ SecretId: 'payhooks/live/target' }, { abortSignal: signal }]);
  });

  it('secretsManager throws UnusableSecretError for a binary secret: holds no text', async () => {
    await expect(secretsManager(client({}))('s', signal)).rejects.toThrow(
      new UnusableSecretError('holds no text'),
    );
  });
});
