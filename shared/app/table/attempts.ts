/** Repeats writes of rows that others write at the same time. */
import { StoreBusyError } from '../ports.ts';

export interface Attempts {
  /** The most attempts. */
  readonly most: number;
  /** Waits after a failed attempt of this number (from 1). Default: jitteredPause. */
  readonly pause?: (attempt: number) => Promise<void>;
}

/** A random time, so that concurrent writers separate: up to 20 ms, 40 ms… at most 500 ms. */
export const jitteredPause = (attempt: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(500, 10 * 2 ** attempt));
  });

/**
 * Repeats an attempt to read rows and write them. `changed_meanwhile`: somebody changed a row between the read and the
 * write, so nothing was written. After that, and while the store is busy, the attempt is repeated after a pause.
 * @returns undefined: nothing was written at any attempt
 */
export async function repeatUntilWritten<T>(
  attempt: () => Promise<T | 'changed_meanwhile'>,
  { most, pause = jitteredPause }: Attempts,
): Promise<T | undefined> {
  for (let number = 1; number <= most; number++) {
    try {
      const result = await attempt();
      if (result !== 'changed_meanwhile') return result;
    } catch (error) {
      if (!(error instanceof StoreBusyError)) throw error;
    }
    await pause(number);
  }
  return undefined;
}

/** Repeats a write while the store is busy. @throws StoreBusyError of the last attempt */
export async function repeatWhileBusy<T>(
  write: () => Promise<T>,
  { most, pause = jitteredPause }: Attempts,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreBusyError) || number >= most) throw error;
      await pause(number);
    }
  }
}
