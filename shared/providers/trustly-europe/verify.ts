/**
 * Verifies a notification and checks the schema. The signature is verified before any field of `data` is interpreted.
 */

import { createHash, type KeyObject, verify as verifySignature } from 'node:crypto';
import { decodeBytes, encodeBytes, escapeBytes } from '../bytes.ts';
import { NOT_A_NOTIFICATION, type SignedBy, type Verdict } from '../provider.ts';
import type { ReceivedRequest } from '../received.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { ALGORITHMS, type Algorithm, splitSignature } from './algorithms.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { TrustlyEuropeKeys, TrustlyKey } from './keys.ts';
import {
  type Message,
  QuarantinedError,
  type QuarantineReason,
  readContent,
  readMessage,
  type TrustlyEuropeNotification,
  UnreadableError,
  type UnreadableReason,
} from './notification.ts';
import { signedText } from './serialize.ts';

export const MAX_BODY_BYTES = 65_536;

/** Why a request is refused. Closed sets, because they become metric dimensions. */
const SIGNATURE_REASONS = [
  'missing_signature',
  'unknown_algorithm',
  'malformed_signature',
  'signature_too_weak',
  'wrong_signature',
] as const;
type SignatureReason = (typeof SIGNATURE_REASONS)[number];

/** Weakest first. */
const STRENGTH: readonly Algorithm[] = ['SHA1', 'RS256', 'RS384', 'RS512'];

type PublicKeys = Pick<TrustlyEuropeKeys, 'trustly'>;

export const isTooWeak = (algorithm: Algorithm, minimum: Algorithm): boolean =>
  STRENGTH.indexOf(algorithm) < STRENGTH.indexOf(minimum);

export function verify(
  request: ReceivedRequest,
  { minimumSignature = 'SHA1' }: Pick<TrustlyEuropeAccount, 'minimumSignature'>,
  keys: TrustlyEuropeKeys,
): Verdict<TrustlyEuropeNotification> {
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed');
  if (request.body.length > MAX_BODY_BYTES) return refuse(413, 'too_large');
  const read = readBody(request.body);
  if (typeof read === 'string') return refuse(400, read);
  const { text, message } = read;
  const authentic = checkSignature(message, minimumSignature, keys);
  if (typeof authentic === 'string') return refuse(401, authentic);

  // Trustly signs the answers of its API with the same key, also over method, uuid and data.
  if (!message.data.has('notificationid')) return refuse(401, NOT_A_NOTIFICATION);

  const { method, uuid } = message;
  const content = contentOrReason(message);
  return {
    authentic: true,
    ...authentic,
    message: text,
    // Quarantined or not, the message needs a signed answer, so method and uuid are returned.
    ...(typeof content === 'string'
      ? {
          notification: { method, uuid },
          quarantine: content,
          signatureDigest: createHash('sha256').update(message.signature).digest('hex'),
        }
      : { notification: { method, uuid, content } }),
    remarks: isJson(request.headers['content-type']) ? [] : ['unexpected_content_type'],
  };
}

/**
 * Whether Trustly signed a message that `verify` accepted before, by the message alone (provider.ts,
 * PublicKeySignature). The account's weakest accepted signature applies here, too.
 */
export function verifyKept(
  message: string,
  { minimumSignature = 'SHA1' }: TrustlyEuropeAccount,
  keys: PublicKeys,
): SignedBy | string {
  let read: Message;
  try {
    read = readMessage(message);
  } catch (error) {
    if (error instanceof UnreadableError) return error.reason;
    throw error;
  }
  const signed = checkSignature(read, minimumSignature, keys);
  if (typeof signed !== 'string' && !read.data.has('notificationid')) return NOT_A_NOTIFICATION;
  return signed;
}

function refuse(status: 400 | 401 | 405 | 413, reason: string): Verdict<never> {
  return { authentic: false, status, reason };
}

/**
 * `text` is stored: it contains each byte that is not UTF-8 as an escape, which is read as the same byte again. A byte
 * order mark stays, which JSON does not allow.
 */
export function readBody(body: Uint8Array): { text: string; message: Message } | UnreadableReason {
  const text = escapeBytes(decodeBytes(body), (hex) => `\\udc${hex.toLowerCase()}`);
  try {
    return { text, message: readMessage(text) };
  } catch (error) {
    if (error instanceof UnreadableError) return error.reason;
    throw error;
  }
}

function contentOrReason(message: Message): ReturnType<typeof readContent> | QuarantineReason {
  try {
    return readContent(message);
  } catch (error) {
    if (error instanceof QuarantinedError) return error.reason;
    throw error;
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\s*(;|$)/i.test(contentType);
}

/** `variant`: "sha1", "rs256"…; with "-without-attributes" if only that form of the signed text matched. */
export function checkSignature(
  message: Message,
  minimum: Algorithm,
  keys: PublicKeys,
): SignedBy | SignatureReason {
  const { signature, method, uuid, data } = message;
  if (signature === '') return 'missing_signature';
  const split = splitSignature(signature);
  if (split === undefined) return 'unknown_algorithm';
  if (isTooWeak(split.algorithm, minimum)) return 'signature_too_weak';
  const bytes = decodeBase64(split.base64);
  if (bytes === undefined) return 'malformed_signature';
  // Cheap refusals first: a wrong length costs no RSA operation.
  const fitting = keys.trustly.filter(({ signatureBytes }) => signatureBytes === bytes.length);
  if (fitting.length === 0) return 'malformed_signature';

  const signerOf = (form: JsonObject): TrustlyKey | undefined => {
    const text = encodeBytes(signedText(method, uuid, form));
    return fitting.find(({ key }) => matches(split.algorithm, text, key, bytes));
  };
  const variant = split.algorithm.toLowerCase();
  const signer = signerOf(data);
  if (signer !== undefined) return { ...signedBy(signer), variant };
  const shorter = withoutEmptyAttributes(data);
  const other = shorter && signerOf(shorter);
  return other === undefined
    ? 'wrong_signature'
    : { ...signedBy(other), variant: `${variant}-without-attributes` };
}

const signedBy = ({ id, fingerprint }: TrustlyKey) => ({ keyId: id, keyFingerprint: fingerprint });

function matches(algorithm: Algorithm, text: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  // RSA keys are used with PKCS1-v1_5 padding by default. Only a strict true is valid.
  return verifySignature(ALGORITHMS[algorithm].hash, text, key, signature) === true;
}

/**
 * A genuine debit of 2014 verifies only without the key of its empty attributes
 * (docs/protocols/trustly-europe-signature.md#empty-attributes). Trying this is safe: the key alone has no meaning.
 */
function withoutEmptyAttributes(data: JsonObject): JsonObject | undefined {
  const attributes = data.get('attributes');
  const isEmpty =
    attributes === null ||
    (isJsonObject(attributes) && attributes.size === 0) ||
    (Array.isArray(attributes) && attributes.length === 0);
  if (!isEmpty) return undefined;
  const rest = new Map(data);
  rest.delete('attributes');
  return rest;
}

/**
 * Node's decoder accepts white space, missing padding and the URL alphabet; encoding the result again detects these.
 */
function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
