/** Schema and meaning of the parameters. What fails here is authentic but quarantined. */

import { hash } from 'node:crypto';
import { encodeBytes } from '../bytes.ts';
import type { PaymentwallAccount } from './account.ts';
import { hasOtherReading } from './ambiguity.ts';
import type { Grammar } from './grammar.ts';
import { hidesParameter } from './letters.ts';
import { mayBeWidgetCall } from './other-purpose.ts';
import { hasDuplicates, type Parameter, parseQuery } from './query.ts';
import {
  type Api,
  type SignatureVersion,
  type SignedText,
  signedTexts,
  VERSION_1_FIELDS,
  versionOf,
} from './signature.ts';

/**
 * Only what the signature covers is interpreted. Version 1 covers neither is_test nor reason nor any custom parameter:
 * there `reason` is only for people, and `test` takes the safe value.
 */
export interface PaymentwallNotification {
  readonly signatureVersion: SignatureVersion;
  /** "0", "201"; may be a type that we do not know. */
  readonly type: string;
  /** Paymentwall's transaction reference; opaque. */
  readonly ref: string;
  readonly uid: string;
  /** Empty for virtual currency, and for a Brick charge without a plan. */
  readonly goods: readonly string[];
  /** Virtual currency: number of coins as received, negative when they are taken back. */
  readonly coins?: string;
  /** length: "3", on negatives perhaps "-3"; period: day, week, month, year. */
  readonly subscription?: { readonly length?: string; readonly period?: string };
  readonly reason?: string;
  readonly reasonSigned: boolean;
  readonly test: boolean;
  readonly merchantRefundId?: string;
  /** In the currency that was paid, which the pingback does not name. */
  readonly refundAmount?: string;
  /** `ref` of the subscription's first payment, if the merchant has a custom parameter of this name. */
  readonly initialRef?: string;
  /** Value of the account's `orderParameter`. */
  readonly orderReference?: string;
  /** SHA-256 (hex) of the signed text; the same for every order of the parameters. */
  readonly signedDigest: string;
}

/** Authentic, but ambiguous or outside the schema. The message is the reason. */
export class QuarantinedError extends Error {
  override readonly name = 'QuarantinedError';
}

/**
 * docs/protocols/paymentwall-parameters.md#parameters. `ref` may be free text in the Test Tool, so its characters are
 * limited, not its prefix.
 */
const STRICT: Readonly<Record<string, RegExp>> = {
  type: /^(?:0|[1-9][0-9]{0,2})$/,
  ref: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  sign_version: /^[123]?$/,
  is_test: /^[01]$/,
  reason: /^[0-9]{0,3}$/,
  slength: /^(?:-?[0-9]{1,5})?$/,
  speriod: /^(?:day|week|month|year)?$/,
  currency: /^-?[0-9]{1,12}$/,
  merchant_refund_id: /^[A-Za-z0-9._-]{0,64}$/,
  refund_amount: /^(?:[0-9]{1,12}(?:\.[0-9]{1,6})?)?$/,
  initial_ref: /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/,
};

/** Documented: uid 64, goodsid 256; an e-mail address may be used as uid. */
const MAX_TEXT_LENGTH = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are refused
const CONTROL = /[\u0000-\u001f\u007f]/;

const COMMON = ['uid', 'type', 'ref', 'sign_version', 'is_test', 'reason'];
const OPTIONAL_CUSTOM = ['merchant_refund_id', 'refund_amount', 'initial_ref'];
const OF_API: Readonly<Record<Api, readonly string[]>> = {
  digital_goods: ['goodsid', 'slength', 'speriod'],
  virtual_currency: ['currency'],
  cart: ['goodsid'],
};

/** Paymentwall sends a reason and amounts only when something is taken back. */
const NEGATIVE_TYPES: ReadonlySet<string> = new Set(['2', '220']);
const NEGATIVE_ONLY: ReadonlySet<string> = new Set(['reason', 'merchant_refund_id', 'refund_amount']);
const GRANTING_TYPES: ReadonlySet<string> = new Set(['0', '1', '201']);
/** `t` and a time: the Test Payment Method (docs/protocols/paymentwall.md#test-payments). */
const TEST_REF = /^t[0-9]+$/;
const CART_INDEX = /^(?:0|[1-9][0-9]{0,3})$/;
const CART_NAME = /goodsid\[(?:0|[1-9][0-9]{0,3})\]$/;

/**
 * Reads a stored message again. @throws QuarantinedError for what `verify` quarantined, and for what was never accepted
 */
export function parse(message: string, account: PaymentwallAccount): PaymentwallNotification {
  const query = parseQuery(message);
  if (!query.ok) throw new QuarantinedError(query.reason);
  return readNotification(query.parameters, account);
}

