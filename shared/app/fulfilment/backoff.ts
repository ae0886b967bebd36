/**
 * When a failed delivery is tried again, and when it is given up. The effect's row stores attempts and due time
 * (deliver.ts).
 */
import type { FailureClass } from './targets/target.ts';

const FIRST_BACKOFF_SECONDS = 30;
export const MAX_BACKOFF_SECONDS = 3_600;
/**
 * The pauses between this number of attempts add up to 49 hours. The row counts them, so further messages cause no
 * further attempts.
 */
export const MAX_DELIVERY_ATTEMPTS = 56;
/** The longest pause that a target may ask for with Retry-After. SQS can hide a message for at most twelve hours. */
export const MAX_RETRY_AFTER_SECONDS = 6 * 3_600;

/** Seconds to wait after the failure of this attempt (counted from 1): 30 s, doubling, at most an hour. */
export const backoffSeconds = (attempt: number): number =>
  Math.min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1));

/**
 * Seconds until the next attempt. Undefined: there is none. @param requested the pause that the target asked for, in
 * seconds
 */
export function secondsUntilNext(failure: FailureClass, attempt: number, requested = 0): number | undefined {
  if (failure === 'gone' || attempt >= MAX_DELIVERY_ATTEMPTS) return undefined;
  return Math.max(backoffSeconds(attempt), Math.min(requested, MAX_RETRY_AFTER_SECONDS));
}
