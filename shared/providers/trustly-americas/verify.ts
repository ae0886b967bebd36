/**
 * Verifies events: HMAC over the whole form-decoded body, in `Authorization: Basic base64(accessId:signature)`
 * (docs/protocols/trustly-americas-signatures.md#webhook-signature). Nothing else of the request is signed.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBytes, encodeBytes, escapeBytes, formDecode } from '../bytes.ts';
import { keyFingerprint } from '../keys.ts';
import { type KeyId, NOT_A_NOTIFICATION, UnusableSecretError, type Verdict } from '../provider.ts';
import type { ReceivedRequest } from '../received.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import {
  type AmericasNotification,
  cutSplitToken,
  keysIn,
  mayBeEvent,
  parseNotification,
  QuarantinedError,
} from './notification.ts';

/** Larger bodies are answered 413; genuine events stay under 2 KB. */
const MAX_BODY_BYTES = 65_536;
/** accessId, label and a 64-byte signature, twice in base64, are much shorter. */
const MAX_HEADER_CHARS = 1_024;

/** `HmacSHA512:` is Trustly's beta label; no label is SHA-1. Unknown labels are refused. */
const ALGORITHMS: ReadonlyMap<string, { hash: 'sha1' | 'sha512'; bytes: number }> = new Map([
  ['HmacSHA1', { hash: 'sha1', bytes: 20 }],
  ['HmacSHA512', { hash: 'sha512', bytes: 64 }],
]);

/**
 * Reasons that cannot be checked with the stored message. A splitToken is cut out before a message is stored, together
 * with anything that an encoded `&` hid behind it (a status, the second reading), so the rest may look like another
 * event. The access id of its signature is not stored either.
 */
export const UNCHECKABLE_REASONS: ReadonlySet<string> = new Set([
  'access_id_differs',
  'ambiguous_text',
  'duplicate_key',
]);

const BASIC = /^basic +(?:(Hmac[A-Za-z0-9]*):)?([A-Za-z0-9+/]+={0,2})$/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

interface Key {
  readonly id: KeyId;
  readonly accessId: string;
  /** Used as the bytes of its text, not decoded. */
  readonly accessKey: string;
  readonly fingerprint: string;
}

/** An account's keys, `current` first. Both may share one accessId. */
export type AmericasKeys = readonly [current: Key, ...next: Key[]];

/**
 * Parses `{"current": {"accessId", "accessKey"}, "next"?: {…}}`. @throws UnusableSecretError that names the wrong
 * property
 */
export function parseKeys(secret: unknown): AmericasKeys {
  const current = property(secret, 'current');
  if (current === undefined) throw new UnusableSecretError('the secret has no "current" key');
  const next = property(secret, 'next');
  return [parseKey('current', current), ...(next === undefined ? [] : [parseKey('next', next)])];
}

function parseKey(id: KeyId, value: unknown): Key {
  const accessId = text(id, value, 'accessId');
  if (accessId.includes(':')) throw new UnusableSecretError(`"${id}.accessId" must not contain a colon`);
  const accessKey = text(id, value, 'accessKey');
  return { id, accessId, accessKey, fingerprint: keyFingerprint(accessKey) };
}

function text(id: KeyId, value: unknown, name: string): string {
  const found = property(value, name);
  if (typeof found !== 'string' || found === '') {
    throw new UnusableSecretError(`"${id}.${name}" must be a non-empty string`);
  }
  if (found.trim() !== found) throw new UnusableSecretError(`"${id}.${name}" begins or ends with a space`);
  // A line break from copying would make every signature wrong.
  if (/\p{Cc}/u.test(found)) throw new UnusableSecretError(`"${id}.${name}" holds a control character`);
  return found;
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name] ?? undefined;
}

interface Credential {
  readonly accessId: string;
  readonly hash: 'sha1' | 'sha512';
  readonly signature: Buffer;
}

/**
 * Parses the header. The place of the label is documented only as "prefixes the value": it is accepted before the
 * signature (`accessId:HmacSHA512:…`, the expected layout) or before the base64 text, never in both places. It chooses
 * between two HMACs with the same key, so its place cannot weaken the check.
 */
export function parseAuthorization(header: string | undefined): Credential | string {
  if (header === undefined || header.trim() === '') return 'missing_authorization';
  if (header.length > MAX_HEADER_CHARS) return 'authorization_too_long';
  const match = BASIC.exec(header.trim());
  if (!match) return 'malformed_authorization';
  const outer = match[1];
  const credential = Buffer.from(match[2] ?? '', 'base64').toString('latin1');
  const colon = credential.indexOf(':');
  if (colon < 1) return 'malformed_authorization';
  const value = credential.slice(colon + 1);
  const labelEnd = value.indexOf(':');
  if (labelEnd >= 0 && outer !== undefined) return 'malformed_authorization';
  const label = outer ?? (labelEnd < 0 ? 'HmacSHA1' : value.slice(0, labelEnd));
  const algorithm = ALGORITHMS.get(label);
  if (!algorithm) return 'unknown_algorithm';
  const text = value.slice(labelEnd + 1);
  const signature = Buffer.from(text, 'base64');
  if (!BASE64.test(text) || signature.length !== algorithm.bytes) return 'malformed_signature';
  return { accessId: credential.slice(0, colon), hash: algorithm.hash, signature };
}

