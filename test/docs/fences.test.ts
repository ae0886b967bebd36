/** Each block of code in the pages has a language that a test reads, and TypeScript compiles without a change. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** commands.test.ts reads shell and JSON. A block without a language has commands or a drawing. */
const TESTED = ['', 'sh', 'console', 'json', 'ts'];

/** A test of its own compiles and runs this page, with the page's file names. */
const ELSEWHERE = ['docs/adding-a-provider.md'];

/** The compiler's errors for files beside a clone of this repository with the name payhooks, which the pages import. */
function compile(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-fences-'));
  try {
    symlinkSync(root, join(folder, 'payhooks'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    const settings = {
      extends: './payhooks/tsconfig.json',
      include: Object.keys(files),
      // The packed package resolves its own name in the same way (test/infra/package.test.ts).
      compilerOptions: { paths: { payhooks: ['./payhooks/infra/index.ts'] } },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [tsc, '--singleThreaded', '-p', folder], { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('blocks of code', () => {
  it('every block of code is in a language that a test reads', () => {
    expect(fences.length).toBeGreaterThan(100);
    expect(fences.filter(({ language }) => !TESTED.includes(language))).toEqual([]);
  });

  const typescript = fences.filter(({ path, language }) => language === 'ts' && !ELSEWHERE.includes(path));

  it('every block of TypeScript compiles as a file of its own', () => {
    expect(typescript.length).toBeGreaterThanOrEqual(2);
    const files = typescript.map(({ path, text }, at) => [`${path.replaceAll('/', '-')}-${at}.ts`, text]);
    expect(compile(Object.fromEntries(files))).toBe('');
  });

  it('a block of TypeScript that does not compile is reported with file, line and column', () => {
    const text =
      "import { dynamoStore } from './payhooks/shared/aws/dynamodb-store.ts';\ndynamoStore({ tabel: 1 });\n";
    expect(compile({ 'wrong.ts': text })).toMatch(/wrong\.ts\(2,\d+\): error .*tabel/);
  });

  const curls = fences
    .filter(({ language }) => ['', 'sh', 'console'].includes(language))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:\$ )?(curl [^#\n]+)/gm)].map(([, line = '']) => ({ path, line: line.trim() })),
    )
    .filter(({ line }) => /https?:/.test(line));

  it('one block of shell or more has a curl command', () => expect(curls.length).toBeGreaterThan(0));

  it.each(curls)('$path: $line calls an address of the local stack or of an example shop', ({ line }) => {
    const options = [...line.matchAll(/\s(--?[\w-]+)/g)].map(([, option = '']) => option);
    for (const option of options) expect(['-X', '-d', '-H', '-sS', '--data-binary']).toContain(option);
    expect(line).toMatch(/https?:\/\/[^/]+\/(?:_local\/api\/faults\/\w+|orders\/[\w-]+)(?:\s|$)/);
  });
});
