/** The server fills every field that the contract promises of a view. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sourceFiles } from '../support/source-files.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Where the values of views are made: the server, and what it takes over as the library returns it. Without their types. */
const makers = sourceFiles(['console/server', 'cli', 'shared/app', 'shared/payment', 'local'])
  .map((path) => textOf(path).replace(/^ *readonly .*;$/gm, ''))
  .join('\n');

/** Bodies of actions are made by the page, and read by the server. */
const [views = ''] = textOf('console/contract.ts').split('// POST actions/{name}');
const fields = [
  ...new Set([...views.matchAll(/readonly '?([A-Za-z][A-Za-z0-9-]*)'?\??:/g)].map(([, name]) => name)),
];

it.each(fields)('the server sets the field %s of the contract', (name) => {
  // As a member that is written, or a value of that name that is taken over ("{ name }", "name,").
  const written = new RegExp(`(?:^|[\\s{,('])(?:${name})'?(?::| [,}]|,| })`, 'm');
  expect(written.test(makers)).toBe(true);
});
