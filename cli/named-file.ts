/** Reads a file that a person named: its text, or one sentence about what is wrong with it. */
import { readFileSync } from 'node:fs';
import { EXIT, Problem } from './problem.ts';

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

export function unreadable(file: string, error: unknown, next = 'Name a file that can be read.'): Problem {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return new Problem(EXIT.notFound, `${file} can't be read: ${WHY[code] ?? code}.`, next);
}
