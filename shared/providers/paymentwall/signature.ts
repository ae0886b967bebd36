/**
 * The signature of Paymentwall: hex(H(base + secret)), H = MD5 (versions 1, 2) or SHA-256 (3). The base is `name=value`
 * of decoded text, without any separator (docs/protocols/paymentwall-signature.md#signature).
 */

import { hash } from 'node:crypto';
import { byteOrderOf, compareBytes, encodeBytes } from '../bytes.ts';
import type { PaymentwallAccount } from './account.ts';
import { type Parameter, splitName } from './query.ts';

export type Api = PaymentwallAccount['api'];
export type SignatureVersion = PaymentwallAccount['signatureVersion'];

/** Version 1 covers these fields, in this order, and nothing else. Cart exists only in versions 2 and 3. */
export const VERSION_1_FIELDS: Readonly<Record<Exclude<Api, 'cart'>, readonly string[]>> = {
  digital_goods: ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref'],
  virtual_currency: ['uid', 'currency', 'type', 'ref'],
};

/**
 * The order of the pairs that matched. Paymentwall's own order of lists is undocumented for pingbacks: numeric, as in
 * its PHP SDK, is likely, but from the eleventh item on its SDKs disagree, as they do about `custom[a]` beside
 * `customA`. All are hashes with the same secret of the same pairs, so each proves the same.
 */
type Variant = 'fixed-fields' | 'sorted' | 'nested-numeric' | 'nested-lexical' | 'flat';

export type NameOrder = (a: string, b: string) => number;

/** One text that the signature may cover. */
export interface SignedText {
  readonly variant: Variant;
  readonly text: string;
  /** The pairs in the order of the text. */
  readonly pairs: readonly Parameter[];
  readonly order: NameOrder;
}

/**
 * The version that the message names. Absent or empty means 1; for cart it means 2, which the SDKs add to the signed
 * set (`implied`). Undefined: any other value, or several different ones.
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

/** All texts that may have been signed: one, or three (perhaps equal) if lists make the order uncertain. */
export function signedTexts(
  parameters: readonly Parameter[],
  api: Api,
  version: SignatureVersion,
): readonly SignedText[] {
  if (version === 1) return api === 'cart' ? [] : [fixedFields(parameters, VERSION_1_FIELDS[api])];
  const pairs = signedPairs(parameters);
  if (pairs.every(({ key }) => key === undefined)) {
    const order = byteOrderOf(pairs.map(({ name }) => name));
    const sorted = pairs.toSorted((a, b) => order(a.name, b.name));
    return [{ variant: 'sorted', text: textOf(sorted), pairs: sorted, order: compareBytes }];
  }
  return LIST_ORDERS.map(({ variant, compare }) => {
    const sorted = pairs.toSorted(compare);
    const order: NameOrder = (a, b) => compare(splitName(a), splitName(b));
    return { variant, text: textOf(sorted), pairs: sorted, order };
  });
}

/** Lower-case hex. `secret` is appended as text. */
export function signatureOf(text: string, secret: string, version: SignatureVersion): string {
  return hash(version === 3 ? 'sha256' : 'md5', encodeBytes(text + secret), 'hex');
}

const textOf = (pairs: readonly Parameter[]): string =>
  pairs.map(({ name, value }) => `${name}=${value}`).join('');

/** An absent field is signed as empty. Of duplicates the last one counts, as in PHP; they are quarantined anyway. */
function fixedFields(parameters: readonly Parameter[], fields: readonly string[]): SignedText {
  const pairs = fields.map((field) => ({
    ...splitName(field),
    value: parameters.findLast(({ name }) => name === field)?.value ?? '',
  }));
  const order: NameOrder = (a, b) => fields.indexOf(a) - fields.indexOf(b);
  return { variant: 'fixed-fields', text: textOf(pairs), pairs, order };
}

/** All pairs but `sig`, including the pingback URL's own parameters and empty ones. */
function signedPairs(parameters: readonly Parameter[]): readonly Parameter[] {
  const pairs = parameters.filter(({ name }) => name !== 'sig');
  if (pairs.some(({ name, value }) => name === 'sign_version' && value !== '')) return pairs;
  // Only a cart may have no version (versionOf): the SDKs set it inside the signed set
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

type SplitName = Omit<Parameter, 'value'>;

/** By root, then by key: `custom[a]` sorts before `customA`. */
const nested =
  (byKey: NameOrder) =>
  (a: SplitName, b: SplitName): number =>
    compareBytes(a.root, b.root) || byKey(a.key ?? '', b.key ?? '');

const LIST_ORDERS: readonly {
  readonly variant: Variant;
  readonly compare: (a: SplitName, b: SplitName) => number;
}[] = [
  { variant: 'nested-numeric', compare: nested(numericOrder) },
  { variant: 'nested-lexical', compare: nested(compareBytes) },
  { variant: 'flat', compare: (a, b) => compareBytes(a.name, b.name) },
];
