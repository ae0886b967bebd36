import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { EXIT } from '../../cli/problem.ts';

const docs = resolve(import.meta.dirname, '../../docs');
const text = readdirSync(docs)
  .filter((name) => /^command(?:s-[a-z]+|-line)\.md$/.test(name))
  .map((name) => readFileSync(resolve(docs, name), 'utf8'))
  .join('\n');

describe('docs/command-line.md and its parts', () => {
  it.each(commands.map(({ name }) => name))('the pages of commands describe %s, with an example', (name) => {
    const headings = text.split('\n').filter((line) => /^#{2,3} /.test(line));
    const words = name.split(' ');
    expect(headings.some((line) => words.every((word) => line.toLowerCase().includes(word)))).toBe(true);
    if (name !== 'holds reject') expect(text).toContain(`npx payhooks ${name}`);
  });

  it.each(Object.values(EXIT))('the pages of commands name exit code %d', (code) =>
    expect(text).toContain(`| ${code} | `),
  );

  it('the pages of commands link to the table of the calls of each command', () => {
    expect(text).toContain('(tables/commands.md)');
  });
});
