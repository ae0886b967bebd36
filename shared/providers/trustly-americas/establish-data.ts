/**
 * The merchant's input for one attempt to pay, completed and signed. Everything that decides where money and
 * notifications go (ids, references, addresses, amount) comes from the configuration and the order, never from the
 * caller.
 */

import { canonical, compareDecimals, isDecimal } from '../../payment/money.ts';
import type { AmountTerm, Order } from '../../payment/types.ts';
import { type Attempt, EstablishError } from '../checkout.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import {
  type EstablishFields,
  type EstablishValue,
  isEmpty,
  isObject,
  requestSignature,
  SIGNED_FIELDS,
  signedText,
  valueAt,
  withoutEmpty,
} from './establish.ts';
import type { AmericasKeys } from './verify.ts';

/** Fields that checkout sets itself. A caller that sends one of them is refused. */
export const SET_BY_CHECKOUT = [
  ...['accessId', 'merchantId', 'merchantReference', 'requestSignature'],
  ...['returnUrl', 'cancelUrl', 'notificationUrl'],
] as const;

/** Fields that a caller may send. Another key is refused by name, so that a misspelt key is not silently ignored. */
export const SET_BY_CALLER = [
  ...['paymentType', 'customer', 'description', 'currency', 'amount', 'displayAmount', 'minimumBalance'],
  ...['timeZone', 'recurrence', 'verification', 'account', 'transactionId', 'authToken', 'metadata'],
  ...['address', 'kycType', 'env', 'allowedPaymentProviderTypes'],
] as const;

export const PAYMENT_TYPES = [
  ...['Instant', 'Deferred', 'Recurring', 'Disbursement', 'Verification', 'Retrieval'],
] as const;
const CURRENCIES = ['USD', 'CAD'] as const;

/** These characters are never encoded, so that no reader can take a part of the reference for something else. */
const REFERENCE = /^[A-Za-z0-9_.-]{1,64}$/;
/** Ten characters with two decimals (docs/protocols/trustly-americas-values.md#ids-and-amounts). */
const MAX_AMOUNT_CHARS = 10;
const MAX_TEXT_CHARS = 1_024;
const MAX_DEPTH = 4;

type CheckoutSettings = NonNullable<TrustlyAmericasAccount['checkout']>;

/** Trustly requires a different reference for each transaction, and an order may be tried several times. */
export function merchantReferenceOf(order: Order, suffix: string): string {
  if (!REFERENCE.test(order.reference)) {
    throw new EstablishError(
      'order.reference: allowed with establish: 1-64 letters, digits, "_", "." and "-" (Trustly signs it unescaped)',
    );
  }
  return `${order.reference}-${suffix}`;
}

/**
 * Checks the merchant's input, completes it and signs it with the account's current key.
 * @throws EstablishError
 */
export function establishData(
  input: unknown,
  { order, attempt }: { readonly order: Order; readonly attempt: Attempt },
  settings: CheckoutSettings,
  keys: AmericasKeys,
): EstablishFields {
  const given = fieldsOf(input);
  refuseForeign(given);
  refuseUnreadable(given, 'establish', 0);
  refuseUnsignable(given);
  const [key] = keys;
  const term = termOf(given, order);
  const data = withoutEmpty({
    ...given,
    currency: term.currency,
    amount: amountOf(given, term),
    accessId: key.accessId,
    merchantId: settings.merchantId,
    ...attempt,
  });
  requireFields(data, settings);
  refuseLeaks(data);
  refuseAmbiguity(data);
  return { ...data, requestSignature: requestSignature(data, key.accessKey, settings.signature) };
}

function fieldsOf(input: unknown): EstablishFields {
  if (isObject(input as EstablishValue)) return input as EstablishFields;
  throw new EstablishError(`establish: allowed: an object with ${SET_BY_CALLER.join(', ')}`);
}

