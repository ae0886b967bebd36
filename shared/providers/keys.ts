/**
 * Common functions for all kinds of keys: a fingerprint that does not reveal the key, and signs that a key was not
 * generated.
 */
import { createHash, hash } from 'node:crypto';

const FINGERPRINT_DIGITS = 16;

/**
 * A name for a secret key that does not reveal it: the same key has the same fingerprint in every account and
 * environment. 64 bits of SHA-256, which reveal nothing about a generated key.
 */
export function keyFingerprint(key: string | Uint8Array): string {
  const named = Buffer.concat([Buffer.from('payhooks key fingerprint:'), Buffer.from(key)]);
  return hash('sha256', named, 'hex').slice(0, FINGERPRINT_DIGITS);
}

/** A name for a public key (SubjectPublicKeyInfo, DER) in the usual form: the first digits of its SHA-256. */
export const publicKeyFingerprint = (der: Uint8Array): string =>
  createHash('sha256').update(der).digest('hex').slice(0, FINGERPRINT_DIGITS);

/** A generated key of 24 bytes or characters has fewer different values less than once in 10^9 keys. */
const MIN_DIFFERENT = 6;
const LONG = 24;
/** No provider issues shorter keys, and all shorter ones can be tried against one genuine message. */
const SHORTEST = 8;

/** Words that people enter in place of a key until they have one. */
const PLACEHOLDER_WORDS = [
  'access account admin change default demo dummy example fake foo bar goods here hook insert key letmein live me my',
  'none null pass password payhooks payment placeholder private project qwerty replace sample sandbox secret shop sign',
  'string test the this tbd todo undefined value with word x your',
].flatMap((line) => line.split(' '));
const PLACEHOLDER = new RegExp(`^(?:${PLACEHOLDER_WORDS.join('|')})+$`);

/** Why this cannot be a generated key. Undefined: no sign of it. A generated key is refused less than once in 10^9. */
export function weaknessOf(key: string | Uint8Array): string | undefined {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  if (bytes.length < SHORTEST) return `has ${bytes.length} characters only`;
  const different = new Set(bytes).size;
  if (different <= 1) return 'is one value repeated';
  if (hasPeriod(bytes)) return 'is one pattern repeated';
  if (isSequence(bytes)) return 'is a sequence';
  if (isPlaceholder(bytes)) return 'is a placeholder';
  if (bytes.length >= LONG && different < MIN_DIFFERENT) return `has ${different} different values only`;
  return undefined;
}

/** Whether the whole consists of one part, repeated twice or more. */
function hasPeriod(bytes: Uint8Array): boolean {
  for (let period = 2; period * 2 <= bytes.length; period++) {
    if (bytes.every((byte, at) => at < period || byte === bytes[at - period])) return true;
  }
  return false;
}

/**
 * "changeme", "YOUR-SECRET-KEY-1", "p4ssw0rd": placeholder words and what people put between them. Bytes that are not
 * text are no placeholder.
 */
function isPlaceholder(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1').toLowerCase();
  if (!/^[\x20-\x7e]+$/.test(text)) return false;
  const asLetters = text.replaceAll('0', 'o').replaceAll('4', 'a').replaceAll('3', 'e');
  return [text, asLetters].some((form) => PLACEHOLDER.test(form.replace(/[^a-z]/g, '')));
}

/** "12345678", "hgfedcba", bytes 0 to 31: each value has the same distance from the previous one. */
function isSequence(bytes: Uint8Array): boolean {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, at) => at === 0 || ((byte - (bytes[at - 1] ?? 0)) & 0xff) === step);
}
