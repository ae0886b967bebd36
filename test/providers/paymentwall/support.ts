/** Accounts, requests and an independent signer for the tests of Paymentwall. */

import { createHash } from 'node:crypto';
import { joinFacts } from '../../../shared/payment/index.ts';
import type { Facts, NormalizedEvent, Reading } from '../../../shared/payment/types.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import type { ReceivedRequest } from '../../../shared/providers/received.ts';
import { LENIENT, paymentwallAccount } from '../../support/accounts.ts';

/** The secret in the tests of the official SDKs. */
export const SECRET = 'a7408723eaf4bfa2e3ac49b3cb695046';

export function account(
  overrides: Partial<Omit<PaymentwallAccount, 'policy'>> & { readonly environment?: 'sandbox' | 'live' } = {},
): PaymentwallAccount {
  const { environment = 'sandbox', ...rest } = overrides;
  return paymentwallAccount({ signatureVersion: 2, ...rest }, { environment, ...LENIENT });
}

export function request(rawQuery: string, overrides: Partial<ReceivedRequest> = {}): ReceivedRequest {
  return {
    method: 'GET',
    rawQuery,
    headers: {},
    body: new Uint8Array(),
    sourceIp: '216.127.71.25',
    ...overrides,
  };
}

export type Pairs = readonly (readonly [string, string])[];

export const encode = (pairs: Pairs): string =>
  pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');

/** The MD5 or SHA-256 of a base string and the secret. */
export const sign = (base: string, algorithm: 'md5' | 'sha256' = 'md5', secret = SECRET): string =>
  createHash(algorithm)
    .update(base + secret, 'utf8')
    .digest('hex');

/** The signed text: the pairs in byte order of their names, without separators. */
export const flatBase = (pairs: Pairs): string =>
  [...pairs]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('');

/** A query signed with version 2, for pairs without lists. */
export function signed(pairs: Pairs, secret = SECRET): string {
  const all: Pairs = pairs.some(([name]) => name === 'sign_version')
    ? pairs
    : [...pairs, ['sign_version', '2']];
  return `${encode(all)}&sig=${sign(flatBase(all), 'md5', secret)}`;
}

export const GOODS: Pairs = [
  ['uid', 'pwuser'],
  ['goodsid', 'gold'],
  ['slength', ''],
  ['speriod', ''],
  ['type', '0'],
  ['ref', 'b1493096790'],
];

/** GOODS with changed values and added pairs. */
export const goods = (changes: Readonly<Record<string, string>>): Pairs => {
  const known = new Set(GOODS.map(([name]) => name));
  return [
    ...GOODS.map(([name, value]) => [name, changes[name] ?? value] as const),
    ...Object.entries(changes).filter(([name]) => !known.has(name)),
  ];
};

const keys = paymentwall.parseKeys({ current: { secretKey: SECRET } }, account());

/** The result of verification: the quarantine reason, "refused: …" or "passes". */
export function fate(query: string, to: PaymentwallAccount = account()): string {
  const verdict = paymentwall.verify(request(query), to, keys);
  if (!verdict.authentic) return `refused: ${verdict.reason}`;
  return verdict.quarantine ?? 'passes';
}

export const REF = 'b1493096790';

/** The normalized event of GOODS with these changes. The signature is not verified. */
export function normalize(
  changes: Readonly<Record<string, string>> = {},
  to: PaymentwallAccount = account(),
): NormalizedEvent {
  const pairs = goods(to.signatureVersion === 1 ? changes : { sign_version: '2', ...changes });
  return paymentwall.normalize(paymentwall.parse(encode(pairs), to), to);
}

/** The normalized event of a pingback "0", "200", "2/9": a type, and for a negative type the reason. */
export const pingback = (name: string, to?: PaymentwallAccount): NormalizedEvent => {
  const [type = '', reason] = name.split('/');
  return normalize({ type, ...(reason === undefined ? {} : { reason }) }, to);
};
export const factsOf = (...names: readonly string[]): Facts =>
  names.map((name) => pingback(name).facts).reduce(joinFacts, {});
export const read = (facts: Facts): Reading => paymentwall.readFacts(facts, { orderKind: undefined });
