/** A dead letter in words: what it is about, its payment or account, and why it is a dead letter or parked. */
import type { DeadLetter } from '../../cli/dlq/dead-letters.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { DeadLettersView } from '../contract.ts';
import { eventTitle, idOf, providerTitle, words } from '../page/text.ts';

type Letter = Pick<DeadLetter, 'envelope'>;

/** What a dead letter is about, as far as its envelope says: a message that is not ours may contain anything. */
function letterTitle({ envelope: { kind, effect, provider } }: Letter): string {
  const of = typeof provider === 'string' ? ` of ${providerTitle(provider)}` : '';
  if (typeof effect === 'string') return `Event: ${eventTitle(effect.split('#').at(-1) ?? effect)}`;
  if (kind === 'notification') return `Notification${of}`;
  if (kind === 'confirmation') return `Answer${of} to a poll`;
  if (kind === 'reevaluate') return 'Rederive a payment';
  return 'Not a message of Payhooks';
}

/** Its payment, or its account. Undefined when the envelope names neither. */
function letterOf({ envelope: { payment, account } }: Letter): string | undefined {
  if (typeof payment === 'string') return `payment ${idOf(payment)}`;
  return typeof account === 'string' ? `account ${account}` : undefined;
}

/** Why a worker parked a message, or SQS moved it to the dead-letter queue. */
const REASONS: Readonly<Record<string, string>> = {
  'received too often': 'It failed at each attempt',
  unreadable_message: 'It cannot be read: another software wrote it',
  unknown_account: 'Its account is not in the configuration',
  seal_altered: 'It was changed on its way',
  digest_differs: 'It was changed on its way',
  unknown_effect: 'The event that it names does not exist',
  quarantine_full: 'The quarantine of its account is full',
  not_signed: 'The provider has not signed it',
  answer_not_stored: 'It contains an answer to a question, and intake stored no equal answer',
  unproven_answer: 'It contains an API answer about which the polling function wrote no row',
};

const reasonText = (reason: string): string => REASONS[reason] ?? words(reason);

export const letterShown = (letter: DeadLetter): DeadLettersView['letters'][number] => ({
  ...letter,
  envelope: { ...letter.envelope },
  title: letterTitle(letter),
  ...defined({ of: letterOf(letter) }),
  why: reasonText(letter.reason),
});
