/**
 * The folder of `--data`: for this user only, and for one stack at a time. Two would receive each other's messages and
 * overwrite each other's rows.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another stack uses the folder; the message says which. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

const LOCK = 'lock.sqlite';
const OWNER = 'owner.json';
const SQLITE_BUSY = 5;

/**
 * Takes the folder until `release` is called or this process ends, whichever way: the lock is the operating system's,
 * held through SQLite, so there is no stale one. @throws FolderInUseError
 */
export function claimFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of [LOCK, OWNER]) privateFile(join(folder, name));
  const lock = new DatabaseSync(join(folder, LOCK), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { readonly errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new FolderInUseError(
      `--data ${folder} is in use by another local stack${ownerOf(folder)}. Stop that one, or name another folder.`,
    );
  }
  writeFileSync(join(folder, OWNER), JSON.stringify({ pid: process.pid }));
  return { release: () => lock.close() };
}

function ownerOf(folder: string): string {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, OWNER), 'utf8')) as { readonly pid: number };
    return ` (process ${pid})`;
  } catch {
    // It has taken the lock and not said yet who it is.
    return '';
  }
}

/** What SQLite keeps beside a database; it gives new ones the database's mode. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/** Made when it is not there; readable by this user only, also when an older version made it otherwise. */
export function privateFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600));
  for (const file of COMPANIONS.map((end) => path + end)) if (existsSync(file)) chmodSync(file, 0o600);
  return path;
}
