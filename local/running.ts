/** How the command line finds a running `npm start`: a file beside the demo credentials, gone when it stops. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../infra/config.ts';

export interface RunningStack {
  readonly pid: number;
  readonly baseUrl: string;
  /** Where its AWS services answer. */
  readonly awsEndpoint: string;
  /** No secret is part of a configuration. */
  readonly config: Config;
  readonly startedAt: string;
}

const FILE_NAME = 'running.json';

/** The newest start wins: it is the one that a person has just seen. */
export function announceRunning(folder: string, running: RunningStack): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, FILE_NAME), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
}

/** Leaves the file of another, newer start alone. */
export function forgetRunning(folder: string, pid: number): void {
  if (readRunning(folder)?.pid === pid) rmSync(join(folder, FILE_NAME), { force: true });
}

/** Undefined: none was announced. A stack that was killed leaves its file; see `isAlive`. */
export function readRunning(folder: string): RunningStack | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, FILE_NAME), 'utf8')) as RunningStack;
  } catch {
    return undefined;
  }
}

export function isAlive({ pid }: RunningStack): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is a process too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
