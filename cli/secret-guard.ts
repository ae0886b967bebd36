/** What no command stores: an unusable value, one that was not generated, and a key that another secret holds. */

import { UnusableSecretError } from '../shared/providers/provider.ts';
import type { Option, World } from './command.ts';
import type { Connection } from './connect.ts';
import type { Flags } from './flags.ts';
import { switchOption } from './options.ts';
import { Problem } from './problem.ts';
import { assertStrong } from './secret-keys.ts';
import { assertKnownMembers, type Fields, type SecretKind } from './secret-store.ts';
import { everySecret, heldBy, sharedKeys } from './shared-keys.ts';

/** Refuses a value that could not be used, or that was not generated. @throws Problem */
export const checkValue = ({ environment }: Connection, kind: SecretKind, value: Fields): void =>
  refusing(kind, () => {
    kind.check(value);
    assertStrong(kind.short, value, environment);
  });

export const SHARED_OPTION: Readonly<Record<string, Option>> = {
  'allow-shared': switchOption(
    'store a key that another account of this environment has too (never one of another environment)',
  ),
};

/**
 * Refuses a key of another environment or account: it would make a message to one valid for the other. @throws Problem
 */
export async function assertUnshared(
  connection: Connection,
  kind: SecretKind,
  value: Fields,
  { flags, world }: { readonly flags: Flags; readonly world: World },
): Promise<void> {
  const { held, unread } = await everySecret(connection);
  const others = held.filter(({ name }) => name !== kind.name);
  const mine = heldBy(kind.name, value);
  const shared = sharedKeys([...others, mine]).filter(({ places }) =>
    places.some((place) => place.startsWith(`${kind.name} `)),
  );
  for (const what of unread) world.notice(`not compared with ${what}`);
  const forbidden = shared.filter(
    ({ places }) =>
      !flags.is('allow-shared') ||
      places.some((place) => !place.startsWith(`payhooks/${connection.environment}/`)),
  );
  const [first] = forbidden;
  if (first === undefined) return;
  throw Problem.refused(
    `${kind.short} was not stored: the same key is in ${first.places.join(' and in ')}.`,
    'A message signed for one would be valid for the other. Ask the provider for a separate key.',
  );
}

/** @param path of the checked part within the secret ("next"). @throws Problem */
export const checkMembers = (kind: SecretKind, value: unknown, path?: string): void =>
  refusing(kind, () => assertKnownMembers(kind, value, path));

function refusing(kind: SecretKind, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UnusableSecretError)) throw error;
    throw Problem.refused(`${kind.short} was not stored: ${error.message}.`, `Its form is ${kind.shape}.`);
  }
}
