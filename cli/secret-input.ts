/** A secret comes from a file or from standard input, never from the command line: that one is seen by everybody. */
import { readFileSync } from 'node:fs';
import type { Option, World } from './command.ts';
import type { Flags } from './flags.ts';
import { EXIT, Problem } from './problem.ts';
import { type Fields, fieldsOf, parseSecret } from './secret-store.ts';

export const FILE_OPTION: Readonly<Record<string, Option>> = {
  file: { type: 'string', value: 'FILE', help: 'where the secret is; - or nothing: standard input' },
};

/** @throws Problem */
export async function secretInput(flags: Flags, world: World): Promise<Fields> {
  const file = flags.text('file') ?? '-';
  const text = file === '-' ? await world.stdin() : readSecretFile(file);
  if (text.trim() === '')
    throw new Problem(EXIT.usage, 'The secret is empty.', 'Name a file with --file FILE.');
  return fieldsOf(parseSecret(text, file === '-' ? 'what came in' : file));
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Problem(EXIT.notFound, `${file} can't be read.`);
  }
}
