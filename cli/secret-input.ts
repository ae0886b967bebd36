/** Reads a secret from a file or from standard input, never from the command line, which other users can see. */

import type { Option, World } from './command.ts';
import type { Connection } from './connect.ts';
import type { Flags } from './flags.ts';
import { inputName, textOfFile, textOfInput } from './named-file.ts';
import { textOption } from './options.ts';
import { privateKeyIn } from './private-key.ts';
import { Problem } from './problem.ts';
import {
  type Fields,
  fieldsOf,
  isKeyPair,
  parseSecret,
  type SecretKind,
  storedFields,
} from './secret-store.ts';

export const FILE_OPTION: Readonly<Record<string, Option>> = {
  file: textOption('FILE', 'file with the secret; default: standard input'),
};

const NEXT = 'Name a file that can be read, or - for standard input.';

/** @throws Problem */
export async function secretInput(flags: Flags, world: World): Promise<Fields> {
  const file = flags.text('file') ?? '-';
  const text = await textOfInput(file, world, NEXT);
  if (text.trim() === '') throw Problem.usage('The secret is empty.', 'Name a file with --file FILE.');
  if (text.trimStart().startsWith('-----BEGIN '))
    throw Problem.usage(
      'This is a PEM file, but the secret must be JSON.',
      'For a private key: payhooks secrets set trustly-europe/ACCOUNT --private-key-file FILE',
    );
  return fieldsOf(parseSecret(text, inputName(file)));
}

/**
 * The stored secret with the private key of a PEM file; its other members stay: Trustly's keys, a key that is being
 * added.
 * @throws Problem
 */
export async function withPrivateKey(
  connection: Connection,
  kind: SecretKind,
  file: string,
): Promise<Fields> {
  if (!isKeyPair(kind.account)) {
    const message = `--private-key-file is for trustly-europe/<account>: ${kind.short} holds no private key.`;
    throw Problem.usage(message, `Its form is ${kind.shape}.`);
  }
  const privateKey = privateKeyIn(textOfFile(file, NEXT), file);
  const { current, revoked: _, ...others } = await storedFields(connection, kind);
  return { ...others, current: { ...fieldsOf(current), privateKey } };
}