/**
 * Interprets the parameters, whose signature has been verified. @throws QuarantinedError with a message of a closed set
 * @param verified the `signedTexts` of these parameters in their own version, if the caller has them
 */
export function readNotification(
  parameters: readonly Parameter[],
  account: PaymentwallAccount,
  verified?: readonly SignedText[],
): PaymentwallNotification {
  const { api } = account;
  // The message's own version, not the configured one, which may have changed since the verification.
  const version = versionOf(parameters, api)?.version;
  if (version === undefined) throw new QuarantinedError('unknown_version');
  if (hasDuplicates(parameters)) throw new QuarantinedError('duplicate_name');
  checkNames(parameters, account);
  const texts = verified ?? signedTexts(parameters, api, version);
  const grammar = grammarOf(account, version, parameters.find(({ name }) => name === 'type')?.value ?? '');
  if (texts.some((text) => hasOtherReading(text, grammar))) throw new QuarantinedError('ambiguous');
  if (version !== 1 && texts.some(mayBeWidgetCall)) throw new QuarantinedError('ambiguous');
  const signedDigest = hash('sha256', encodeBytes(texts[0]?.text ?? ''), 'hex');
  const read = fields(parameters, account, version);
  if (version !== 1) checkHidden(texts, account);
  return { ...read, signedDigest };
}

/** Cached per account: a configuration does not change while a function runs. */
const NAMES_OF = new WeakMap<PaymentwallAccount, KnownNames>();

/** With the strict form of each; undefined for a free text. */
type KnownNames = ReadonlyMap<string, RegExp | undefined>;

/** A name has a strict form only if it is known: `currency` of a goods account is a custom parameter, with any text. */
function knownNames(account: PaymentwallAccount): KnownNames {
  const made = NAMES_OF.get(account);
  if (made !== undefined) return made;
  const { api, orderParameter } = account;
  const names = [...COMMON, ...OF_API[api], ...OPTIONAL_CUSTOM, orderParameter];
  const known = new Map(names.map((name) => [name, Object.hasOwn(STRICT, name) ? STRICT[name] : undefined]));
  NAMES_OF.set(account, known);
  return known;
}

function grammarOf(account: PaymentwallAccount, version: SignatureVersion, type: string): Grammar {
  const known = knownNames(account);
  const decides = (name: string, value: string): boolean => {
    if (name === 'is_test') return !value.startsWith('0');
    if (NEGATIVE_ONLY.has(name)) return NEGATIVE_TYPES.has(type) && value !== '';
    // Which payment a renewal belongs to: a merchant may have a parameter called his_initial_ref.
    return name !== 'initial_ref' && (known.get(name) === undefined || value !== '');
  };
  // Free texts always count as fitting: an unnecessary doubt only quarantines, a missed reading would accept a forgery.
  const pattern = (name: string): RegExp | undefined => known.get(name);
  if (version === 1 && account.api !== 'cart') {
    const required = VERSION_1_FIELDS[account.api];
    return { names: new Set(required), required, pattern, decides };
  }
  const isCart = account.api === 'cart';
  const required = ['uid', 'type', 'ref', 'sign_version'];
  if (account.api === 'virtual_currency') required.push('currency');
  return { names: known, ...(isCart ? { indexedName: CART_NAME } : {}), required, pattern, decides };
}

/** Refuses a list in the place of a single value, and names that contain a known one. Other unknown names pass. */
function checkNames(parameters: readonly Parameter[], account: PaymentwallAccount): void {
  const known = knownNames(account);
  for (const { name, root, key } of parameters) {
    if (name.includes('=')) throw new QuarantinedError('malformed_name');
    if (key !== undefined && root === 'goodsid' && account.api === 'cart') {
      if (!CART_INDEX.test(key)) throw new QuarantinedError('malformed_goodsid');
    } else if (!known.has(name) && known.has(name.split('[')[0] ?? '')) {
      throw new QuarantinedError('nested_field');
    }
  }
}

