import { describe, expect, it } from 'vitest';
import { serverTime } from '../../../shared/aws/json/clock-skew.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const header = (offsetMs: number) => new Date(NOW + offsetMs).toUTCString();

describe('the time that calls are signed with', () => {
  it('is the computer’s while AWS’s is less than four minutes off', () => {
    const time = serverTime(() => NOW);
    expect([0, 239_000, -239_000].map((offset) => time.learn(header(offset)))).toEqual([false, false, false]);
    expect(time.now().getTime()).toBe(NOW);
  });

  it.each([240_000, -240_000, 3_600_000])('is AWS’s from an answer on that is %i ms off', (offset) => {
    const time = serverTime(() => NOW);
    expect(time.learn(header(offset))).toBe(true);
    expect(time.now().getTime()).toBe(NOW + offset);
    // Learnt once: the next answer agrees, and the call is not made once more.
    expect(time.learn(header(offset))).toBe(false);
  });

  it('follows a clock that is set right again', () => {
    let now = NOW - 3_600_000;
    const time = serverTime(() => now);
    time.learn(header(0));
    now = NOW;
    expect(time.learn(header(0))).toBe(true);
    expect(time.now().getTime()).toBe(NOW);
  });

  it('is not changed by an answer without a date', () => {
    const time = serverTime(() => NOW);
    expect([undefined, '', 'yesterday'].map((date) => time.learn(date))).toEqual([false, false, false]);
    expect(time.now().getTime()).toBe(NOW);
  });
});
