/**
 * An interrupted command leaves no process, no port and no temporary file. Each command runs in a process group and
 * with a folder for temporary files of its own, so that its leftovers can be found. Windows has no process groups and
 * no signals: there the tests are skipped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credentialsFolder } from '../../local/project.ts';

const WAIT = { timeout: 240_000, interval: 100 };
const root = resolve(import.meta.dirname, '../..');
/** Name of the variable with the signing key of the shop, for `accept`. */
const SECRET = 'PAYHOOKS_INTERRUPTED_SECRET';
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** For a deployed stack: no service answers at this address. */
const NO_AWS = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};
const isPosix = process.platform !== 'win32';

interface Begun {
  readonly child: ChildProcess;
  readonly temporary: string;
  /** The output so far. */
  readonly printed: { text: string };
}

function begin(command: string, words: readonly string[]): Begun {
  const temporary = mkdtempSync(join(tmpdir(), 'payhooks-interrupt-'));
  const child = spawn(command, words, {
    cwd: root,
    detached: true,
    // stdin stays open and empty: a command that reads stdin waits.
    stdio: ['pipe', 'pipe', 'pipe'],
    // The variable turns off npm's cache of compiled code, which would be a file in the temporary folder.
    env: {
      ...{ ...process.env, ...NO_AWS, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', [SECRET]: secret },
    },
  });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed.text += chunk.toString();
    });
  }
  return { child, temporary, printed };
}

const npm = (...words: string[]): Begun => begin('npm', words);
const payhooks = (...words: string[]): Begun => begin(process.execPath, ['bin/payhooks.mjs', ...words]);
const locally = (...words: string[]): Begun => payhooks(...words, '--local', port);

/** Whether any process of the command's group is alive. */
function isGroupAlive({ child }: Begun): boolean {
  try {
    process.kill(-(child.pid ?? 0), 0);
    return true;
  } catch {
    return false;
  }
}

async function isGone(begun: Begun): Promise<void> {
  await vi.waitFor(() => expect(isGroupAlive(begun), begun.printed.text).toBe(false), WAIT);
  expect(readdirSync(begun.temporary)).toEqual([]);
  rmSync(begun.temporary, { recursive: true });
}

/** Expects that the command still runs, interrupts it, and waits for its end. */
async function isInterrupted(begun: Begun): Promise<void> {
  expect(begun.child.exitCode, begun.printed.text).toBeNull();
  TO['Ctrl-C'](begun);
  await isGone(begun);
}

/** Ctrl-C signals the whole group, a supervisor signals the first process alone. */
const TO = {
  'Ctrl-C': ({ child }: Begun) => process.kill(-(child.pid ?? 0), 'SIGINT'),
  'SIGTERM to npm alone': ({ child }: Begun) => process.kill(child.pid ?? 0, 'SIGTERM'),
} as const;
const urlIn = ({ printed }: Begun): string => /"baseUrl":"([^"]+)"/.exec(printed.text)?.[1] ?? '';

/** Files of stacks at this address, also of a dead stack, which `readRunning` leaves out. */
const runningFiles = (url: string): readonly string[] =>
  readdirSync(credentialsFolder).filter(
    (name) => name.startsWith('running-') && textOf(name).includes(`"${url}"`),
  );

/** Empty if another stack has just removed the file. */
function textOf(name: string): string {
  try {
    return readFileSync(join(credentialsFolder, name), 'utf8');
  } catch {
    return '';
  }
}

/** A running stack has one file that announces it. Stopped, the stack leaves no process and no file. */
async function isStopped(started: Begun, way: keyof typeof TO): Promise<void> {
  const url = urlIn(started);
  await expect.poll(() => runningFiles(url), WAIT).toHaveLength(1);
  TO[way](started);
  await isGone(started);
  await expect(fetch(url)).rejects.toThrow();
  expect(runningFiles(url)).toEqual([]);
}

