import { MAX_AGE_MS, SOFT_AGE_MS } from '../../shared/app/platform/secrets.ts';
import { providers } from '../../shared/providers/index.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { textOption } from '../options.ts';
import { done } from '../output.ts';
import { Problem } from '../problem.ts';
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
  details: [
    'NAME is <provider>/<account>, decision/<account>, envelope-key, edge or target. Stores the whole secret, as JSON.',
    'For trustly-europe, --private-key-file stores a private key in PEM form; the other members of the secret stay.',
    ...Object.entries(providers).map(
      ([name, { config }]) => `  ${`${name}/…`.padEnd(18)}  ${config.secret.shape}`,
    ),
    '  envelope-key        {"current": text, "next"?: text, "previous"?: [text…]}, each of 32 characters or more',
    '                      (the keys in use must be in it, because stored data is sealed with them)',
    '  edge                {"current": text, "previous"?: text}, each of 32 to 256 letters, digits, "-" and "_"',
    '  target, decision/…  {"current": "whsec_…", "next"?: "whsec_…"}',
    `A replaced key is accepted for at most ${SOFT_AGE_MS / 1_000} seconds, or ${MAX_AGE_MS / 60_000} minutes while Secrets Manager does not answer; after that,`,
    'requests wait for Secrets Manager or are answered 503. When a request does not verify, the secret is read again at',
    'once, at most once a minute.',
  ],
  options: {
    ...FILE_OPTION,
    'private-key-file': textOption(
      'FILE',
      'private key of a trustly-europe account, PEM (PKCS#1 or PKCS#8, no passphrase)',
    ),
    ...SHARED_OPTION,
  },
  run: async ({ args: [name = ''], flags, world }) => {
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const keyFile = flags.text('private-key-file');
    if (keyFile !== undefined && flags.text('file') !== undefined) {
      throw Problem.usage('--file has a whole secret, --private-key-file one key. Name only one.');
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
      `A replaced key may still be accepted for ${SOFT_AGE_MS / 1_000} seconds.`,
      ...(connection.kind === 'local' ? ['It is stored until the local stack stops.'] : []),
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
  throw Problem.refused(
    'envelope-key was not stored: it lacks a key that is in use, and data that is sealed with this key could never be read again.',
    'To change the key: payhooks secrets rotate envelope-key. Keep old keys under "previous".',
  );
}

const envelopeKeysIn = ({ current, next, previous }: Fields): readonly unknown[] =>
  [current, next, ...(Array.isArray(previous) ? previous : [])].filter((key) => key !== undefined);
