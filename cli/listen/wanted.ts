/** Checks the arguments of `payhooks listen`. */

import { takes } from '../../local/target/events.ts';
import { whyNotForwardable } from '../../local/target/loopback.ts';
import { ANNOUNCED_TYPES, EVENT_TYPES } from '../../shared/payment/catalogue.ts';
import type { Flags } from '../flags.ts';
import { Problem } from '../problem.ts';

/** @throws Problem */
export function destinationOf(flags: Flags): string {
  const url = flags.text('forward-to');
  const why = url === undefined ? 'is missing' : whyNotForwardable(url);
  if (url !== undefined && why === undefined) return url;
  throw Problem.usage(
    `--forward-to ${url === undefined ? 'is missing.' : `${why}.`}`,
    'For example: payhooks listen --forward-to http://localhost:3000/hooks',
  );
}

/** Patterns of event types; undefined for every event. @throws Problem for one that matches no event */
export function patternsOf(flags: Flags): readonly string[] | undefined {
  const patterns = flags
    .text('events')
    ?.split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
  const known = Object.keys({ ...EVENT_TYPES, ...ANNOUNCED_TYPES });
  const stray = patterns?.find((pattern) => !known.some(takes([pattern])));
  if (stray === undefined) return patterns;
  throw Problem.usage(
    `--events "${stray}" matches no event type; allowed are ${known.join(', ')}.`,
    'For example: --events fulfil,revoke,payment.*',
  );
}
