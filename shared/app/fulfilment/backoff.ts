/** When a delivery that failed is tried again, and when it is given up. Held by the effect's row (deliver.ts). */
import type { FailureClass } from './targets/target.ts';

const FIRST_BACKOFF_SECONDS = 30;
export const MAX_BACKOFF_SECONDS = 3_600;
/** The pauses between so many attempts add up to 49 hours; the row keeps them, so more messages make no more attempts. */
export const MAX_DELIVERY_ATTEMPTS = 56;
/** What a target may ask for with Retry-After; SQS can put off for at most twelve hours. */
export const MAX_RETRY_AFTER_SECONDS = 6 * 3_600;

/** Seconds to wait after the failure of this attempt (from 1): 30 s, doubling, at most an hour. */
export const backoffSeconds = (attempt: number): number =>
  Math.min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1));

/** Seconds until the next attempt; undefined: there is none. @param asked what the target asked for, in seconds */
export function secondsUntilNext(failure: FailureClass, attempt: number, asked = 0): number | undefined {
  if (failure === 'gone' || attempt >= MAX_DELIVERY_ATTEMPTS) return undefined;
  return Math.max(backoffSeconds(attempt), Math.min(asked, MAX_RETRY_AFTER_SECONDS));
}
