/** The documented retry schedules (docs/protocols/), and a run of a schedule. */
import { describe, expect, it } from 'vitest';
import { type Attempt, RETRY_PAUSES, sendByTheSchedule } from '../../../local/demo/retries.ts';

const HOURS = 3_600;
const total = (pauses: readonly number[]) => pauses.reduce((sum, seconds) => sum + seconds, 0);

describe('the retry schedules of the providers', () => {
  it('the retry schedules are equal to the schedules of the protocol pages', () => {
    expect(total(RETRY_PAUSES['trustly-americas'])).toBe(12 * HOURS);
    expect(RETRY_PAUSES['trustly-europe']).toHaveLength(86);
    expect(total(RETRY_PAUSES['trustly-europe']) / 24 / HOURS).toBeCloseTo(10.2, 1);
    expect(new Set(RETRY_PAUSES.paymentwall)).toEqual(new Set([1_800]));
  });

  const run = async (taken: number, endedAfter = Number.POSITIVE_INFINITY) => {
    const paused: number[] = [];
    let sent = 0;
    const send = async (): Promise<Attempt> => {
      sent += 1;
      return sent < taken ? { status: 503, ms: 1, problem: 'expected 200' } : { status: 200, ms: 1 };
    };
    const pause = async (seconds: number) => paused.push(seconds) < endedAfter;
    const attempts = await sendByTheSchedule([1, 2, 3], send, pause);
    return { statuses: attempts.map(({ status }) => status), paused };
  };

  it('the retries end with the first answer that the provider accepts', async () => {
    expect(await run(1)).toEqual({ statuses: [200], paused: [] });
    expect(await run(3)).toEqual({ statuses: [503, 503, 200], paused: [1, 2] });
  });

  it('the retries end after the last attempt, or when the person stops the pause', async () => {
    expect(await run(9)).toEqual({ statuses: [503, 503, 503, 503], paused: [1, 2, 3] });
    expect(await run(9, 2)).toEqual({ statuses: [503, 503], paused: [1, 2] });
  });
});
