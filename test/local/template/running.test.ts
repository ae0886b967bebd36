/** The file of a running `npm start` is found, and a killed process is recognized. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  announceRunning,
  demoKeysOf,
  forgetRunning,
  isAlive,
  portOf,
  type RunningStack,
  readRunning,
} from '../../../local/template/running.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'payhooks-running-')), 'kept');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

/** No process has this id: operating systems use lower ids. */
const GONE = 2 ** 30;
const stack = (pid: number, startedAt: string): RunningStack =>
  ({ pid, startedAt, baseUrl: `http://127.0.0.1:${startedAt.slice(-4)}` }) as RunningStack;
const pids = () => readRunning(folder).map(({ pid }) => pid);

it('readRunning lists the running stacks with the newest first, and is empty when none was started', () => {
  expect(readRunning(folder)).toEqual([]);
  announceRunning(folder, stack(process.pid, '2026-01-01T00:00:00.8787'));
  announceRunning(folder, stack(process.ppid, '2026-01-02T00:00:00.8788'));
  expect(pids()).toEqual([process.ppid, process.pid]);
  expect(readRunning(folder).map(portOf)).toEqual(['8788', '8787']);
  forgetRunning(folder, process.ppid);
  expect(pids()).toEqual([process.pid]);
});

it('only the present user can read the file of a running stack', () => {
  announceRunning(folder, stack(process.pid, '2026-01-01'));
  expect(statSync(join(folder, `running-${process.pid}.json`)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

it('the last killed stack is listed while no stack runs, and its file is removed at the next start', () => {
  for (const [pid, at] of [GONE, GONE + 1].entries())
    announceRunning(folder, stack(at, `2026-01-0${pid + 1}`));
  expect(pids()).toEqual([GONE + 1]);
  expect(readRunning(folder).map(isAlive)).toEqual([false]);
  announceRunning(folder, stack(process.pid, '2026-01-01'));
  expect(readdirSync(folder)).toEqual([`running-${process.pid}.json`]);
});

it('readRunning ignores a half-written file and a file of another name', () => {
  announceRunning(folder, stack(process.pid, '2026-01-01'));
  writeFileSync(join(folder, 'running-1.json'), '{"pid":');
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(stack(1, '2026-01-02')));
  expect(pids()).toEqual([process.pid]);
});

it('a process of another user counts as alive', () => {
  expect(isAlive(stack(1, ''))).toBe(true);
});

it('a running stack announces only demo keys that were generated', () => {
  const demo = { trustlyPrivateKey: 'generated' };
  const given = { current: { privateKey: 'merchant' }, trustly: { current: 'public' } };
  expect(demoKeysOf({ 'trustly-europe/a': { demo }, 'trustly-europe/b': given })).toEqual({
    'trustly-europe/a': 'generated',
  });
});
