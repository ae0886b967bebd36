/** A number of the configuration whose refusal says its range and why. */
import * as v from 'valibot';

export const whole = (minimum: number, maximum: number, why: string) => {
  const allowed = `a whole number from ${minimum} to ${maximum} (${why})`;
  return v.pipe(
    v.number(allowed),
    v.integer(allowed),
    v.minValue(minimum, allowed),
    v.maxValue(maximum, allowed),
  );
};
