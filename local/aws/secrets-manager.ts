/**
 * Secrets Manager: GetSecretValue, which the functions call; PutSecretValue and ListSecrets, which the command line
 * calls.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type Json, type JsonObject, LOCAL_ACCOUNT, LOCAL_REGION, object } from '../template/resolve.ts';
import { AwsError } from './json-protocol.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_VALUE_BYTES = 65_536;
/** Secrets Manager does not remove versions younger than a day to make room for others. */
const MAX_VERSIONS_A_DAY = 100;
const DAY_MS = 86_400_000;
/** The token becomes the version id. */
const TOKEN = /^.{32,64}$/s;

interface Version {
  readonly id: string;
  readonly text: string;
  readonly at: number;
}

export class SecretStore {
  readonly #values: Map<string, string>;
  readonly #storedAt = new Map<string, number>();
  /** Versions written by PutSecretValue, oldest first. */
  readonly #versions = new Map<string, readonly Version[]>();
  #calls = 0;

  /** @param values secret name → text */
  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values));
  }

  /** Number of calls served, so that tests can count refreshes. */
  get calls(): number {
    return this.#calls;
  }

  /** The text of a secret; undefined when no secret has this name. */
  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** When the secret was last replaced, in milliseconds since 1970; undefined when it was not since the start. */
  storedAt(name: string): number | undefined {
    return this.#storedAt.get(name);
  }

  /** Replaces a secret, as a rotation does. */
  put(name: string, value: string): void {
    this.#values.set(name, value);
    this.#storedAt.set(name, Date.now());
  }

  /** @throws AwsError */
  call(operation: string, input: Json): Json {
    if (operation === 'ListSecrets') return this.#list(object(input));
    if (operation !== 'GetSecretValue' && operation !== 'PutSecretValue') {
      throw new AwsError('UnknownOperationException', `${operation} is not known to the local secret store`);
    }
    const { SecretId, SecretString, ClientRequestToken, VersionId, VersionStage } = object(input);
    // Accepts an ARN as well as a name.
    const name = String(SecretId).replace(/^arn:aws:secretsmanager:[^:]*:[^:]*:secret:/, '');
    const known = this.#values.get(name);
    if (known === undefined) throw notFound("Secrets Manager can't find the specified secret.");
    if (operation === 'PutSecretValue')
      return this.#putVersion(name, String(SecretString), ClientRequestToken);
    this.#calls += 1;
    const { text, stage, id } = this.#version(name, known, { VersionId, VersionStage });
    return {
      ...described(name, text, id, stage),
      SecretString: text,
      CreatedDate: (this.#storedAt.get(name) ?? 0) / 1_000,
    };
  }

  /** The same token with the same value repeats the same call. */
  #putVersion(name: string, text: string, token: Json | undefined): Json {
    const id = token === undefined ? randomUUID() : String(token);
    if (!TOKEN.test(id))
      throw new AwsError('InvalidParameterException', 'ClientRequestToken has 32 to 64 characters');
    const bytes = Buffer.byteLength(text);
    if (bytes < 1 || bytes > MAX_VALUE_BYTES) {
      throw new AwsError(
        'ValidationException',
        `Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${MAX_VALUE_BYTES}`,
      );
    }
    const versions = this.#versions.get(name) ?? [];
    const same = versions.find((version) => version.id === id);
    if (same !== undefined) {
      if (same.text === text) return described(name, text, id, this.#stageOf(name, id));
      throw new AwsError(
        'ResourceExistsException',
        'a version with this ClientRequestToken has another value',
      );
    }
    const now = Date.now();
    if (versions.filter(({ at }) => now - at < DAY_MS).length >= MAX_VERSIONS_A_DAY) {
      throw new AwsError('LimitExceededException', 'the secret has too many versions of the last 24 hours');
    }
    const before = this.#values.get(name) ?? '';
    const first = versions.length === 0 ? [{ id: idOf(before), text: before, at: 0 }] : [];
    this.#versions.set(name, [...first, ...versions, { id, text, at: now }]);
    this.put(name, text);
    return described(name, text, id, 'AWSCURRENT');
  }

  #version(
    name: string,
    current: string,
    {
      VersionId,
      VersionStage,
    }: { readonly VersionId?: Json | undefined; readonly VersionStage?: Json | undefined },
  ): { readonly text: string; readonly stage: string; readonly id: string } {
    const versions = this.#versions.get(name) ?? [];
    if (VersionId === undefined && (VersionStage ?? 'AWSCURRENT') === 'AWSCURRENT') {
      return { text: current, stage: 'AWSCURRENT', id: versions.at(-1)?.id ?? idOf(current) };
    }
    const found = versions.find(
      ({ id }) =>
        id === VersionId || (VersionStage !== undefined && this.#stageOf(name, id) === VersionStage),
    );
    if (found === undefined) throw notFound("Secrets Manager can't find the specified secret value.");
    return { text: found.text, stage: this.#stageOf(name, found.id), id: found.id };
  }

  /** The newest version is current, the one before it previous; older ones have no label. */
  #stageOf(name: string, id: string): string {
    const versions = this.#versions.get(name) ?? [];
    if (versions.at(-1)?.id === id) return 'AWSCURRENT';
    return versions.at(-2)?.id === id ? 'AWSPREVIOUS' : '';
  }

  /** Filters by the beginning of the name, as the filter "name" does. */
  #list({ Filters = [] }: JsonObject): Json {
    const [filter] = Filters as readonly { readonly Key: string; readonly Values: readonly string[] }[];
    const [prefix = ''] = filter?.Key === 'name' ? filter.Values : [];
    const names = [...this.#values.keys()].filter((name) => name.startsWith(prefix));
    return { SecretList: names.map((name) => ({ Name: name })) };
  }
}

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

const idOf = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 32);

const described = (name: string, value: string, id = idOf(value), stage = 'AWSCURRENT') => ({
  ARN: `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}`,
  Name: name,
  VersionId: id,
  VersionStages: stage === '' ? [] : [stage],
});
