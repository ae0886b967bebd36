/** A notification and an event as sentences for a first-time reader. */
import { contentText, FAILURES, nextAttempt } from '../../cli/moments.ts';
import { time } from '../../cli/output.ts';
import type { Moment } from '../../shared/app/operator/views.ts';
import { CONFIRMATION } from '../../shared/app/platform/message-schema.ts';
import { sentence } from '../page/text.ts';

type Shown<What> = Extract<Moment, { readonly what: What }>;

const AS: Readonly<Record<Shown<'notification'>['as'], string>> = {
  applied: 'It counts for this payment.',
  conflict:
    'A conflicting duplicate, which does not count: another notification with the same id and other content came first.',
  copy: 'A copy of a notification that counts already: it changes nothing.',
  waiting: 'Kept, and it does not count yet: its message is still on the queue, or is a dead letter.',
};

export function notificationSentence({
  as,
  keyId,
  variant,
  outOfOrder,
  content,
}: Shown<'notification'>): string {
  return [
    AS[as],
    variant === CONFIRMATION
      ? 'It is what the provider answered to a poll.'
      : `Its signature fits the account’s ${keyId} key.`,
    ...(outOfOrder
      ? ['It came late: by the provider’s own times it is older than one that came before it.']
      : []),
    ...(content === undefined ? [] : [`${sentence(contentText(content))}.`]),
  ].join(' ');
}

export function effectSentence(effect: Shown<'effect'>['effect']): string {
  const { redeliveries = 0 } = effect;
  const again =
    redeliveries === 0
      ? ''
      : ` An operator had it sent again ${redeliveries === 1 ? 'once' : `${redeliveries} times`}.`;
  return `${deliverySentence(effect)}${again}`;
}

function deliverySentence(effect: Shown<'effect'>['effect']): string {
  const { state, attempts, lastFailure } = effect;
  const why =
    lastFailure === undefined ? '' : ` The last one failed: ${FAILURES[lastFailure] ?? lastFailure}.`;
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  switch (state) {
    case 'delivered':
      return attempts <= 1 ? 'Delivered at the first attempt.' : `Delivered after ${tries}.`;
    case 'failed':
      return `Given up after ${tries}.${why}`;
    case 'superseded':
      return 'Not sent: the payment had changed before it could be delivered, and a later event says so.';
    case 'delivering':
      return `Attempt ${attempts} is running.`;
    default: {
      if (attempts === 0) return 'It waits for its first delivery.';
      const next = nextAttempt(effect);
      return `Not delivered after ${tries}.${why} It is tried again ${next.isExact ? 'at' : 'at about'} ${time(next.at)} UTC.`;
    }
  }
}