/** Whether an account demands a stronger signature: SHA-1 is then refused with every key. */
export const isTooWeak = (
  hash: 'sha1' | 'sha512',
  minimum: TrustlyAmericasAccount['minimumSignature'],
): boolean => hash === 'sha1' && minimum === 'SHA512';

const refused = (status: 400 | 401 | 405 | 413, reason: string) =>
  ({ authentic: false, status, reason }) as const;

/** Verifies one request: cheap refusals first, then the HMAC, and only then the content of the body. */
export function verify(
  request: ReceivedRequest,
  { minimumSignature }: Pick<TrustlyAmericasAccount, 'minimumSignature'>,
  keys: AmericasKeys,
): Verdict<AmericasNotification> {
  if (request.method !== 'POST') return refused(405, 'method_not_allowed');
  if (request.body.byteLength > MAX_BODY_BYTES) return refused(413, 'body_too_large');
  const credential = parseAuthorization(request.headers.authorization);
  if (typeof credential === 'string') return refused(401, credential);
  if (isTooWeak(credential.hash, minimumSignature)) return refused(401, 'signature_too_weak');
  const candidates = keys.filter((key) => key.accessId === credential.accessId);
  if (candidates.length === 0) return refused(401, 'unknown_access_id');
  const body = decodeBody(request.body);
  if (body === undefined) return refused(400, 'unreadable_body');
  const key = candidates.find(({ accessKey }) =>
    timingSafeEqual(
      createHmac(credential.hash, accessKey).update(body.canonical).digest(),
      credential.signature,
    ),
  );
  if (!key) return refused(401, 'wrong_signature');
  const decodedKeys = keysIn(body.decoded);
  if (!mayBeEvent(body.decoded, decodedKeys)) return refused(401, NOT_A_NOTIFICATION);
  return {
    authentic: true,
    keyId: key.id,
    keyFingerprint: key.fingerprint,
    variant: credential.hash,
    ...withDigest(
      read({ ...body, decodedKeys }, key.accessId, request.headers['content-type']),
      credential.signature,
    ),
  };
}

/** A quarantined message is identified by its signature, whatever its encoding. */
function withDigest<R extends ReturnType<typeof read>>(result: R, signature: Buffer) {
  if (!('quarantine' in result)) return result;
  return { ...result, signatureDigest: createHash('sha256').update(signature).digest('hex') };
}

interface Body {
  /** As received, with bytes that are not UTF-8 as escapes. */
  readonly text: string;
  /** + as space, %XX as a byte, decoded once. */
  readonly decoded: string;
  /** The bytes of `decoded`, which are signed. */
  readonly canonical: Uint8Array;
}

/** Undefined: a broken escape. */
function decodeBody(bytes: Uint8Array): Body | undefined {
  const text = escapeBytes(decodeBytes(bytes), (hex) => `%${hex}`);
  try {
    const decoded = formDecode(text);
    return { text, decoded, canonical: encodeBytes(decoded) };
  } catch {
    return undefined;
  }
}

/** The content of an authentic body: the notification, or the reason for quarantine. */
function read(
  { text, decoded, decodedKeys }: Body & { readonly decodedKeys: readonly string[] },
  accessId: string,
  contentType: string | undefined,
) {
  const { message, splitToken } = cutSplitToken(text, decoded);
  const remarks: string[] = [];
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '')) {
    remarks.push('unexpected_content_type');
  }
  try {
    // The body is checked as it was received; the notification is read from the stored message, so that the worker
    // reads the same.
    const asReceived = parseNotification(text, decoded, decodedKeys);
    const notification = message === text ? asReceived : parseNotification(message);
    if ((notification.fields.accessId ?? accessId) !== accessId) {
      return { message, quarantine: 'access_id_differs', remarks };
    }
    if (notification.unknownFields) remarks.push('unknown_field');
    if (splitToken === undefined) return { message, notification, remarks };
    // Base64 has no spaces: they are + signs that were sent unescaped, and only one text is possible.
    if (splitToken.includes(' ')) remarks.push('split_token_plus_restored');
    return { message, splitToken: splitToken.replaceAll(' ', '+'), notification, remarks };
  } catch (error) {
    if (!(error instanceof QuarantinedError)) throw error;
    return { message, quarantine: error.reason, remarks };
  }
}
