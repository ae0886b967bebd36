/**
 * The signed redirect to return and cancel (docs/protocols/trustly-americas-signatures.md#redirect-signature). The
 * signed text differs by API version and is not fully documented, so a fixed small set of forms is tried, all with the
 * same key; only the signed part is read afterwards. A redirect never says that money arrived.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBytes, formDecode } from '../bytes.ts';
import type { Redirect, RedirectReason, RedirectVerdict } from '../checkout.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { isEstablishData } from './notification.ts';
import { type AmericasKeys, isTooWeak } from './verify.ts';

const MAX_QUERY_CHARS = 8_192;

/**
 * The form of the signed text: full URL or query only, what follows the signature truncated or only the signature
 * removed, escapes as received or decoded.
 */
type RedirectVariant =
  `${'url' | 'query'}-${'truncated' | 'removed'}-${'received' | 'decoded'}-${'sha1' | 'sha512'}`;

const FIELD_PATTERNS = {
  transactionId: /^\d{1,32}$/,
  transactionType: /^(?:0|[1-9]\d{0,2})$/,
  // No `&`, as in events: an encoded one would be signed like a separate parameter.
  merchantReference: /^[^&\p{Cc}]{1,255}$/u,
  status: /^(?:0|[1-9]\d{0,2})$/,
  'payment.paymentType': /^(?:0|[1-9]\d{0,2})$/,
  'payment.paymentProvider.type': /^\d{1,4}$/,
  'payment.account.verified': /^(?:true|false)$/i,
  // The screen on which the shopper left; its numbers are not published.
  panel: /^[A-Za-z0-9_-]{1,32}$/,
  'payment.paymentProviderTransaction.status': /^[A-Za-z0-9_.-]{1,32}$/,
  errorCode: /^[A-Za-z0-9_.-]{1,32}$/,
  suggestedRetryAmount: /^\d{1,12}(?:\.\d{1,4})?$/,
} as const satisfies Record<string, RegExp>;
type FieldName = keyof typeof FIELD_PATTERNS;
const isKnown = (name: string): name is FieldName => Object.hasOwn(FIELD_PATTERNS, name);

/** The statuses of a redirect whose shopper agreed: 2 authorized, 3 processed, 4 completed. */
const AGREED: readonly string[] = ['2', '3', '4'];
export const hasAgreed = ({ status }: Redirect): boolean => AGREED.includes(status);

/** `payment.paymentProviderTransaction.status` is the code. */
type Verdict =
  | Exclude<RedirectVerdict, { authentic: true }>
  | (Extract<RedirectVerdict, { authentic: true }> & { readonly variant: RedirectVariant });

const SIGNATURE = 'requestSignature';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const LABELLED = /^(?:(HmacSHA1|HmacSHA512):)?(.*)$/s;

/**
 * Verifies and reads a redirect.
 * @param query the query string as received
 * @param url the return or cancel URL as in establishData; the address that a proxy shows is never used
 */
export function verifyRedirect(
  query: string,
  url: string,
  { minimumSignature }: Pick<TrustlyAmericasAccount, 'minimumSignature'>,
  keys: AmericasKeys,
): Verdict {
  if (query.length > MAX_QUERY_CHARS) return refused('too_long');
  const cut = cutSignature(query);
  if (cut === undefined) return refused('missing_signature');
  const given = readSignature(cut.signature);
  if (given === undefined) return refused('malformed_signature');
  if (isTooWeak(given.hash, minimumSignature)) return refused('signature_too_weak');
  for (const { signed, text, name } of candidates(cut, url)) {
    const key = keys.find(({ accessKey }) =>
      timingSafeEqual(createHmac(given.hash, accessKey).update(encodeBytes(text)).digest(), given.bytes),
    );
    if (key === undefined) continue;
    const redirect = read(signed);
    if (redirect === undefined) return refused('unreadable');
    return { authentic: true, keyId: key.id, variant: `${name}-${given.hash}`, redirect, signed };
  }
  return refused('wrong_signature');
}

const refused = (reason: RedirectReason) => ({ authentic: false, reason }) as const;

interface Cut {
  /** As received. */
  readonly signature: string;
  readonly before: string;
  readonly removed: string;
}

/**
 * Requires exactly one signature: with two, either could be taken as the one that counts. Undefined: none or several.
 */
