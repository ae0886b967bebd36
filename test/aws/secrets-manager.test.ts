import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { secretsManager } from '../../shared/aws/secrets-manager.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';

function clientThatAnswers(output: { readonly SecretString?: string }) {
  const calls: { readonly input: unknown; readonly options: unknown }[] = [];
  const client = {
    send: async (command: { readonly input: unknown }, options: unknown) => {
      calls.push({ input: command.input, options });
      return output;
    },
  };
  return { calls, client: client as unknown as SecretsManagerClient };
}

describe('a secret of Secrets Manager', () => {
  it('is read by its name, under the signal of the caller', async () => {
    const { calls, client } = clientThatAnswers({ SecretString: '{"current":{}}' });
    const { signal } = new AbortController();
    expect(await secretsManager(client)('payhooks/test/target', signal)).toBe('{"current":{}}');
    expect(calls).toEqual([
      { input: { SecretId: 'payhooks/test/target' }, options: { abortSignal: signal } },
    ]);
  });

  it('without text is unusable', async () => {
    const { client } = clientThatAnswers({});
    await expect(secretsManager(client)('name', new AbortController().signal)).rejects.toThrow(
      UnusableSecretError,
    );
  });
});
