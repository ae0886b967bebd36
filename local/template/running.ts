/** How the command line finds a running `npm start`: a file of its own beside the demo credentials, gone when it stops. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../infra/config.ts';
import type { SigningIdentity } from '../aws/signing-identity.ts';
import type { Credentials } from './credentials.ts';

export interface RunningStack {
  readonly pid: number;
  readonly baseUrl: string;
  /** Where its AWS services answer. */
  readonly awsEndpoint: string;
  /** What requests to them must be signed with. The file is for this user only. */
  readonly awsCredentials: SigningIdentity;
  /** The private keys of the demo's own "Trustly", by account; those of a file are not among them. */
  readonly demoKeys?: Readonly<Record<string, string>>;
  /** Where its data is kept; absent: in memory. */
  readonly dataDir?: string;
  /** No secret is part of a configuration. */
  readonly config: Config;
  readonly startedAt: string;
}

const fileOf = (pid: number): string => `running-${pid}.json`;
const isFile = (name: string): boolean => /^running-[0-9]+\.json$/.test(name);

/** Of the credentials that the local stack generated for itself. */
export const demoKeysOf = (credentials: Credentials): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(credentials).flatMap(([name, { demo }]) =>
      demo === undefined ? [] : [[name, demo.trustlyPrivateKey]],
    ),
  );

export function announceRunning(folder: string, running: RunningStack): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What was killed left its file.
  for (const other of announced(folder)) if (!isAlive(other)) forgetRunning(folder, other.pid);
  writeFileSync(join(folder, fileOf(running.pid)), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
}

export function forgetRunning(folder: string, pid: number): void {
  rmSync(join(folder, fileOf(pid)), { force: true });
}

/**
 * Every start that is alive, the newest first. Else the one that was killed last and left its file (see `isAlive`);
 * empty: there is none.
 */
export function readRunning(folder: string): readonly RunningStack[] {
  const newestFirst = announced(folder).sort((a, b) => (a.startedAt > b.startedAt ? -1 : 1));
  const alive = newestFirst.filter(isAlive);
  return alive.length > 0 ? alive : newestFirst.slice(0, 1);
}

/** By which a person tells local stacks apart. */
export const portOf = ({ baseUrl }: Pick<RunningStack, 'baseUrl'>): string => new URL(baseUrl).port;

function announced(folder: string): RunningStack[] {
  return filesOf(folder).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as RunningStack];
    } catch {
      // Gone between listing and reading, or half written: as good as not there.
      return [];
    }
  });
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isFile);
  } catch {
    // Nothing was ever started here.
    return [];
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