function cutSignature(query: string): Cut | undefined {
  const segments = query.split('&');
  const places = segments.flatMap((segment, at) => (nameOf(segment) === SIGNATURE ? [at] : []));
  const [at, ...others] = places;
  if (at === undefined || others.length > 0) return undefined;
  return {
    signature: pairOf(segments[at] ?? '').value,
    before: segments.slice(0, at).join('&'),
    removed: segments.toSpliced(at, 1).join('&'),
  };
}

/** As received; without `=` the value is empty. */
function pairOf(segment: string): { readonly name: string; readonly value: string } {
  const at = segment.indexOf('=');
  return at < 0 ? { name: segment, value: '' } : { name: segment.slice(0, at), value: segment.slice(at + 1) };
}

const nameOf = (segment: string): string | undefined => decodedOnce(pairOf(segment).name);

function decodedOnce(text: string): string | undefined {
  try {
    return formDecode(text);
  } catch {
    return undefined;
  }
}

/** Percent-decoded once. A bare + stays, since base64 has no spaces. */
function readSignature(
  received: string,
): { readonly hash: 'sha1' | 'sha512'; readonly bytes: Buffer } | undefined {
  let text: string;
  try {
    text = decodeURIComponent(received);
  } catch {
    return undefined;
  }
  const [, label, value = ''] = LABELLED.exec(text) ?? [];
  const hash = label === 'HmacSHA512' ? 'sha512' : 'sha1';
  const bytes = Buffer.from(value, 'base64');
  if (!BASE64.test(value) || bytes.length !== (hash === 'sha512' ? 64 : 20)) return undefined;
  return { hash, bytes };
}

interface Candidate {
  readonly signed: string;
  readonly text: string;
  readonly name: `${'url' | 'query'}-${'truncated' | 'removed'}-${'received' | 'decoded'}`;
}

/** The possible signed texts. The documented form comes first: full URL, cut off at the signature, as received. */
function candidates({ before, removed }: Cut, url: string): readonly Candidate[] {
  const made: Candidate[] = [];
  for (const [base, prefix] of [['url', `${url}?`] as const, ['query', ''] as const]) {
    for (const [kept, signed] of [['truncated', before] as const, ['removed', removed] as const]) {
      // If nothing can be decoded, both are the same.
      const decoded = decodedOnce(signed) ?? signed;
      made.push({ signed, text: prefix + signed, name: `${base}-${kept}-received` });
      made.push({ signed, text: prefix + decoded, name: `${base}-${kept}-decoded` });
    }
  }
  return made;
}

/**
 * The fields of the signed part. Undefined: broken escapes, a repeated field, or a value that does not fit its pattern
 * or contains another field.
 */
function read(signed: string): Redirect | undefined {
  const decoded = decodedOnce(signed);
  if (decoded === undefined || isEstablishData(decoded)) return undefined;
  const fields: Partial<Record<FieldName, string>> = Object.create(null);
  const seen = new Set<string>();
  let known = 0;
  for (const segment of signed.split('&')) {
    const pair = pairOf(segment);
    const [name, value] = [formDecode(pair.name), formDecode(pair.value)];
    if (seen.has(name)) return undefined;
    seen.add(name);
    // An event of Trustly, signed with the same key: its text never went through a shopper's browser.
    if (name === 'eventId') return undefined;
    if (!isKnown(name)) continue;
    known += 1;
    if (value === '') continue;
    if (!value.isWellFormed() || !FIELD_PATTERNS[name].test(value)) return undefined;
    fields[name] = value;
  }
  // If the decoded text is signed, `x%26status=2` and `x&status=2` have the same signature.
  const resplit = decoded.split('&').filter((segment) => isKnown(pairOf(segment).name));
  if (resplit.length !== known) return undefined;
  const { transactionId, merchantReference, status } = fields;
  if (transactionId === undefined || merchantReference === undefined || status === undefined)
    return undefined;
  return { transactionId, merchantReference, status, ...optionalFields(fields) };
}

function optionalFields(fields: Partial<Record<FieldName, string>>): Partial<Redirect> {
  const verified = fields['payment.account.verified']?.toLowerCase();
  const found = {
    transactionType: fields.transactionType,
    paymentType: fields['payment.paymentType'],
    providerType: fields['payment.paymentProvider.type'],
    accountVerified: verified === undefined ? undefined : verified === 'true',
    panel: fields.panel,
    code: fields['payment.paymentProviderTransaction.status'],
    errorCode: fields.errorCode,
    suggestedRetryAmount: fields.suggestedRetryAmount,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
