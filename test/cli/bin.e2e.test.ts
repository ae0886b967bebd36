/** `npx payhooks` and `npm start`, each in a process of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { credentialsFolder } from '../../local/project.ts';
import { readRunning } from '../../local/template/running.ts';

const isPosix = process.platform !== 'win32';
const root = resolve(import.meta.dirname, '../..');
const bin = resolve(root, 'bin/payhooks.mjs');

const payhooks = (...words: string[]) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((done) => {
    execFile(process.execPath, [bin, ...words], { cwd: '/' }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

it('payhooks passes on words and exit codes from any folder, and prints plain text without a terminal', async () => {
  if (isPosix) expect(statSync(bin).mode & 0o111).not.toBe(0);
  const help = await payhooks('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toContain('Usage: payhooks COMMAND');
  const wrong = await payhooks('nope');
  expect(wrong).toMatchObject({
    code: 2,
    out: '',
    err: 'There is no command "nope".\nNext: Try: payhooks --help\n',
  });
});

it('payhooks finds a running npm start by its port, and the file of the start is gone after SIGTERM', async () => {
  const started = spawn(process.execPath, [resolve(root, 'local/start.ts'), '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = started;
  const line = await new Promise<string>((done, fail) => {
    started.once('exit', (code) => fail(new Error(`ended with ${code}`)));
    createInterface({ input: started.stdout }).once('line', done);
  });
  // The folder may also announce the stack of another test.
  const { port } = new URL((JSON.parse(line) as { readonly baseUrl: string }).baseUrl);
  expect(readRunning(credentialsFolder).map(({ pid }) => pid)).toContain(started.pid);
  const { code, out } = await payhooks('payments', 'list', '--json', '--local', port);
  expect({ code, listed: JSON.parse(out) }).toMatchObject({ code: 0, listed: { items: [], more: false } });
  const sent = await payhooks('trigger', 'trustly-europe/credit', '--local', port);
  expect(sent).toMatchObject({ code: 0, err: '' });
  const ended = new Promise((done) => started.once('exit', done));
  started.kill('SIGTERM');
  await ended;
  // On Windows a signal kills the process at once, and its file stays. `readRunning` recognizes a dead process.
  if (!isPosix) return;
  expect(readRunning(credentialsFolder).map(({ pid }) => pid)).not.toContain(started.pid);
});
