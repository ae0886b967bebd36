/**
 * A reader can type the commands in the pages: the real command line accepts each `npx payhooks …`, each `npm run …` is
 * a script, and each file that `node` runs exists. Snippets of JSON parse.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/arguments.ts';
import { commands } from '../../cli/commands/index.ts';

const root = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
})
  .toString()
  .trim()
  .split('\n')
  .filter((path) => existsSync(join(root, path)));

interface Fence {
  readonly path: string;
  readonly language: string;
  readonly text: string;
}
const fencesOf = (path: string): readonly Fence[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/^```(\w*)[^\n]*\n(.*?)^```/gms)].map(
    ([, language = '', text = '']) => ({ path, language, text }),
  );
const fences = pages.flatMap(fencesOf);

/** Commands of one line, without prompt, comment, pipe and the text before the command. */
const shell = fences.filter(({ language }) => ['', 'sh', 'shell', 'bash', 'console'].includes(language));
const typed = shell.flatMap(({ path, language, text }) =>
  text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    // In a block with prompts, lines without a prompt are output.
    .filter((line) => !(/^\$ /m.test(text) || language === 'console') || line.startsWith('$ '))
    .map((line) => ({ path, line: line.replace(/^\$ /, '').replace(/\s+#.*$/, '') })),
);

/** Words as a shell splits them: quotes keep blanks together. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );

const calls = typed.flatMap(({ path, line }) =>
  [...line.matchAll(/npx payhooks ([^|>&;`]+)/g)].map(([, rest = '']) => ({ path, call: rest.trim() })),
);

describe('commands npx payhooks in the pages', () => {
  it('the pages have more than 80 commands npx payhooks', () => expect(calls.length).toBeGreaterThan(80));

  it.each(calls)('$path has a command that the command line understands: $call', async ({ call }) => {
    const words = wordsOf(call).filter((word) => !/^\[.*\]$/.test(word));
    await expect(parseCommandLine(words, commands)).resolves.toBeDefined();
  });

  it.each(['payments lits', 'payments list --al', 'doctor --stack'])(
    'the command line refuses the mistaken command %s',
    async (call) => {
      await expect(parseCommandLine(call.split(' '), commands)).rejects.toThrow();
    },
  );
});

describe('commands npm run and node in the pages', () => {
  const runs = typed.flatMap(({ path, line }) =>
    [...line.matchAll(/npm run (?:--?\S+ )*([\w:]+)/g)].map(([, script = '']) => ({ path, script })),
  );
  it.each(runs)('$path names a script of package.json: npm run $script', ({ script }) =>
    expect(Object.keys(scripts)).toContain(script),
  );

  const files = typed.flatMap(({ path, line }) =>
    [...line.matchAll(/(?:^|\s)node ([\w./-]+\.(?:ts|mjs|js))/g)].map(([, file = '']) => ({ path, file })),
  );
  it.each(files)('$path names a file that exists: node $file', ({ path, file }) => {
    const places = [resolve(root, file), resolve(root, dirname(path), file)];
    expect(places.some((place) => existsSync(place))).toBe(true);
  });
});

describe('JSON in the pages', () => {
  const values = fences.filter(({ language }) => language === 'json');
  it('the pages have more than 5 blocks of JSON', () => expect(values.length).toBeGreaterThan(5));

  it.each(values)('a block of JSON in $path parses', ({ text }) => {
    // A snippet may be a part of an object without its braces, with `…` for left-out parts.
    const whole = text.replaceAll(/,?\s*…/g, '').replaceAll(/^\s*\/\/.*$/gm, '');
    const isWhole = () => JSON.parse(whole);
    const isPart = () => JSON.parse(`{${whole}}`);
    expect([isWhole, isPart].some(succeeds), text).toBe(true);
  });
});

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
