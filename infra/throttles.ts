/** Requests per second that each kind of route takes; beyond them the gateway answers 429, and providers retry. */
import * as v from 'valibot';
import { wholeNumber } from '../shared/providers/config-fields.ts';
import { keys } from '../shared/providers/config-keys.ts';

export interface Throttle {
  /** Requests per second. */
  readonly rate: number;
  readonly burst: number;
}

/** API Gateway's own quotas per account and region. */
const MAX_RATE = 10_000;
const MAX_BURST = 5_000;

const throttle = (rate: number, burst: number) =>
  v.optional(
    keys({
      rate: v.optional(wholeNumber(1, MAX_RATE, 'requests a second of each route'), rate),
      burst: v.optional(wholeNumber(1, MAX_BURST, 'requests at once'), burst),
    }),
    {},
  );

/** The key `throttles` of the configuration. */
export const throttlesSchema = keys({
  intake: throttle(500, 1_000),
  /** The shared route of a provider; if every account has its own route, it only answers 404 to strangers. */
  strangers: throttle(20, 40),
  checkout: throttle(100, 200),
  /** Shoppers cause few requests; more of them are attempts to guess nonces. */
  redirects: throttle(100, 200),
});

export type Throttles = v.InferOutput<typeof throttlesSchema>;
