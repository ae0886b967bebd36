/** A number of the configuration. A refusal names its range and the reason. */
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
