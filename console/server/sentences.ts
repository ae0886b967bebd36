/** Converts lines of the command line to sentences, without what the page already shows around them. */
import { effectState, notificationText } from '../../cli/moments.ts';
import type { Moment } from '../../shared/app/operator/views.ts';

type Shown<What> = Extract<Moment, { readonly what: What }>;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

export function notificationSentence(moment: Shown<'notification'>): string {
  const { keyId } = moment;
  const text = notificationText({ ...moment, caused: [] });
  return sentence(text.replace(`verified with ${keyId} (`, `verified with the ${keyId} key (`));
}

export function effectSentence(effect: Shown<'effect'>['effect']): string {
  const { state, attempts, redeliveries = 0 } = effect;
  const isUsual = state === 'delivered' && attempts <= 1 && redeliveries === 0;
  return isUsual ? 'Delivered at the first attempt.' : sentence(effectState(effect));
}