function refuseForeign(given: EstablishFields): void {
  for (const name of Object.keys(given)) {
    if (SET_BY_CHECKOUT.some((ours) => ours === name)) {
      throw new EstablishError(`establish.${name}: is set by checkout, so leave it out`);
    }
    if (!SET_BY_CALLER.some((yours) => yours === name)) {
      throw new EstablishError(`establish.${name}: no such key; only ${SET_BY_CALLER.join(', ')}`);
    }
  }
}

/** Refuses texts that a signature or JSON cannot contain. The value is never shown, because it may be personal. */
function refuseUnreadable(value: EstablishValue, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new EstablishError(`${path}: is nested too deeply`);
  if (Array.isArray(value)) {
    if (!value.every((item) => typeof item === 'string')) {
      throw new EstablishError(`${path}: allowed: a list of texts`);
    }
    for (const item of value) refuseUnreadable(item, path, depth);
    return;
  }
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (name.includes('.')) throw new EstablishError(`${path}: a name with "." in it; nest it instead`);
      refuseUnreadable(inner, `${path}.${name}`, depth + 1);
    }
    return;
  }
  if (typeof value !== 'string') return;
  if (value.length > MAX_TEXT_CHARS || !value.isWellFormed() || /\p{Cc}/u.test(value)) {
    throw new EstablishError(`${path}: allowed: at most ${MAX_TEXT_CHARS} printable characters`);
  }
}

const GROUPS = new Set(SIGNED_FIELDS.flatMap((name) => parentsOf(name)));
/** Texts in Trustly's schema: as numbers they would lose decimals or digits. */
const TEXT_ONLY = ['displayAmount', 'transactionId'];

function parentsOf(name: string): string[] {
  const names = name.split('.');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'));
}

/**
 * Refuses a list or an object in a signed field, which has no unique text, and a text in the place of nested fields,
 * which would hide them.
 */
function refuseUnsignable(given: EstablishFields): void {
  for (const group of GROUPS) {
    const value = valueAt(given, group);
    if (value !== undefined && value !== null && !isObject(value))
      throw new EstablishError(`establish.${group}: allowed: an object`);
  }
  for (const name of SIGNED_FIELDS) {
    const value = valueAt(given, name);
    if (typeof value === 'object' && value !== null)
      throw new EstablishError(`establish.${name}: allowed: a text, a number or a boolean`);
    if (typeof value === 'number' && TEXT_ONLY.includes(name))
      throw new EstablishError(`establish.${name}: allowed: a text, such as "902.50"`);
  }
}

/** The order's term in the currency of this attempt. */
function termOf(given: EstablishFields, order: Order): AmountTerm {
  const [first, ...others] = order.amounts;
  const wanted = given.currency ?? (others.length === 0 ? first?.currency : undefined);
  const currency = CURRENCIES.find((known) => known === wanted);
  if (currency === undefined) {
    throw new EstablishError(`establish.currency: allowed: ${CURRENCIES.join(', ')}`);
  }
  const term = order.amounts.find((each) => each.currency === currency);
  if (term !== undefined) return term;
  throw new EstablishError(`establish.currency: ${currency} is none of the order's currencies`);
}

/** The amount of the attempt. Absent: the order's amount. Zero sets no limit; any other amount must fit the order. */
function amountOf(given: EstablishFields, term: AmountTerm): string {
  const expected = 'open' in term ? '0.00' : 'exact' in term ? term.exact : term.max;
  const amount = given.amount ?? expected;
  if (typeof amount !== 'string' || !isDecimal(amount) || amount.startsWith('-')) {
    throw new EstablishError('establish.amount: allowed: a decimal text, such as "902.50"');
  }
  const text = canonical(amount);
  if (text.length > MAX_AMOUNT_CHARS || !/\.\d\d$/.test(text)) {
    throw new EstablishError('establish.amount: allowed: two decimals, at most 10 characters');
  }
  const fits =
    compareDecimals(text, '0') === 0 ||
    'open' in term ||
    ('exact' in term
      ? compareDecimals(text, term.exact) === 0
      : compareDecimals(text, term.min) >= 0 && compareDecimals(text, term.max) <= 0);
  if (!fits) throw new EstablishError('establish.amount: differs from what the order expects');
  return text;
}

