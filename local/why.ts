/** The reason for an answer, as one line for a developer. */
import type { LoggedRequest } from '../shared/app/http/request-log.ts';

/** What may be shown about a secret. */
export interface SecretState {
  /** When it was set, in milliseconds since 1970; undefined when it is unchanged since the start. */
  readonly setAt: number | undefined;
  readonly hasNext: boolean;
}

/** Refusals that concern the key; its age then shows whether somebody has just changed it. */
const ABOUT_KEYS = new Set(['wrong_signature', 'unknown_access_id']);

export const isAboutKeys = ({ reason = '' }: LoggedRequest): boolean => ABOUT_KEYS.has(reason);

export function whyText(explained: LoggedRequest, secret: SecretState | undefined, now: number): string {
  const { reason, sentence } = explained;
  const state = secret === undefined || !isAboutKeys(explained) ? undefined : stateOf(secret, now);
  return [[reason, sentence].filter((part) => part !== undefined).join(': '), state]
    .filter((part) => part !== undefined && part !== '')
    .join('; ');
}

const stateOf = ({ setAt, hasNext }: SecretState, now: number): string =>
  `secret set ${setAt === undefined ? 'before the start' : `${ago(now - setAt)} ago`}, second key ${hasNext ? 'set' : 'not set'}`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function ago(ms: number): string {
  const [unit, name] = ms < MINUTE ? [1_000, 's'] : ms < 2 * HOUR ? [MINUTE, 'min'] : [HOUR, 'h'];
  return `${Math.max(0, Math.floor(ms / unit))} ${name}`;
}