function fields(
  parameters: readonly Parameter[],
  account: PaymentwallAccount,
  version: SignatureVersion,
): Omit<PaymentwallNotification, 'signedDigest'> {
  const { api } = account;
  const values = new Map(parameters.map(({ name, value }) => [name, value]));
  const known = knownNames(account);
  for (const [name, value] of values) {
    if (known.has(name)) checkValue(name, value, known.get(name));
  }

  const covers = coverage(api, version);
  const present = (name: string): string | undefined => values.get(name) || undefined;
  const signed = (name: string): string | undefined => (covers(name) ? present(name) : undefined);
  const required = (name: string): string => {
    const value = signed(name);
    if (value === undefined) throw new QuarantinedError(`missing_${name}`);
    return value;
  };
  const [type, ref, uid] = [required('type'), required('ref'), required('uid')];
  const goods = api === 'virtual_currency' ? [] : goodsOf(parameters, account);
  const orderReference = referenceOf(goods, account, signed);
  return {
    signatureVersion: version,
    type,
    ref,
    uid,
    goods,
    ...(api === 'virtual_currency' ? { coins: coinsOf(required('currency'), type) } : {}),
    ...(api === 'digital_goods' ? subscriptionOf(signed('slength'), signed('speriod')) : {}),
    ...given('reason', NEGATIVE_TYPES.has(type) ? present('reason') : undefined),
    reasonSigned: covers('reason'),
    test: present('is_test') === '1' || TEST_REF.test(ref),
    ...given('merchantRefundId', signed('merchant_refund_id')),
    ...given('refundAmount', signed('refund_amount')),
    ...given('initialRef', signed('initial_ref')),
    ...given('orderReference', orderReference),
  };
}

function checkValue(name: string, value: string, strict: RegExp | undefined): void {
  const isRight = strict === undefined ? isPlainText(value) : strict.test(value);
  if (isRight) return;
  // The third free text is the order parameter, whose configured name is not in the closed set of reasons.
  const isConfigured = strict === undefined && !['goodsid', 'uid'].includes(name);
  throw new QuarantinedError(`malformed_${isConfigured ? 'order_parameter' : name}`);
}

/**
 * Whether a free text (uid, goodsid, the order reference) is plain. The signed text does not delimit these, so one with
 * "=" inside may contain a parameter with an unknown name: `uid=bob` + `xtra=1` is signed like `uid=bobxtra=1`. At its
 * end, "=" may be padding (base64) or an empty parameter: `checkHidden`.
 */
const isPlainText = (value: string): boolean =>
  value.length <= MAX_TEXT_LENGTH &&
  value.isWellFormed() &&
  !CONTROL.test(value) &&
  !INNER_EQUALS.test(value);
const INNER_EQUALS = /=[^=]/;

/** Each text may be the signed one. Version 1 has no place for an unknown parameter. */
function checkHidden(texts: readonly SignedText[], account: PaymentwallAccount): void {
  const known = knownNames(account);
  const isKnown = ({ name, root }: Parameter): boolean => known.has(name) || known.has(root);
  for (const [reason, isFreeText] of [
    ['goodsid', ({ root }: Parameter) => root === 'goodsid'],
    ['uid', ({ name }: Parameter) => name === 'uid'],
    ['order_parameter', ({ name }: Parameter) => name === account.orderParameter],
  ] as const) {
    if (texts.some((text) => hidesParameter(text, isKnown, isFreeText)))
      throw new QuarantinedError(`malformed_${reason}`);
  }
}

/** Which parameters the signature covers. */
function coverage(api: Api, version: SignatureVersion): (name: string) => boolean {
  if (version !== 1 || api === 'cart') return () => true;
  const names = VERSION_1_FIELDS[api];
  return (name) => names.includes(name);
}

/** Cart: by ascending index; a product that was bought twice is listed twice. */
function goodsOf(parameters: readonly Parameter[], { api }: PaymentwallAccount): readonly string[] {
  const items = parameters
    .filter(({ root, value }) => root === 'goodsid' && value !== '')
    .toSorted((a, b) => Number(a.key ?? 0) - Number(b.key ?? 0))
    .map(({ value }) => value);
  if (!items.every(isPlainText)) throw new QuarantinedError('malformed_goodsid');
  if (api === 'cart' && items.length === 0) throw new QuarantinedError('missing_goodsid');
  return items;
}

/** Several goods name no order: a cart account with registered orders needs a custom parameter for the reference. */
function referenceOf(
  goods: readonly string[],
  { api, orderParameter }: PaymentwallAccount,
  signed: (name: string) => string | undefined,
): string | undefined {
  const byGoods = orderParameter === 'goodsid' && api !== 'virtual_currency';
  if (byGoods) return goods.length === 1 ? goods[0] : undefined;
  return signed(orderParameter);
}

/**
 * The number of coins. It is positive if coins are given (docs/protocols/paymentwall-parameters.md#virtual-currency),
 * and may have either sign if they are taken back.
 */
function coinsOf(currency: string, type: string): string {
  const positive = /^0*[1-9]/.test(currency);
  if (GRANTING_TYPES.has(type) && !positive) throw new QuarantinedError('malformed_currency');
  return currency;
}

function subscriptionOf(
  length: string | undefined,
  period: string | undefined,
): Pick<PaymentwallNotification, 'subscription'> {
  if (length === undefined && period === undefined) return {};
  return { subscription: { ...given('length', length), ...given('period', period) } };
}

function given<K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: string };
}
