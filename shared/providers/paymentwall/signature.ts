/**
 * What Paymentwall signs: hex(H(base + secret)), H = MD5 (versions 1, 2) or SHA-256 (3); the base is `name=value`
 * of decoded text, without any separator (docs/protocols/paymentwall-signature.md#signature).
 */

import { hash } from 'node:crypto';
import { compareBytes, encodeBytes } from '../bytes.ts';
import type { PaymentwallAccount } from './account.ts';
import { type Parameter, splitName } from './query.ts';

export type Api = PaymentwallAccount['api'];
export type SignatureVersion = PaymentwallAccount['signatureVersion'];

/** Version 1 covers these, in this order, and nothing else. Cart exists in versions 2 and 3 only. */
export const VERSION_1_FIELDS: Readonly<Record<Exclude<Api, 'cart'>, readonly string[]>> = {
  digital_goods: ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref'],
  virtual_currency: ['uid', 'currency', 'type', 'ref'],
};

/**
 * Which order of the pairs matched. Paymentwall's own order of lists is undocumented for pingbacks: numeric, as
 * its PHP SDK has it, is likely, but from the eleventh item on its SDKs disagree, and so they do about `custom[a]`
 * beside `customA`. All are hashes under the same secret over the same pairs, so each proves the same.
 */
type Variant = 'fixed-fields' | 'sorted' | 'nested-numeric' | 'nested-lexical' | 'flat';

export type NameOrder = (a: string, b: string) => number;

/** One text that the signature may be made of. */
export interface SignedText {
  readonly variant: Variant;
  readonly text: string;
  /** The pairs as they stand in the text. */
  readonly pairs: readonly Parameter[];
  readonly order: NameOrder;
}

/**
 * The version that the message names. Absent or empty is 1; for cart it is 2, which the SDKs force into the
 * signed set (`implied`). Undefined: any other value, and several that differ.
 */
export function versionOf(
  parameters: readonly Parameter[],
  api: Api,
): { readonly version: SignatureVersion; readonly implied: boolean } | undefined {
  const named = parameters.filter(({ root }) => root === 'sign_version');
  const values = new Set(named.map(({ key, value }) => (key === undefined ? value : '[]')));
  if (values.size > 1) return undefined;
  const [value = ''] = values;
  if (value === '') return api === 'cart' ? { version: 2, implied: true } : { version: 1, implied: false };
  if (value === '1' && api !== 'cart') return { version: 1, implied: false };
  if (value === '2') return { version: 2, implied: false };
  if (value === '3') return { version: 3, implied: false };
  return undefined;
}

/** All texts that may have been signed: one, or three (perhaps alike) where lists make the order doubtful. */
export function signedTexts(
  parameters: readonly Parameter[],
  api: Api,
  version: SignatureVersion,
): readonly SignedText[] {
  if (version === 1) return api === 'cart' ? [] : [fixedFields(parameters, VERSION_1_FIELDS[api])];
  const pairs = signedPairs(parameters);
  const orders = pairs.some(({ key }) => key !== undefined) ? LIST_ORDERS : PLAIN_ORDER;
  return orders.map(([variant, order]) => {
    const sorted = pairs.toSorted((a, b) => order(a.name, b.name));
    return { variant, text: textOf(sorted), pairs: sorted, order };
  });
}

/** Hex, lower-case. `secret` is appended as text. */
export function signatureOf(text: string, secret: string, version: SignatureVersion): string {
  return hash(version === 3 ? 'sha256' : 'md5', encodeBytes(text + secret), 'hex');
}

const textOf = (pairs: readonly Parameter[]): string =>
  pairs.map(({ name, value }) => `${name}=${value}`).join('');

/** An absent field is signed as empty. Of a duplicate the last counts, as in PHP; it is quarantined anyway. */
function fixedFields(parameters: readonly Parameter[], fields: readonly string[]): SignedText {
  const pairs = fields.map((field) => ({
    ...splitName(field),
    value: parameters.findLast(({ name }) => name === field)?.value ?? '',
  }));
  const order: NameOrder = (a, b) => fields.indexOf(a) - fields.indexOf(b);
  return { variant: 'fixed-fields', text: textOf(pairs), pairs, order };
}

/** Everything but `sig`, the pingback URL's own parameters and empty ones included. */
function signedPairs(parameters: readonly Parameter[]): readonly Parameter[] {
  const pairs = parameters.filter(({ name }) => name !== 'sig');
  if (pairs.some(({ name, value }) => name === 'sign_version' && value !== '')) return pairs;
  // Only a cart can do without (versionOf): the SDKs overwrite its version inside the signed set
  // (docs/protocols/paymentwall-signature.md#which-version-applies).
  const rest = pairs.filter(({ name }) => name !== 'sign_version');
  return [...rest, { ...splitName('sign_version'), value: '2' }];
}

const INTEGER = /^(?:0|[1-9][0-9]{0,8})$/;

/** Integers by value and before other keys. */
function numericOrder(a: string, b: string): number {
  const [x, y] = [INTEGER.test(a), INTEGER.test(b)];
  if (x && y) return Number(a) - Number(b);
  return x === y ? compareBytes(a, b) : x ? -1 : 1;
}

/** By root, then by key; so `custom[a]` stands before `customA`. */
function nested(byKey: NameOrder): NameOrder {
  return (left, right) => {
    const [a, b] = [splitName(left), splitName(right)];
    return compareBytes(a.root, b.root) || byKey(a.key ?? '', b.key ?? '');
  };
}

const PLAIN_ORDER: readonly (readonly [Variant, NameOrder])[] = [['sorted', compareBytes]];

const LIST_ORDERS: readonly (readonly [Variant, NameOrder])[] = [
  ['nested-numeric', nested(numericOrder)],
  ['nested-lexical', nested(compareBytes)],
  ['flat', compareBytes],
];