function requireFields(data: EstablishFields, { required }: CheckoutSettings): void {
  if (!PAYMENT_TYPES.some((known) => known === data.paymentType)) {
    throw new EstablishError(`establish.paymentType: allowed: ${PAYMENT_TYPES.join(', ')}`);
  }
  const missing = (path: string, why: string) => {
    if (isEmpty(valueAt(data, path))) throw new EstablishError(`establish.${path}: is required ${why}`);
  };
  if (isEmpty(valueAt(data, 'customer.customerId'))) {
    missing('customer.name', 'unless customer.customerId names a customer that Trustly knows');
  }
  if (data.paymentType === 'Recurring') missing('recurrence', 'with paymentType "Recurring"');
  if (data.paymentType === 'Verification') {
    if (isEmpty(data.transactionId)) missing('account', 'with paymentType "Verification" of a new account');
    else if (data.authToken !== 'new') {
      throw new EstablishError('establish.authToken: allowed: "new" when an authorization is refreshed');
    }
  }
  for (const path of required) missing(path, "by this account's configuration");
}

/** Groups that may contain personal data. */
const PERSONAL = ['customer', 'account', 'address'];
const PERSONAL_FIELDS = [
  ...['customer.name', 'customer.email', 'customer.phone', 'customer.taxId', 'customer.dateOfBirth'],
  ...['customer.driverLicense.number', 'customer.address.address1'],
  ...['account.nameOnAccount', 'account.accountNumber'],
];
const NAMES = ['customer.name', 'account.nameOnAccount'];
const E_MAIL = /[^\s@]+@[^\s@]+\.[^\s@]+/;
const TAX_ID = /\b\d{3}-\d{2}-\d{4}\b/;
/** Shorter texts occur anywhere by chance. */
const MIN_TELLING_CHARS = 4;

/** Trustly's checklist: personal data only in `customer`, never in the description. */
function refuseLeaks(data: EstablishFields): void {
  const personal = PERSONAL_FIELDS.flatMap((path) => {
    const value = valueAt(data, path);
    if (typeof value !== 'string' || value.length < MIN_TELLING_CHARS) return [];
    // A shopper called Rose may buy roses: one word of a name does not identify a person.
    return NAMES.includes(path) && !/\S\s+\S/.test(value) ? [] : [[path, value] as const];
  });
  for (const [path, text] of texts(data)) {
    if (PERSONAL.includes(path.split('.')[0] ?? '') || path.endsWith('Url')) continue;
    if (E_MAIL.test(text) || TAX_ID.test(text)) {
      throw new EstablishError(
        `establish.${path}: holds what looks like personal data; that belongs in customer`,
      );
    }
    const found = personal.find(([, value]) => holds(text, value));
    if (found !== undefined) {
      throw new EstablishError(
        `establish.${path}: repeats ${found[0]}; personal data belongs in customer only`,
      );
    }
  }
}

/** Whether the text contains the value as separate words: a suffix or an id may contain any digits by chance. */
function holds(text: string, value: string): boolean {
  const [lower, wanted] = [text.toLowerCase(), value.toLowerCase()];
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const around = `${lower.slice(0, at).at(-1) ?? ''}${lower.charAt(at + wanted.length)}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}

function texts(value: EstablishValue, path = ''): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.map((text: string) => [path, text] as const);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    texts(inner, path === '' ? name : `${path}.${name}`),
  );
}

/**
 * Refuses values that make the signed text ambiguous, because it has no escapes: a shopper named "J&transactionId=1"
 * would get a signature that also fits another transactionId. The same key signs redirects and events, so "J&status=2"
 * would make one of those. A value with "&" passes if no "=" follows it.
 */
function refuseAmbiguity(data: EstablishFields): void {
  const text = signedText(data);
  const listed = SIGNED_FIELDS.filter((name) => !isEmpty(valueAt(data, name))).length;
  if (text.split('&').filter((part) => part.includes('=')).length !== listed) {
    throw new EstablishError(
      'establish: a value holds "&" and "=" after it, which would read as another field',
    );
  }
}
