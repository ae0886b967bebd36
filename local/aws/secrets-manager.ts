/** Secrets Manager: GetSecretValue, which the functions call; PutSecretValue and ListSecrets, which the command line calls. */
import { createHash } from 'node:crypto';
import { type Json, LOCAL_ACCOUNT, LOCAL_REGION, object } from '../template/resolve.ts';
import { AwsError } from './json-protocol.ts';

export class SecretStore {
  readonly #values: Map<string, string>;
  readonly #storedAt = new Map<string, number>();
  #calls = 0;

  /** Secret name → text. */
  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values));
  }

  /** Calls served, so that tests can count refreshes. */
  get calls(): number {
    return this.#calls;
  }

  /** What a secret holds; undefined: there is none of this name. */
  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** When it was replaced, milliseconds since 1970; undefined: never since the start. */
  storedAt(name: string): number | undefined {
    return this.#storedAt.get(name);
  }

  /** Replaces a secret, as a rotation would. */
  put(name: string, value: string): void {
    this.#values.set(name, value);
    this.#storedAt.set(name, Date.now());
  }

  call(operation: string, input: Json): Json {
    if (operation === 'ListSecrets') return this.#list(object(input));
    if (operation !== 'GetSecretValue' && operation !== 'PutSecretValue') {
      throw new AwsError('UnknownOperationException', `${operation} is not known to the local secret store`);
    }
    const { SecretId, SecretString } = object(input);
    // An ARN may be asked for as well as a name.
    const name = String(SecretId).replace(/^arn:aws:secretsmanager:[^:]*:[^:]*:secret:/, '');
    const known = this.#values.get(name);
    if (known === undefined) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    if (operation === 'PutSecretValue') {
      this.put(name, String(SecretString));
      return described(name, String(SecretString));
    }
    this.#calls += 1;
    return {
      ...described(name, known),
      SecretString: known,
      CreatedDate: (this.#storedAt.get(name) ?? 0) / 1_000,
    };
  }

  /** By the beginning of the name, as the filter "name" does. */
  #list({ Filters = [] }: Readonly<Record<string, Json>>): Json {
    const [filter] = Filters as readonly { readonly Key: string; readonly Values: readonly string[] }[];
    const [prefix = ''] = filter?.Key === 'name' ? filter.Values : [];
    const names = [...this.#values.keys()].filter((name) => name.startsWith(prefix));
    return { SecretList: names.map((name) => ({ Name: name })) };
  }
}

const described = (name: string, value: string) => ({
  ARN: `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}`,
  Name: name,
  VersionId: createHash('sha256').update(value).digest('hex').slice(0, 32),
  VersionStages: ['AWSCURRENT'],
});
