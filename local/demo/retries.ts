/**
 * When each provider repeats a notification whose answer it does not accept (docs/protocols/, "Delivery", "Response").
 */
import type { ProviderName } from '../../shared/providers/index.ts';

const times = (count: number, seconds: number): readonly number[] =>
  Array.from({ length: count }, () => seconds);

const MINUTE = 60;
const HOUR = 3_600;

/** Seconds before the second attempt, the third, and so on. */
export const RETRY_PAUSES: Readonly<Record<ProviderName, readonly number[]>> = {
  'trustly-americas': times(144, 5 * MINUTE),
  'trustly-europe': [15, 45, 15 * MINUTE, 45 * MINUTE, 90 * MINUTE, ...times(81, 3 * HOUR)],
  // No source says when the repetition ends; two days are longer than a person waits here.
  paymentwall: times(96, 30 * MINUTE),
};

export interface Attempt {
  readonly status: number;
  readonly ms: number;
  /** Why the provider does not accept the answer; undefined when it does. */
  readonly problem?: string | undefined;
}

/**
 * Sends until the provider accepts the answer, or its schedule ends.
 * @param pauses in seconds · pause waits this number of seconds, at any speed; false when the person has stopped it
 */
export async function sendByTheSchedule(
  pauses: readonly number[],
  send: () => Promise<Attempt>,
  pause: (seconds: number) => Promise<boolean>,
): Promise<readonly Attempt[]> {
  const attempts = [await send()];
  for (const seconds of pauses) {
    if (attempts.at(-1)?.problem === undefined || !(await pause(seconds))) break;
    attempts.push(await send());
  }
  return attempts;
}
