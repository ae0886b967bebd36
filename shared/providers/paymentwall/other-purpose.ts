/**
 * The project's Secret Key also signs calls of the widget, which shoppers see, and requests to the API: all pairs
 * sorted by name and joined without separators, like pingbacks of versions 2 and 3. A call of the widget contains texts
 * that a shopper chooses (name, e-mail address), and such a text may contain a whole pingback: with moved boundaries,
 * the signature of the call is the signature of that pingback.
 */
import type { Parameter } from './query.ts';
import type { Api, SignedText } from './signature.ts';

/** Every call of the widget has these names, and they are signed in this order. */
const WIDGET_NAMES = ['key=', 'uid=', 'widget='] as const;

/** Whether the parameters are a call of the widget, a request to the API, or too few for a pingback. */
export function hasOtherPurpose(parameters: readonly Parameter[], api: Api): boolean {
  const has = (...names: readonly string[]): boolean =>
    names.every((name) => parameters.some(({ root }) => root === name));
  if (!has('ref', 'type')) return true;
  const isBought = has(api === 'virtual_currency' ? 'currency' : 'goodsid');
  return has('key') && (has('widget') || !isBought);
}

/** Whether the signed text may be a call of the widget, whatever its parameters are taken for. */
export function mayBeWidgetCall({ text }: Pick<SignedText, 'text'>): boolean {
  let from = 0;
  return WIDGET_NAMES.every((name) => {
    const at = text.indexOf(name, from);
    from = at + name.length;
    return at >= 0;
  });
}

/** The project's public key is in everything that the project signs for Paymentwall, and in no pingback. */
export const namesProject = ({ text }: Pick<SignedText, 'text'>, projectKey: string | undefined): boolean =>
  projectKey !== undefined && text.includes(`key=${projectKey}`);
