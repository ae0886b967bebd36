/** A connection to the secrets of a configuration, with these values. */
import type { Connection } from '../../cli/connect.ts';
import { secretsOf } from '../../cli/secret-store.ts';
import type { Config } from '../../infra/config.ts';
import { SecretStore } from '../../local/aws/secrets-manager.ts';

/** @param values by the full name of the secret; every other secret of the configuration has no value */
export function storedSecrets(config: Config, values: Readonly<Record<string, unknown>>) {
  const empty = secretsOf(config).map(({ name }) => [name, ''] as const);
  const given = Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const store = new SecretStore(Object.fromEntries([...empty, ...given]));
  const send = async (command: { readonly input: unknown }) => {
    const answer = store.call(command.constructor.name.replace('Command', ''), command.input as never);
    if ((answer as { SecretString?: string }).SecretString !== '') return answer;
    // Secrets Manager answers ResourceNotFoundException for a secret without a value.
    throw Object.assign(new Error('no value'), { name: 'ResourceNotFoundException' });
  };
  const { environment } = config;
  return { config, environment, selector: '', clients: { secrets: { send } } } as unknown as Connection;
}
