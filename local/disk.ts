/** Recognizes a full disk: every service of the local stack then fails with a message of its own. */
import { statfsSync } from 'node:fs';

/**
 * Node's codes; SQLite's message (queues, Dynoxide); the operating system's (an engine's output, the built-in engine).
 */
const FULL = /\bENOSPC\b|\bEDQUOT\b|database or disk is full|no space left on device|disk quota exceeded/i;

/** The error code of the local AWS endpoint when the disk is full; the command line recognizes it. */
export const DISK_FULL_CODE = 'LocalDiskFull';

export const DISK_FULL_SENTENCE =
  'The disk that holds the local stack’s data (--data) is full: nothing more is written, and notifications are answered 503.';
export const DISK_FULL_NEXT =
  'Free some space on it, or start with another folder; what was acknowledged is kept.';

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as NodeJS.ErrnoException;
  return `${code} ${error.message} ${error.cause === undefined ? '' : textOf(error.cause)}`;
};

/** Whether a full disk caused this failure: an error, or the text of an answer. */
export const isDiskFull = (error: unknown): boolean => FULL.test(textOf(error));

/** Less than the databases need for one more transaction each. */
const LITTLE_BYTES = 1024 * 1024;

/** Whether almost nothing can be written there; false if the operating system does not say. */
export function hasNoRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LITTLE_BYTES;
  } catch {
    // A missing folder is another problem, which other code reports.
    return false;
  }
}
