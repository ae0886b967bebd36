#!/usr/bin/env node
/**
 * `npx payhooks …`. Plain JavaScript, because the system's Node may be too old to run the TypeScript behind it:
 * this file only hands over to the Node 24 that the project brings.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const node = fileURLToPath(new URL('node_modules/.bin/node', root));
const main = fileURLToPath(new URL('cli/main.ts', root));

if (!existsSync(node)) {
  process.stderr.write('payhooks: its packages are not installed.\nNext: npm ci\n');
  process.exit(1);
}
// Ctrl-C reaches the child as well: let it decide, and report its end.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
// What Node has compiled once is read again at the next call: half of the time until the first line.
const cache = fileURLToPath(new URL('node_modules/.cache/payhooks', root));
const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: cache, ...process.env },
});
process.exit(status ?? (signal === 'SIGINT' ? 130 : 143));
