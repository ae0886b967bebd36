/**
 * AWS refuses a signature whose time is more than five minutes off. A response contains AWS's time, so a wrong clock
 * costs one attempt, not every call.
 */

/** As in the SDK: with a smaller difference a signature is accepted. */
const TOLERATED_MS = 240_000;

export interface ServerTime {
  /** The present time, corrected by AWS's last response. */
  readonly now: () => Date;
  /** @returns whether the clock was so wrong that an earlier signature may have been refused for it */
  readonly learn: (dateHeader: string | undefined) => boolean;
}

/** @param clock returns milliseconds since 1970, by this computer's clock */
export function serverTime(clock: () => number): ServerTime {
  let offset = 0;
  return {
    now: () => new Date(clock() + offset),
    learn(dateHeader) {
      const serverTime = Date.parse(dateHeader ?? '');
      if (Number.isNaN(serverTime)) return false;
      const wrong = Math.abs(serverTime - clock() - offset) >= TOLERATED_MS;
      if (wrong) offset = serverTime - clock();
      return wrong;
    },
  };
}
