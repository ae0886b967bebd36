/**
 * The folder of `--data`: readable by this user only, and used by one stack at a time. Two stacks would receive each
 * other's messages and overwrite each other's rows.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDiskFull } from './disk.ts';

/** Another stack uses the folder; the message names it. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/** A file of the folder cannot be written: it belongs to another user, or to something else. */
export class FolderUnusableError extends Error {
  override readonly name = 'FolderUnusableError';
}

const LOCK = 'lock.sqlite';
const OWNER = 'owner.json';
const SQLITE_BUSY = 5;

/** The garbage collector closes a database that nothing refers to, and its lock would go with it. */
const claimed = new Set<DatabaseSync>();

/**
 * Locks the folder until `release` is called or this process ends in any way: SQLite holds a lock of the operating
 * system, so no lock is left behind. @throws FolderInUseError, FolderUnusableError
 */
export function claimFolder(folder: string): { release(): void } {
  const lock = openLock(folder);
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
  claimed.add(lock);
  const release = (): void => {
    claimed.delete(lock);
    lock.close();
  };
  return { release };
}

function openLock(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of [LOCK, OWNER]) privateFile(join(folder, name));
    return new DatabaseSync(join(folder, LOCK), { timeout: 0 });
  } catch (error) {
    if (isDiskFull(error)) throw error;
    const { code, path = folder } = error as NodeJS.ErrnoException;
    throw new FolderUnusableError(
      `--data ${folder} cannot be used: ${path} cannot be written (${code}). Start as the user that it belongs to, or name another folder.`,
      { cause: error },
    );
  }
}

function ownerOf(folder: string): string {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, OWNER), 'utf8')) as { readonly pid: number };
    return ` (process ${pid})`;
  } catch {
    // The other stack has taken the lock but not yet written its name.
    return '';
  }
}

/** Suffixes of the files that SQLite keeps beside a database; new ones get the database's mode. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/**
 * Makes the file if it does not exist, readable by this user only; also corrects the mode of an older version's file.
 */
export function privateFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600));
  for (const file of COMPANIONS.map((end) => path + end)) if (existsSync(file)) chmodSync(file, 0o600);
  return path;
}
