/** Repeated writes: the failures that are retried, the number of attempts, and the result of the last attempt. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { jitteredPause, repeatUntilWritten, repeatWhileBusy } from '../../../shared/app/table/attempts.ts';

/** An attempt with the given results in order, and the pauses between the attempts. */
function attempts<T>(...results: readonly (T | Error)[]) {
  const left = [...results];
  const pauses: number[] = [];
  const attempt = async (): Promise<T> => {
    const [next] = left.splice(0, 1);
    if (next === undefined || next instanceof Error) throw next ?? new Error('one attempt too many');
    return next;
  };
  return { attempt, pauses, most: results.length, pause: async (number: number) => void pauses.push(number) };
}
const busy = (): Error => new StoreBusyError('busy');

describe('repeatUntilWritten', () => {
  it('repeatUntilWritten repeats an attempt after changed_meanwhile and while the store is busy', async () => {
    const made = attempts('changed_meanwhile', busy(), 'written');
    expect(await repeatUntilWritten(made.attempt, made)).toBe('written');
    expect(made.pauses).toEqual([1, 2]);
  });

  it('repeatUntilWritten gives up after the last attempt and its pause', async () => {
    const made = attempts(busy(), 'changed_meanwhile');
    expect(await repeatUntilWritten(made.attempt, made)).toBeUndefined();
    expect(made.pauses).toEqual([1, 2]);
  });

  it('repeatUntilWritten ends with a result that is false', async () => {
    const made = attempts<boolean | 'changed_meanwhile'>(false);
    expect(await repeatUntilWritten(made.attempt, made)).toBe(false);
  });

  it('repeatUntilWritten does not repeat an attempt after a failure other than a busy store', async () => {
    const made = attempts(new Error('table gone'), 'written');
    await expect(repeatUntilWritten(made.attempt, made)).rejects.toThrow('table gone');
    expect(made.pauses).toEqual([]);
  });
});

describe('repeatWhileBusy', () => {
  it('repeatWhileBusy repeats a write while the store is busy', async () => {
    const made = attempts(busy(), busy(), 'written');
    expect(await repeatWhileBusy(made.attempt, made)).toBe('written');
    expect(made.pauses).toEqual([1, 2]);
  });

  it('repeatWhileBusy fails with the error of the last attempt, without another pause', async () => {
    const last = busy();
    const made = attempts<string>(busy(), last);
    await expect(repeatWhileBusy(made.attempt, made)).rejects.toBe(last);
    expect(made.pauses).toEqual([1]);
  });

  it('repeatWhileBusy does not repeat a write after a failure other than a busy store', async () => {
    const made = attempts(new Error('table gone'), 'written');
    await expect(repeatWhileBusy(made.attempt, made)).rejects.toThrow('table gone');
  });
});

describe('jitteredPause', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each([
    [1, 20],
    [2, 40],
    [5, 320],
    [6, 500],
    [12, 500],
  ])('jitteredPause after attempt %i is a random time of at most %i ms', async (attempt, most) => {
    vi.useFakeTimers();
    for (const chance of [0.5, 1]) {
      vi.spyOn(Math, 'random').mockReturnValue(chance);
      let isOver = false;
      void jitteredPause(attempt).then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(most * chance - 1);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(isOver).toBe(true);
    }
  });
});