/** The stack that the commands use, and a shop that never answers. */
let stack: Begun;
let port = '';
let shop: Server;
let shopUrl = '';
let requestCount = 0;
beforeAll(async () => {
  if (!isPosix) return;
  shop = createServer(() => {
    requestCount += 1;
  });
  await new Promise<void>((done) => shop.listen(0, '127.0.0.1', done));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/hooks`;
  stack = npm('start', '--', '--port', '0', '--json');
  await vi.waitFor(() => expect(urlIn(stack)).not.toBe(''), WAIT);
  port = new URL(urlIn(stack)).port;
});
afterAll(async () => {
  if (!isPosix) return;
  shop.close();
  shop.closeAllConnections();
  // The last test ends the stack; after a failed test it still runs.
  if (isGroupAlive(stack)) TO['Ctrl-C'](stack);
});

describe.skipIf(!isPosix)('an interrupted command', () => {
  it('the demo leaves no process and no file when npm alone gets SIGTERM while the stack starts', async () => {
    const demo = npm('run', 'demo');
    await expect.poll(() => demo.printed.text, WAIT).toContain('starting the stack');
    TO['SIGTERM to npm alone'](demo);
    await isGone(demo);
  });

  it('the demo leaves no process and no file after Ctrl-C in the middle of a story', async () => {
    const demo = npm('run', 'demo');
    await expect.poll(() => demo.printed.text, WAIT).toContain('· trustly-americas');
    TO['Ctrl-C'](demo);
    await isGone(demo);
  });

  it('listen leaves no process and no file after Ctrl-C, and events go to the demo shop again', async () => {
    const listening = locally('listen', '--forward-to', shopUrl);
    await expect.poll(() => listening.printed.text, WAIT).toContain('until Ctrl-C');
    TO['Ctrl-C'](listening);
    await isGone(listening);
    expect(listening.printed.text).toContain('Events go to the demo shop again.');
  });

  it('listen leaves no process and no file when npx alone is ended, and events go to the demo shop again', async () => {
    const words = `bin/payhooks.mjs listen --forward-to ${shopUrl} --local ${port}`;
    // A shell between this process and the command, and npm's variables, as npx does.
    const listening = begin('sh', ['-c', `npm_command=exec "${process.execPath}" ${words} & wait`]);
    await expect.poll(() => listening.printed.text, WAIT).toContain('until Ctrl-C');
    TO['SIGTERM to npm alone'](listening);
    await isGone(listening);
    expect(listening.printed.text).toContain('Events go to the demo shop again.');
  });

  it('accept leaves no process and no file after Ctrl-C while the shop does not answer', async () => {
    requestCount = 0;
    const accepting = locally('accept', '--shop', shopUrl, '--secret-variable', SECRET);
    await expect.poll(() => requestCount, WAIT).toBeGreaterThan(0);
    await isInterrupted(accepting);
  });

  it('certify leaves no process and no file after Ctrl-C between two items', async () => {
    const certifying = locally('certify');
    await expect.poll(() => certifying.printed.text, WAIT).toContain('A1');
    await isInterrupted(certifying);
  });

  it('trigger leaves no process and no file after Ctrl-C between two tries', async () => {
    const faults = `http://127.0.0.1:${port}/_local/api/faults/sqs`;
    await fetch(faults, { method: 'PUT', body: 'failing' });
    try {
      const triggering = locally('trigger', 'regular', '--retry-schedule', '--speed', '1');
      await expect.poll(() => triggering.printed.text, WAIT).toContain('not accepted');
      await isInterrupted(triggering);
    } finally {
      await fetch(faults, { method: 'DELETE' });
    }
  });

  it('console of a deployed stack leaves no process, no file and no port after Ctrl-C', async () => {
    const serving = payhooks('console', '--stack', 'payhooks-sandbox');
    await expect.poll(() => serving.printed.text, WAIT).toContain('until Ctrl-C');
    const url = /http:\S+/.exec(serving.printed.text)?.[0] ?? '';
    await isInterrupted(serving);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('doctor leaves no process and no file after Ctrl-C while an address does not answer', async () => {
    requestCount = 0;
    const looking = locally('doctor', '--url', new URL(shopUrl).origin);
    await expect.poll(() => requestCount, WAIT).toBeGreaterThan(0);
    await isInterrupted(looking);
  });

  it('audit leaves no process and no file after Ctrl-C while standard input is open', async () => {
    const auditing = locally('audit', '-');
    await new Promise((done) => auditing.child.once('spawn', done));
    await isInterrupted(auditing);
  });

  it('npm start leaves no process, no file and no port when npm alone gets SIGTERM', async () => {
    const started = npm('start', '--', '--port', '0', '--json');
    await expect.poll(() => urlIn(started), WAIT).not.toBe('');
    await isStopped(started, 'SIGTERM to npm alone');
  });

  it('npm start leaves no process, no file and no port after Ctrl-C', () => isStopped(stack, 'Ctrl-C'));
});
