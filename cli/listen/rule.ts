/**
 * The temporary rule of `payhooks listen --stack`: which events it matches, and until when. The end is in the pattern
 * itself: events contain the time of their signature (or of their content), and the pattern names the next minutes
 * only. A rule that is not renewed stops matching, without any deployed function that switches it off.
 */

import { randomBytes } from 'node:crypto';
import { EVENT_SOURCE } from '../../infra/names.ts';
import { defined } from '../../shared/payment/defined.ts';

/** Part of "payhooks-sandbox-listen-1f2e3d4c", the name of the rule and of its queue. */
const NAME_PART = '-listen-';

export const listenPrefix = (bus: string): string => `${bus}${NAME_PART}`;
export const newListenName = (bus: string): string => `${listenPrefix(bus)}${randomBytes(4).toString('hex')}`;

interface Terms {
  /** Patterns of event types ("payment.*"); undefined for every event. */
  readonly events: readonly string[] | undefined;
  /** Whether the events of the bus are signed. */
  readonly signed: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface RuleTerms {
  readonly pattern: string;
  /** Milliseconds since 1970; from then on the pattern matches no new event. */
  readonly expiresAt: number;
  /** Number of the present block; the rule must be renewed when it changes. */
  readonly block: number;
}

/** A block is the period that one prefix of the time's text matches. */
interface Blocks {
  readonly lengthMs: number;
  prefixOf(block: number): string;
}

/** "1764425133" → "1764425": 1,000 seconds. */
const UNIX: Blocks = { lengthMs: 1_000_000, prefixOf: String };
/** "2026-11-29T14:05:33Z" → "2026-11-29T14:0": ten minutes. */
const ISO: Blocks = {
  lengthMs: 600_000,
  prefixOf: (block) => new Date(block * 600_000).toISOString().slice(0, 15),
};
/** This computer's clock may be some minutes ahead, so the block before also matches. */
const BEFORE = 1;
/** A rule that is not renewed ends with the last of its blocks. */
const LIFE_MS = 2_000_000;

export function ruleTerms({ events, signed, now }: Terms): RuleTerms {
  const { lengthMs, prefixOf } = signed ? UNIX : ISO;
  const block = Math.floor(now / lengthMs);
  const last = Math.floor((now + LIFE_MS) / lengthMs);
  const times = Array.from({ length: last - block + 1 + BEFORE }, (_, at) => ({
    prefix: prefixOf(block - BEFORE + at),
  }));
  const pattern = {
    source: [EVENT_SOURCE],
    ...defined({ 'detail-type': events?.map(typePattern) }),
    ...(signed ? { detail: { signature: { 'webhook-timestamp': times } } } : { time: times }),
  };
  return { pattern: JSON.stringify(pattern), expiresAt: (last + 1) * lengthMs, block };
}

const typePattern = (event: string) => (event.endsWith('*') ? { prefix: event.slice(0, -1) } : event);

const DESCRIPTION = 'payhooks listen: temporary, matches nothing after ';

export const ruleDescription = (expiresAt: number): string => DESCRIPTION + new Date(expiresAt).toISOString();

/** Milliseconds since 1970; undefined when it is no rule of `listen`, or has no expiry. */
export function expiryIn(description: string | undefined): number | undefined {
  if (description?.startsWith(DESCRIPTION) !== true) return undefined;
  const at = Date.parse(description.slice(DESCRIPTION.length));
  return Number.isNaN(at) ? undefined : at;
}
