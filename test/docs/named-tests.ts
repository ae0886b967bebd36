/** Pages name tests and controls by file and title: `test/a.test.ts` “words of a title”. Each named test must exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

export const NAMED = /`(test\/[\w./-]+\.ts)` “([^”]*)”/g;

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of all tables with this heading. */
export function rowsOf(page: string, heading: string): readonly (readonly string[])[] {
  const lines = read(page).split('\n');
  const starts = lines.flatMap((line, at) => (line.startsWith(heading) ? [at + 2] : []));
  return starts.flatMap((start) => {
    const end = lines.findIndex((line, at) => at >= start && !line.startsWith('|'));
    return lines.slice(start, end === -1 ? undefined : end).map(cellsOf);
  });
}

/** The faults of the named tests. Either form of the apostrophe matches; words in a comment are not a title. */
export function problemsOf(text: string): readonly string[] {
  return [...text.matchAll(NAMED)].flatMap(([, path = '', title = '']) => {
    if (!existsSync(join(root, path))) return [`${path}: no such file`];
    if (title === '') return [`${path}: no title`];
    const source = read(path)
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      .replaceAll("\\'", "'");
    return source.includes(title) ? [] : [`${path}: no test “${title}”`];
  });
}
