import { MAX_AGE_MS, SOFT_AGE_MS } from '../../shared/app/platform/secrets.ts';
import { providers } from '../../shared/providers/index.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { done } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { assertUnshared, checkMembers, checkValue, SHARED_OPTION } from '../secret-guard.ts';
import { FILE_OPTION, secretInput, withPrivateKey } from '../secret-input.ts';
import {
  describeSecret,
  type Fields,
  fieldsOf,
  findSecret,
  readSecret,
  type SecretKind,
  writeSecret,
} from '../secret-store.ts';

export const secretsSet: Command = {
  arity: [1, 1],
  details: [
    'NAME: <provider>/<account>, decision/<account>, envelope-key, edge or target. The whole secret, as JSON (of trustly-europe',
    'a private key in PEM form too, with --private-key-file; the other members of the secret stay then):',
    ...Object.entries(providers).map(
      ([name, { config }]) => `  ${`${name}/…`.padEnd(18)}  ${config.secret.shape}`,
    ),
    '  envelope-key        {"current": text, "next"?: text, "previous"?: [text…]}, each of 32 characters or more',
    '                      (those in use must be in it: what is sealed with them is read for as long as it is kept)',
    '  edge                {"current": text, "previous"?: text}, each of 32 to 256 letters, digits, "-" and "_"',
    '  target, decision/…  {"current": "whsec_…", "next"?: "whsec_…"}',
    `A key that is replaced verifies for ${SOFT_AGE_MS / 1_000} seconds more at most, and while the secret store does not answer for`,
    `${MAX_AGE_MS / 60_000} minutes; then requests wait for the store or are answered 503. What does not verify is checked against the`,
    'store at once, at most once a minute.',
  ],
  options: {
    ...FILE_OPTION,
    'private-key-file': {
      type: 'string',
      value: 'FILE',
      help: 'a private key of a trustly-europe account, PEM (PKCS#1 or PKCS#8, no passphrase)',
    },
    ...SHARED_OPTION,
  },
  run: async ({ args: [name = ''], flags, world }) => {
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const keyFile = flags.text('private-key-file');
    if (keyFile !== undefined && flags.text('file') !== undefined) {
      throw new Problem(EXIT.usage, '--file holds a whole secret, --private-key-file one key: name one.');
    }
    const value =
      keyFile === undefined
        ? await secretInput(flags, world)
        : await withPrivateKey(connection, kind, keyFile);
    checkMembers(kind, value);
    checkValue(connection, kind, value);
    await assertUnshared(connection, kind, value, { flags, world });
    if (kind.short === 'envelope-key') await keepsOldKeys(connection, kind, value);
    await writeSecret(connection, kind.name, value);
    return done(
      { secret: kind.short, stored: kind.name, holds: describeSecret(kind, value) },
      `${kind.name} is stored: ${describeSecret(kind, value)}`,
      `What was signed with a key that it replaces may be accepted for ${SOFT_AGE_MS / 1_000} seconds more.`,
      ...(connection.kind === 'local' ? ['It lasts until the local stack stops.'] : []),
      `Next: payhooks doctor ${connection.selector}`.trimEnd(),
    );
  },
};

/**
 * Queued messages and all stored evidence are sealed with these keys: without them nobody could open it. @throws
 * Problem
 */
async function keepsOldKeys(connection: Connection, { name }: SecretKind, value: Fields): Promise<void> {
  const stored = await readSecret(connection, name).catch((error: unknown) => {
    if (error instanceof UnusableSecretError) return undefined;
    throw error;
  });
  const kept = envelopeKeysIn(value);
  if (envelopeKeysIn(fieldsOf(stored)).every((key) => kept.includes(key))) return;
  throw new Problem(
    EXIT.refused,
    'envelope-key was not stored: a key that is in use is missing in it, and what is sealed with that could never be read again.',
    'To change the key: payhooks secrets rotate envelope-key. Old keys stay under "previous".',
  );
}

const envelopeKeysIn = ({ current, next, previous }: Fields): readonly unknown[] =>
  [current, next, ...(Array.isArray(previous) ? previous : [])].filter((key) => key !== undefined);
