/** The server fills every field that the contract promises of a view. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sourceFiles } from '../support/source-files.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/**
 * The sources of the server and of the library whose results the server passes on, without the declarations of types.
 */
const makers = sourceFiles(['console/server', 'cli', 'shared/app', 'shared/payment', 'local'])
  .map((path) => textOf(path).replace(/^ *readonly .*;$/gm, ''))
  .join('\n');

/** The fields of actions are left out: the page writes them, and the server reads them. */
const [views = ''] = textOf('console/contract.ts').split('// POST actions/{name}');
const fields = [
  ...new Set([...views.matchAll(/readonly '?([A-Za-z][A-Za-z0-9-]*)'?\??:/g)].map(([, name]) => name)),
];

it.each(fields)('the server sets the field %s of the contract', (name) => {
  // The field is set as a member, or passed on as a value of the same name ("{ name }", "name,").
  const written = new RegExp(`(?:^|[\\s{,('])(?:${name})'?(?::| [,}]|,| })`, 'm');
  expect(written.test(makers)).toBe(true);
});
