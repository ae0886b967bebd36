/**
 * Finds the same key in two secrets: a person who may send to one account (or to the sandbox) could then send to the
 * other. Compares fingerprints across accounts and environments of this AWS account and region; other AWS accounts are
 * compared by a list of fingerprints.
 */

import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { defined } from '../shared/payment/defined.ts';
import { PROVIDERS } from '../shared/providers/index.ts';
import { UnusableSecretError } from '../shared/providers/provider.ts';
import type { Connection } from './connect.ts';
import { everyPage } from './pages.ts';
import { isDenied, Problem } from './problem.ts';
import { keysIn, type SecretKeyInfo } from './secret-keys.ts';
import { readSecret, secretsOf } from './secret-store.ts';

/** One secret of any environment. */
export interface Held {
  /** Name in Secrets Manager: "payhooks/live/paymentwall/goods". */
  readonly name: string;
  readonly keys: readonly Pick<SecretKeyInfo, 'path' | 'fingerprint'>[];
}

export interface Looked {
  readonly held: readonly Held[];
  /** The secrets that could not be read, and why. */
  readonly unread: readonly string[];
}

const NAME = new RegExp(
  `^payhooks/(sandbox|live)/((?:${[...PROVIDERS, 'decision'].join('|')})/[a-z0-9-]+|envelope-key|edge|target)$`,
);

/** Every secret of this AWS account and region that contains keys of a Payhooks stack, by its keys' fingerprints. */
export async function everySecret(connection: Connection): Promise<Looked> {
  const held: Held[] = [];
  const unread: string[] = [];
  const names = new Set(secretsOf(connection.config).map(({ name }) => name));
  try {
    for (const name of await listedNames(connection)) names.add(name);
  } catch (error) {
    if (!isDenied(error)) throw error;
    unread.push('other environments (listing secrets is not allowed)');
  }
  for (const name of names) {
    const found = await heldIn(connection, name);
    if (found === 'denied') unread.push(name);
    else if (found !== undefined) held.push(found);
  }
  return { held, unread };
}

const listedNames = ({ clients }: Connection): Promise<readonly string[]> =>
  everyPage(async (NextToken) => {
    const { SecretList = [], NextToken: next } = await clients.secrets.send(
      new ListSecretsCommand({
        Filters: [{ Key: 'name', Values: ['payhooks/'] }],
        ...defined({ NextToken }),
      }),
    );
    return { rows: SecretList.map(({ Name = '' }) => Name), next };
  });

/** Undefined when it contains no keys of ours, or nothing readable. */
async function heldIn(connection: Connection, name: string): Promise<Held | 'denied' | undefined> {
  if (!NAME.test(name)) return undefined;
  try {
    return heldBy(name, await readSecret(connection, name));
  } catch (error) {
    if (isDenied(error)) return 'denied';
    // Unreadable content cannot be used either; `secrets check` of its own stack reports it.
    if (error instanceof UnusableSecretError || error instanceof Problem) return undefined;
    throw error;
  }
}

/** The keys that a value would have under this name. */
export function heldBy(name: string, value: unknown): Held {
  const [, environment, short = ''] = NAME.exec(name) ?? [];
  const keys = keysIn(short, value, environment === 'live' ? 'live' : 'sandbox').filter(
    (key) => key.isSecret,
  );
  return { name, keys: keys.map(({ path, fingerprint }) => ({ path, fingerprint })) };
}

export interface SharedKey {
  readonly fingerprint: string;
  /** Two or more: "payhooks/live/paymentwall/goods current.secretKey" */
  readonly places: readonly string[];
}

/** Keys that occur in more than one secret. */
export function sharedKeys(held: readonly Held[]): readonly SharedKey[] {
  const places = new Map<string, Map<string, string>>();
  for (const { name, keys } of held) {
    for (const { path, fingerprint } of keys) {
      const known = places.get(fingerprint) ?? new Map<string, string>();
      places.set(fingerprint, known.set(name, `${name} ${path}`));
    }
  }
  return [...places]
    .filter(([, found]) => found.size > 1)
    .map(([fingerprint, found]) => ({ fingerprint, places: [...found.values()] }));
}
