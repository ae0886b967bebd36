/** The test of a source file has the file's name, in the same folder below test/. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './support/source-files.ts';

const ROOMS = ['cli', 'console', 'infra', 'local', 'shared'];

/** A file with at most this many lines may be tested through its caller. A longer file needs a test of its own. */
const MAX_LINES = 60;

/** A folder with at most this many files may have one test of the folder's name. */
const FEW_FILES = 8;

const importsOf = (path: string): readonly string[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, to = '']) =>
    relative(root, resolve(root, dirname(path), to)),
  );
const imports = new Map(
  sourceFiles([...ROOMS, 'functions', 'test', 'tools']).map((path) => [path, importsOf(path)]),
);

/** The files that a test imports, directly or through other files, also with a dynamic import. */
function reachedFrom(test: string): ReadonlySet<string> {
  const seen = new Set([test]);
  for (const path of seen) for (const next of imports.get(path) ?? []) seen.add(next);
  return seen;
}

const ENDINGS = ['.test.ts', '.integration.test.ts', '.e2e.test.ts'];

/**
 * The tests with the file's name in the same folder below test/, or in a folder above it: `shared/app/http/intake.ts`
 * has `test/app/http/intake.test.ts`.
 */
function testsNamed(path: string): readonly string[] {
  const [, ...folders] = `test/${dirname(path).replace(/^shared(?:\/|$)/, '')}`.split('/');
  return folders
    .map((_, index) => join('test', ...folders.slice(0, folders.length - index), basename(path, '.ts')))
    .flatMap((name) => ENDINGS.map((ending) => `${name}${ending}`))
    .filter((test) => imports.has(test));
}

/** Whether the file has a test of its name, or its folder has a test of the folder's name that reaches the file. */
function isTested(path: string): boolean {
  const folder = dirname(path);
  const files = [...imports.keys()].filter((other) => dirname(other) === folder);
  const isOneThing = folder.includes('/') && files.length <= FEW_FILES;
  return (
    testsNamed(path).length > 0 ||
    (isOneThing && testsNamed(folder).some((test) => reachedFrom(test).has(path)))
  );
}

/** Whether a file is long and exports a function or a class. Types, constants and error classes do not count. */
function decides(path: string): boolean {
  const text = readFileSync(join(root, path), 'utf8').replaceAll(
    /^export class \w+ extends Error \{\n.*\n\}/gm,
    '',
  );
  const isLong = text.split('\n').length > MAX_LINES;
  return isLong && /^export (?:async )?(?:function|class)\b|^export const \w+ =[^;]*=>/m.test(text);
}

describe('source files that decide something', () => {
  it('a source file that decides something has a test of its name, or its folder has a test that reaches the file', () => {
    expect(sourceFiles(ROOMS).filter((path) => decides(path) && !isTested(path))).toEqual([]);
  });
});
