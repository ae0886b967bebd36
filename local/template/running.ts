/**
 * How the command line finds a running `npm start`: it writes a file of its own beside the demo credentials, and
 * removes it when it stops.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../infra/config.ts';
import type { SigningIdentity } from '../aws/signing-identity.ts';
import type { Credentials } from './credentials.ts';

export interface RunningStack {
  readonly pid: number;
  readonly baseUrl: string;
  /** Endpoint of its AWS services. */
  readonly awsEndpoint: string;
  /** The key for requests to that endpoint. Only this user can read the file. */
  readonly awsCredentials: SigningIdentity;
  /** The private keys of the demo's own "Trustly", by account; not those from a file. */
  readonly demoKeys?: Readonly<Record<string, string>>;
  /** The folder that keeps its data; absent: in memory. */
  readonly dataDir?: string;
  /** A configuration never contains a secret. */
  readonly config: Config;
  readonly startedAt: string;
}

const fileOf = (pid: number): string => `running-${pid}.json`;
const isFile = (name: string): boolean => /^running-[0-9]+\.json$/.test(name);

/** The keys of the credentials that the local stack generated itself. */
export const demoKeysOf = (credentials: Credentials): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(credentials).flatMap(([name, { demo }]) =>
      demo === undefined ? [] : [[name, demo.trustlyPrivateKey]],
    ),
  );

export function announceRunning(folder: string, running: RunningStack): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Removes the files of killed processes.
  for (const other of announced(folder)) if (!isAlive(other)) forgetRunning(folder, other.pid);
  writeFileSync(join(folder, fileOf(running.pid)), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
}

export function forgetRunning(folder: string, pid: number): void {
  rmSync(join(folder, fileOf(pid)), { force: true });
}

/**
 * Every running start, the newest first. If there is none: the last one that was killed and left its file (see
 * `isAlive`), or an empty list.
 */
export function readRunning(folder: string): readonly RunningStack[] {
  const newestFirst = announced(folder).sort((a, b) => (a.startedAt > b.startedAt ? -1 : 1));
  const alive = newestFirst.filter(isAlive);
  return alive.length > 0 ? alive : newestFirst.slice(0, 1);
}

/** The port, by which a person distinguishes local stacks. */
export const portOf = ({ baseUrl }: Pick<RunningStack, 'baseUrl'>): string => new URL(baseUrl).port;

function announced(folder: string): RunningStack[] {
  return filesOf(folder).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as RunningStack];
    } catch {
      // Removed between listing and reading, or half written: treated as missing.
      return [];
    }
  });
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isFile);
  } catch {
    // No stack was ever started here.
    return [];
  }
}

export function isAlive({ pid }: RunningStack): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
