/** What a message shows without being opened, and the contexts that its sealed texts are bound to. */
import { readPaymentKey } from '../../payment/index.ts';

/** The readable fields of an envelope, without `sealed` and `splitToken`. */
export type ReadableFields = Readonly<Record<string, string | number>>;

/** An allow-list, so that a field that is added later is not shown by accident. */
const READABLE_FIELDS = [
  'version',
  'kind',
  'correlationId',
  'provider',
  'account',
  'receivedAt',
  'keyId',
  'variant',
  'digest',
  'quarantine',
  'payment',
  'effect',
  'also',
  'cause',
] as const;
/** Our own values are far shorter. A message that is not ours may contain anything. */
const MAX_FIELD_CHARS = 200;
/** A payment's key is part of its rows' partition key, which holds 2,048 bytes: no payment has a longer one. */
const MAX_PAYMENT_CHARS = 2_048;

/** The payment is the only name of the account in a message about an effect, so its key is shown in any length. */
const isShownText = (name: string, value: string): boolean =>
  value.length <= MAX_FIELD_CHARS ||
  (name === 'payment' && value.length <= MAX_PAYMENT_CHARS && readPaymentKey(value) !== undefined);

interface Named {
  readonly provider?: string;
  readonly account?: string;
}

/** The account that a message is about: its own fields, or its payment's. Empty: it names none. */
export function accountIn({ provider, account, payment }: ReadableFields): Named {
  const named = typeof payment === 'string' ? readPaymentKey(payment) : undefined;
  return {
    ...(named === undefined ? {} : { provider: named.provider, account: named.account }),
    ...(typeof provider === 'string' ? { provider } : {}),
    ...(typeof account === 'string' ? { account } : {}),
  };
}

/** Describes a message to an operator, in clear, even if it cannot be read otherwise. */
export function readableFieldsOf(body: string): ReadableFields {
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof fields !== 'object' || fields === null) return {};
  return Object.fromEntries(
    READABLE_FIELDS.flatMap((name) => {
      const value = (fields as Readonly<Record<string, unknown>>)[name];
      const isShown = typeof value === 'number' || (typeof value === 'string' && isShownText(name, value));
      return isShown ? [[name, value] as const] : [];
    }),
  );
}

/** The context that a sealed text is bound to (see seal.ts), so that it cannot be put in another's place. */
export const notificationContext = (provider: string, account: string, digest: string): string =>
  `notification/${provider}/${account}/${digest}`;
export const parkedContext = (queue: string, digest: string): string => `parked/${queue}/${digest}`;
