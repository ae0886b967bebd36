/** What all kinds of keys share: a fingerprint that does not reveal them, and signs that they were not generated. */
import { createHash } from 'node:crypto';

const FINGERPRINT_DIGITS = 16;

/**
 * Names a secret key without telling it: the same key has the same fingerprint in every account and environment.
 * 64 bits of SHA-256, which say nothing about a key that was generated.
 */
export const keyFingerprint = (key: string | Uint8Array): string =>
  createHash('sha256')
    .update('payhooks key fingerprint:')
    .update(key)
    .digest('hex')
    .slice(0, FINGERPRINT_DIGITS);

/** Names a public key (SubjectPublicKeyInfo, DER) as everybody does: the first digits of its SHA-256. */
export const publicKeyFingerprint = (der: Uint8Array): string =>
  createHash('sha256').update(der).digest('hex').slice(0, FINGERPRINT_DIGITS);

/** A generated key of 24 bytes or characters has fewer different ones once in more than 10^9 keys. */
const MIN_DIFFERENT = 6;
const LONG = 24;
/** No provider hands out shorter ones, and all of them can be tried against one genuine message. */
const SHORTEST = 8;

/** What stands where a key belongs, until somebody puts one there. */
const PLACEHOLDER_WORDS = [
  'access account admin change default demo dummy example fake foo bar goods here hook insert key letmein live me my',
  'none null pass password payhooks payment placeholder private project qwerty replace sample sandbox secret shop sign',
  'string test the this tbd todo undefined value with word x your',
].flatMap((line) => line.split(' '));
const PLACEHOLDER = new RegExp(`^(?:${PLACEHOLDER_WORDS.join('|')})+$`);

/**
 * Why this can't be a key that somebody generated; undefined: nothing speaks against it. A generated key is refused
 * once in more than 10^9.
 */
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

/** The whole is made of one part, twice or more. */
function hasPeriod(bytes: Uint8Array): boolean {
  for (let period = 2; period * 2 <= bytes.length; period++) {
    if (bytes.every((byte, at) => at < period || byte === bytes[at - period])) return true;
  }
  return false;
}

/** "changeme", "YOUR-SECRET-KEY-1", "p4ssw0rd": words and what people put between them. Bytes that are no text are none. */
function isPlaceholder(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1').toLowerCase();
  if (!/^[\x20-\x7e]+$/.test(text)) return false;
  const asLetters = text.replaceAll('0', 'o').replaceAll('4', 'a').replaceAll('3', 'e');
  return [text, asLetters].some((form) => PLACEHOLDER.test(form.replace(/[^a-z]/g, '')));
}

/** "12345678", "hgfedcba", bytes 0 to 31: each value as far from the one before. */
function isSequence(bytes: Uint8Array): boolean {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, at) => at === 0 || ((byte - (bytes[at - 1] ?? 0)) & 0xff) === step);
}
