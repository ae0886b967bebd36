/** Reads a file that a person named, or standard input. */
import { readFileSync } from 'node:fs';
import type { World } from './command.ts';
import { Problem } from './problem.ts';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** @param next what to type instead. @throws Problem */
export function textOfFile(file: string, next = 'Name a file that can be read.'): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error, next);
  }
}

/** The text of a file; of standard input for "-". @throws Problem */
export const textOfInput = async (file: string, world: World, next: string): Promise<string> =>
  file === '-' ? world.stdin() : textOfFile(file, next);

export const inputName = (file: string): string => (file === '-' ? 'Standard input' : file);

/** The parser's own message is not shown, because it quotes the text. @throws the problem when it is not JSON */
export function parseJson(text: string, problem: () => Problem): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw problem();
  }
}

export function unreadable(file: string, error: unknown, next = 'Name a file that can be read.'): Problem {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return Problem.notFound(`${file} cannot be read: ${WHY[code] ?? code}.`, next);
}
