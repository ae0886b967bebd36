import { describe, expect, it } from 'vitest';
import { serverTime } from '../../../shared/aws/json/clock-skew.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const header = (offsetMs: number) => new Date(NOW + offsetMs).toUTCString();

describe('serverTime: the time that calls are signed with', () => {
  it('serverTime keeps the computer’s time while the time of AWS differs by less than 4 minutes', () => {
    const time = serverTime(() => NOW);
    expect([0, 239_000, -239_000].map((offset) => time.learn(header(offset)))).toEqual([false, false, false]);
    expect(time.now().getTime()).toBe(NOW);
  });

  it.each([240_000, -240_000, 3_600_000])(
    'serverTime takes the time of AWS once when an answer differs by %i ms',
    (offset) => {
      const time = serverTime(() => NOW);
      expect(time.learn(header(offset))).toBe(true);
      expect(time.now().getTime()).toBe(NOW + offset);
      // The time is taken once: the next answer agrees with it, so the call is not repeated.
      expect(time.learn(header(offset))).toBe(false);
    },
  );

  it('serverTime returns to the computer’s time when the computer’s clock is corrected', () => {
    let now = NOW - 3_600_000;
    const time = serverTime(() => now);
    time.learn(header(0));
    now = NOW;
    expect(time.learn(header(0))).toBe(true);
    expect(time.now().getTime()).toBe(NOW);
  });

  it('serverTime ignores an answer without a readable date', () => {
    const time = serverTime(() => NOW);
    expect([undefined, '', 'yesterday'].map((date) => time.learn(date))).toEqual([false, false, false]);
    expect(time.now().getTime()).toBe(NOW);
  });
});
