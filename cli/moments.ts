/** One line about a notification, and about an event for the merchant: for the command line and the console. */
import { backoffSeconds } from '../shared/app/fulfilment/backoff.ts';
import type { Content } from '../shared/app/operator/kept-notifications.ts';
import type { Moment } from '../shared/app/operator/views.ts';
import { CONFIRMATION } from '../shared/app/platform/message-schema.ts';
import { count, time } from './output.ts';

type Shown<What> = Extract<Moment, { readonly what: What }>;

type ShownEffect = Shown<'effect'>['effect'];

export const effectText = (effect: ShownEffect): string => `${effectState(effect)}  ${effect.name}`;

/** The state of its delivery, and why it is not further. */
function effectState(effect: ShownEffect): string {
  const { state: how, attempts, redeliveries = 0 } = effect;
  const again =
    redeliveries > 0 ? `, sent again ${redeliveries === 1 ? 'once' : `${redeliveries} times`}` : '';
  // A delivery at the first attempt is usual, and needs no number.
  const tries = attempts > (how === 'delivered' ? 1 : 0) ? ` after ${count(attempts, 'attempt')}` : '';
  return `${how}${tries}${whyNot(effect)}${again}`;
}

/** Why the merchant has not got it, and when the next attempt is. */
function whyNot(effect: ShownEffect): string {
  const { state: how, attempts, lastFailure } = effect;
  const why =
    how === 'delivered' || lastFailure === undefined ? '' : `, last: ${FAILURES[lastFailure] ?? lastFailure}`;
  if (how !== 'queued' || attempts === 0) return why;
  const next = nextAttempt(effect);
  return `${why}, next ${next.isExact ? '' : 'about '}${time(next.at)}`;
}

export function nextAttempt({
  attempts,
  updatedAt,
  notBefore,
}: Pick<ShownEffect, 'attempts' | 'updatedAt' | 'notBefore'>): {
  readonly at: string;
  readonly isExact: boolean;
} {
  const usual = () => new Date(Date.parse(updatedAt) + backoffSeconds(attempts) * 1_000).toISOString();
  return { at: notBefore ?? usual(), isExact: notBefore !== undefined };
}

export const FAILURES: Readonly<Record<string, string>> = {
  unavailable: 'unavailable (no answer, throttled or 5xx)',
  rejected: 'rejected (4xx, or a redirect)',
  gone: 'gone (410)',
  in_progress: 'another attempt was still running',
};

const KEPT = {
  applied: 'applied',
  conflict: 'KEPT, NOT APPLIED (an earlier notification with this id has other content)',
  copy: 'a copy of an applied notification',
  waiting: 'kept, not applied yet (its message is on the queue or is a dead letter)',
} as const;

export function notificationText(moment: Shown<'notification'>): string {
  const { as, keyId, variant, caused, content, outOfOrder } = moment;
  const followed = caused.length > 0 ? `, caused ${caused.join(', ')}` : '';
  const says = content === undefined ? '' : `; ${contentText(content)}`;
  const proven =
    variant === CONFIRMATION
      ? 'the answer of the provider to a poll'
      : `verified with the ${keyId} key (${variant})`;
  const late = outOfOrder ? ', out of order (older than one that arrived before)' : '';
  return `${KEPT[as]}${late}, ${proven}${followed}${says}`;
}

export function contentText(content: Content): string {
  if (content === 'not_opened')
    return 'its content cannot be opened (the key is missing, or you may not read it)';
  if (content === 'not_parsed') return 'this version cannot read its content';
  const about = content.about === undefined ? '' : ` about ${content.about}`;
  const entries = content.entries.map(({ entry, codes, amounts }) =>
    [
      entry,
      ...(codes.length > 0 ? [`codes ${codes.join(', ')}`] : []),
      amounts.join(', ') || 'no amount',
    ].join(' '),
  );
  return `content${about}: ${entries.join('; ') || 'nothing about money'}`;
}
