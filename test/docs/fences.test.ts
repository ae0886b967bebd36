/** Blocks of code in the pages: each is in a language that a test reads, TypeScript parses and imports what is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root }).toString().trim().split('\n');
const fences = pages
  .filter((path) => existsSync(join(root, path)))
  .flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/^```(\w*)[^\n]*\n(.*?)^```/gms)].map(
      ([, language = '', text = '']) => ({ path, language, text }),
    ),
  );

/** Shell and JSON: commands.test.ts. Without a language: commands, or a drawing. */
const READ = ['', 'sh', 'console', 'json', 'ts'];

const errorsOf = (text: string): readonly string[] =>
  parseSync('block.ts', text, { lang: 'ts' }).errors.map(({ message }) => message);

describe('blocks of code', () => {
  it('are in a language that a test reads', () => {
    expect(fences.length).toBeGreaterThan(100);
    expect(fences.filter(({ language }) => !READ.includes(language))).toEqual([]);
  });

  // A part of an object is shown without its braces.
  const typescript = fences.filter(({ language }) => language === 'ts');
  it.each(typescript)('$path: TypeScript parses', ({ text }) => {
    const [whole, part] = [errorsOf(text), errorsOf(`({\n${text}\n});`)];
    expect(whole.length === 0 ? whole : part.length === 0 ? part : whole).toEqual([]);
  });

  it('TypeScript that does not parse would be noticed', () => {
    expect(errorsOf('const = 1;')).not.toEqual([]);
  });

  it.each(typescript)('$path: what it imports of this repository is there', ({ text }) => {
    const imported = [...text.matchAll(/from '\.\/payhooks\/([^']+)'/g)].map(([, path = '']) => path);
    expect(imported.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  const curls = fences
    .filter(({ language }) => ['', 'sh', 'console'].includes(language))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:\$ )?(curl [^#\n]+)/gm)].map(([, line = '']) => ({ path, line: line.trim() })),
    )
    .filter(({ line }) => /https?:/.test(line));

  it('curl is in some of them', () => expect(curls.length).toBeGreaterThan(0));

  it.each(curls)('$path: $line calls an address of the local stack or of an example shop', ({ line }) => {
    const options = [...line.matchAll(/\s(--?[\w-]+)/g)].map(([, option = '']) => option);
    for (const option of options) expect(['-X', '-d', '-H', '-sS', '--data-binary']).toContain(option);
    expect(line).toMatch(/https?:\/\/[^/]+\/(?:_local\/api\/faults\/\w+|orders\/[\w-]+)(?:\s|$)/);
  });
});
