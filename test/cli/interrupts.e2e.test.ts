/**
 * Whatever is interrupted leaves no process, no port and no temporary file. Each command runs in a process group and with
 * a folder for temporary files of its own, so that what is left of it can be found. Windows has no process groups and no
 * signals: skipped there, and said.
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
/** A signing key of the shop, for `accept`. */
const SECRET = 'PAYHOOKS_INTERRUPTED_SECRET';
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const isPosix = process.platform !== 'win32';

interface Begun {
  readonly child: ChildProcess;
  readonly temporary: string;
  /** What it said up to now. */
  readonly said: { text: string };
}

function begin(command: string, words: readonly string[]): Begun {
  const temporary = mkdtempSync(join(tmpdir(), 'payhooks-interrupt-'));
  const child = spawn(command, words, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm's own cache of compiled code is npm's.
    env: { ...process.env, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', [SECRET]: secret },
  });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said.text += chunk.toString();
    });
  }
  return { child, temporary, said };
}

const npm = (...words: string[]): Begun => begin('npm', words);
const payhooks = (...words: string[]): Begun =>
  begin(process.execPath, ['bin/payhooks.mjs', ...words, '--local', port]);

/** Whether any process of its group is left. */
function isGroupAlive({ child }: Begun): boolean {
  try {
    process.kill(-(child.pid ?? 0), 0);
    return true;
  } catch {
    return false;
  }
}

async function isGone(begun: Begun): Promise<void> {
  await vi.waitFor(() => expect(isGroupAlive(begun), begun.said.text).toBe(false), WAIT);
  expect(readdirSync(begun.temporary)).toEqual([]);
  rmSync(begun.temporary, { recursive: true });
}

/** It still runs, is interrupted, and ends. */
async function isInterrupted(begun: Begun): Promise<void> {
  expect(begun.child.exitCode, begun.said.text).toBeNull();
  TO['Ctrl-C'](begun);
  await isGone(begun);
}

/** Ctrl-C goes to the whole group, a supervisor's signal to the first process alone. */
const TO = {
  'Ctrl-C': ({ child }: Begun) => process.kill(-(child.pid ?? 0), 'SIGINT'),
  'SIGTERM to npm alone': ({ child }: Begun) => process.kill(child.pid ?? 0, 'SIGTERM'),
} as const;
const WAYS = Object.entries(TO);

const urlIn = ({ said }: Begun): string => /"baseUrl":"([^"]+)"/.exec(said.text)?.[1] ?? '';

/** Files of starts at this address, also of one that is dead: `readRunning` leaves those out. */
const runningFiles = (url: string): readonly string[] =>
  readdirSync(credentialsFolder).filter(
    (name) => name.startsWith('running-') && textOf(name).includes(`"${url}"`),
  );

/** Empty: another stack has just removed it. */
function textOf(name: string): string {
  try {
    return readFileSync(join(credentialsFolder, name), 'utf8');
  } catch {
    return '';
  }
}

/** The stack that the commands talk to, and a shop that never answers. */
let stack: Begun;
let port = '';
let shop: Server;
let shopUrl = '';
let asked = 0;
beforeAll(async () => {
  if (!isPosix) return;
  shop = createServer(() => {
    asked += 1;
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
  TO['Ctrl-C'](stack);
  await isGone(stack);
});

describe.skipIf(!isPosix)('an interrupted', () => {
  it.each(WAYS)('npm start leaves nothing behind: %s', async (_, interrupt) => {
    const started = npm('start', '--', '--port', '0', '--json');
    await expect.poll(() => urlIn(started), WAIT).not.toBe('');
    const url = urlIn(started);
    await expect.poll(() => runningFiles(url), WAIT).toHaveLength(1);
    interrupt(started);
    await isGone(started);
    await expect(fetch(url)).rejects.toThrow();
    expect(runningFiles(url)).toEqual([]);
  });

  it.each(WAYS)('demo leaves nothing behind while its stack starts: %s', async (_, interrupt) => {
    const demo = npm('run', 'demo');
    await expect.poll(() => demo.said.text, WAIT).toContain('starting the stack');
    interrupt(demo);
    await isGone(demo);
  });

  it('demo leaves nothing behind in the middle of a story', async () => {
    const demo = npm('run', 'demo');
    await expect.poll(() => demo.said.text, WAIT).toContain('· trustly-americas');
    TO['Ctrl-C'](demo);
    await isGone(demo);
  });

  it('listen leaves nothing behind, and events go to the demo shop again', async () => {
    const listening = payhooks('listen', '--forward-to', shopUrl);
    await expect.poll(() => listening.said.text, WAIT).toContain('until Ctrl-C');
    TO['Ctrl-C'](listening);
    await isGone(listening);
    expect(listening.said.text).toContain('Events go to the demo shop again.');
  });

  it('accept leaves nothing behind while the shop is silent', async () => {
    asked = 0;
    const accepting = payhooks('accept', '--shop', shopUrl, '--secret-variable', SECRET);
    await expect.poll(() => asked, WAIT).toBeGreaterThan(0);
    await isInterrupted(accepting);
  });

  it('certify leaves nothing behind between two items', async () => {
    const certifying = payhooks('certify');
    await expect.poll(() => certifying.said.text, WAIT).toContain('A1');
    await isInterrupted(certifying);
  });

  it('trigger leaves nothing behind between two tries', async () => {
    const faults = `http://127.0.0.1:${port}/_local/api/faults/sqs`;
    await fetch(faults, { method: 'PUT', body: 'failing' });
    try {
      const triggering = payhooks('trigger', 'regular', '--retry-schedule', '--speed', '1');
      await expect.poll(() => triggering.said.text, WAIT).toContain('not taken');
      await isInterrupted(triggering);
    } finally {
      await fetch(faults, { method: 'DELETE' });
    }
  });
});
