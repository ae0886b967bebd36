/** Secrets Manager's GetSecretValue: the one call that the functions make. */
import { createHash } from 'node:crypto';
import { AwsError } from './aws-json.ts';
import { type Json, LOCAL_ACCOUNT, LOCAL_REGION, object } from './resolve.ts';

export class SecretStore {
  readonly #values: Map<string, string>;
  #calls = 0;

  /** Secret name → text. */
  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values));
  }

  /** Calls served, so that tests can count refreshes. */
  get calls(): number {
    return this.#calls;
  }

  /** Replaces a secret, as a rotation would. */
  put(name: string, value: string): void {
    this.#values.set(name, value);
  }

  call(operation: string, input: Json): Json {
    if (operation !== 'GetSecretValue') {
      throw new AwsError('UnknownOperationException', `${operation} is not known to the local secret store`);
    }
    this.#calls += 1;
    const id = String(object(input).SecretId);
    // An ARN may be asked for as well as a name.
    const name = id.replace(/^arn:aws:secretsmanager:[^:]*:[^:]*:secret:/, '');
    const value = this.#values.get(name);
    if (value === undefined) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return {
      ARN: `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}`,
      Name: name,
      SecretString: value,
      VersionId: createHash('sha256').update(value).digest('hex').slice(0, 32),
      VersionStages: ['AWSCURRENT'],
      CreatedDate: 0,
    };
  }
}
