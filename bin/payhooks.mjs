#!/usr/bin/env node
/**
 * `npx payhooks …`. Plain JavaScript, because the system's Node may be too old to run the TypeScript behind it: then
 * this file hands over to the Node 24 that the project brings. `npx` finds that one first, and no second process is
 * needed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const root = new URL('../', import.meta.url);
const main = new URL('cli/main.ts', root);
const name = process.platform === 'win32' ? 'node.exe' : 'node';
// The binary itself, because the file in .bin is a script on Windows.
const node = fileURLToPath(new URL(`node_modules/node/bin/${name}`, root));

if (!existsSync(main)) {
  process.stderr.write(
    'payhooks: this package holds the construct (docs/construct.md); the command line runs from a clone of the project.\n',
  );
  process.exit(1);
}
if (!existsSync(node)) {
  process.stderr.write('payhooks: its packages are not installed.\nNext: npm ci\n');
  process.exit(1);
}
// Node's compile cache: it saves half of the time until the first line.
const cache = process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('node_modules/.cache/payhooks', root));
if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  module.enableCompileCache?.(cache);
  const { mainOfProcess } = await import(main.href);
  await mainOfProcess();
} else {
  // The channel shows the child when this process has ended in any way.
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: cache, ...process.env },
  });
  // Ctrl-C in a terminal reaches the child as well; a signal to this process alone does not. The child decides.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (status, signal) => {
    process.exit(status ?? 128 + (constants.signals[signal] ?? 0));
  });
}
