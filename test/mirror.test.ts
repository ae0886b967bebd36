/** A rule is found by its file, and its test by the same name: test/ mirrors the rooms of the code. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './support/source-files.ts';

const ROOMS = ['cli', 'console', 'infra', 'local', 'shared'];

/** A file of more lines decides something; of fewer, it may be tested with its caller. */
const MAX_LINES = 60;

/** A folder of so few files is one thing behind one door, and may be tested through it, by a test of the folder's name. */
const FEW_FILES = 8;

const importsOf = (path: string): readonly string[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, to = '']) =>
    relative(root, resolve(root, dirname(path), to)),
  );
const imports = new Map(
  sourceFiles([...ROOMS, 'functions', 'test', 'tools']).map((path) => [path, importsOf(path)]),
);

/** Every file that a test runs, or may run: a command is loaded when it is called. */
function reachedFrom(test: string): ReadonlySet<string> {
  const seen = new Set([test]);
  for (const path of seen) for (const next of imports.get(path) ?? []) seen.add(next);
  return seen;
}

const ENDINGS = ['.test.ts', '.integration.test.ts', '.e2e.test.ts'];

/** Files of a name, in the folder of the same path under test/ or in one above it: `shared/app/http/intake.ts` has `test/app/http/intake.test.ts`. */
function testsNamed(path: string): readonly string[] {
  const [, ...folders] = `test/${dirname(path).replace(/^shared(?:\/|$)/, '')}`.split('/');
  return folders
    .map((_, index) => join('test', ...folders.slice(0, folders.length - index), basename(path, '.ts')))
    .flatMap((name) => ENDINGS.map((ending) => `${name}${ending}`))
    .filter((test) => imports.has(test));
}

/** By a test of its name, or of its folder's name where that reaches it. */
function isTested(path: string): boolean {
  const folder = dirname(path);
  const files = [...imports.keys()].filter((other) => dirname(other) === folder);
  const isOneThing = folder.includes('/') && files.length <= FEW_FILES;
  return (
    testsNamed(path).length > 0 ||
    (isOneThing && testsNamed(folder).some((test) => reachedFrom(test).has(path)))
  );
}

/** Types, constants and errors without a rule of their own decide nothing. */
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
