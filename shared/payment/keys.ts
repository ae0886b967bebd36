/**
 * Builds and parses the keys of payments and effects. They are built only here, so that a key has one form.
 */
import type { PaymentKey, ProviderName } from './types.ts';

export interface PaymentName {
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
}

/**
 * `<provider>:<account>:<id>`. An id may be any text: ":" and "#" (our separators) and "%" are percent-encoded in it;
 * every other character stays.
 */
export function paymentKey({ provider, account, id }: PaymentName): PaymentKey {
  const escaped = id.replace(
    /[%:#]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${provider}:${account}:${escaped}`;
}

/** The form of a provider folder's name. Whether the provider exists is checked where its account is looked up. */
const PROVIDER_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The reverse of `paymentKey`. Undefined: the text is not a payment key. */
export function readPaymentKey(text: string): PaymentName | undefined {
  const [provider = '', account = '', id = '', ...rest] = text.split(':');
  if (!PROVIDER_NAME.test(provider) || account === '' || id === '' || rest.length > 0) return undefined;
  return { provider, account, id: id.replace(/%(25|3A|23)/g, (code) => decodeURIComponent(code)) };
}

/** The reverse of `paymentKey`. @throws Error if the text is not a payment key */
export function parsePaymentKey(key: PaymentKey): PaymentName {
  const name = readPaymentKey(key);
  if (name === undefined) throw new Error('not a payment key: expected <provider>:<account>:<id>');
  return name;
}

/** `<payment key>#<name>`, the idempotency key for the merchant. */
export function effectId(payment: PaymentKey, name: string): string {
  return `${payment}#${name}`;
}

/**
 * The value of the header `webhook-id`. Standard Webhooks signs "<id>.<timestamp>.<body>" and allows no full stop in
 * the id. No id contains "%2E" itself, because `paymentKey` escapes "%", so two ids never become one.
 */
export const webhookIdOf = (id: string): string => id.replaceAll('.', '%2E');

/** An order that names no provider, or no account, may be paid on any. */
export const mayBePaidOn = (
  order: { readonly provider?: ProviderName; readonly account?: string },
  { provider, account }: Pick<PaymentName, 'provider' | 'account'>,
): boolean => (order.provider ?? provider) === provider && (order.account ?? account) === account;
