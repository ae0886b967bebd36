/** Retries of a failed delivery: the pauses, the pause that a target requests, and the last attempt. */
import { describe, expect, it } from 'vitest';
import {
  backoffSeconds,
  MAX_DELIVERY_ATTEMPTS,
  MAX_RETRY_AFTER_SECONDS,
  secondsUntilNext,
} from '../../../shared/app/fulfilment/backoff.ts';

describe('the pause after a failed delivery', () => {
  it('the pause after a failed delivery is 30 seconds, doubles each time, and is at most 3,600 seconds', () => {
    const pauses = [1, 2, 3, 7, 8, 9, 55].map((attempt) => secondsUntilNext('unavailable', attempt));
    expect(pauses).toEqual([30, 60, 120, 1_920, 3_600, 3_600, 3_600]);
    expect(backoffSeconds(MAX_DELIVERY_ATTEMPTS)).toBe(3_600);
  });

  it('a failed delivery is retried for more than 48 hours after unavailable or rejected, then given up', () => {
    for (const failure of ['unavailable', 'rejected'] as const) {
      const last = MAX_DELIVERY_ATTEMPTS - 1;
      const pauses = Array.from({ length: last }, (_, n) => secondsUntilNext(failure, n + 1) ?? Number.NaN);
      expect(pauses.reduce((sum, seconds) => sum + seconds)).toBeGreaterThan(48 * 3_600);
      expect(secondsUntilNext(failure, MAX_DELIVERY_ATTEMPTS)).toBeUndefined();
      expect(secondsUntilNext(failure, MAX_DELIVERY_ATTEMPTS + 1)).toBeUndefined();
    }
  });

  it('a delivery is given up at once when the endpoint answers 410', () => {
    expect(secondsUntilNext('gone', 1, 60)).toBeUndefined();
  });

  it('Retry-After makes the pause after a failed delivery longer, up to 21,600 seconds, and never shorter', () => {
    expect(MAX_RETRY_AFTER_SECONDS).toBe(21_600);
    const requested = [0, 29, 31, 21_600, 21_601, Number.MAX_SAFE_INTEGER];
    expect(requested.map((seconds) => secondsUntilNext('unavailable', 1, seconds))).toEqual([
      ...[30, 30, 31, 21_600, 21_600, 21_600],
    ]);
  });
});
