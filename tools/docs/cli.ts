/** `npm run docs`: renders the pages that are made from tables and schemas. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderedFiles } from './files.ts';

const root = join(import.meta.dirname, '../..');
for (const [path, text] of Object.entries(await renderedFiles())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
