/**
 * AWS refuses a signature whose time is more than five minutes off. An answer carries AWS's time, so a wrong clock
 * costs one attempt and not every call.
 */

/** As in the SDK: below it a signature is accepted, whatever the clock says. */
const TOLERATED_MS = 240_000;

export interface ServerTime {
  /** Now, as AWS last said it. */
  readonly now: () => Date;
  /** @returns whether the clock was so wrong that a signature made before may have been refused for it */
  readonly learn: (dateHeader: string | undefined) => boolean;
}

/** @param clock milliseconds since 1970, as this computer counts them */
export function serverTime(clock: () => number): ServerTime {
  let offset = 0;
  return {
    now: () => new Date(clock() + offset),
    learn(dateHeader) {
      const said = Date.parse(dateHeader ?? '');
      if (Number.isNaN(said)) return false;
      const wrong = Math.abs(said - clock() - offset) >= TOLERATED_MS;
      if (wrong) offset = said - clock();
      return wrong;
    },
  };
}
