/**
 * Text that preserves every byte. Signatures cover bytes, and not every sender cuts or writes its texts as UTF-8: a
 * shop's name that ends inside "Å", a bank's reason in Latin-1. A byte that is not part of valid UTF-8 becomes the lone
 * surrogate U+DC00 + byte. UTF-8 cannot contain it, so no other input gives the same text, and `encodeBytes` restores
 * every byte.
 *
 * Such a text is not well-formed (`isWellFormed`). A value that a rule uses must be well-formed; one that is only
 * stored need not be.
 */

import { isUtf8 } from 'node:buffer';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ESCAPED_BYTE = 0xdc00;
/** A lone surrogate that stands for a byte, not the second half of a pair. */
const LONE_BYTE = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;

/** Bytes as text. Bytes that are not UTF-8 become lone surrogates, one each. */
export const decodeBytes = (bytes: Uint8Array): string =>
  // Asked first: an error of the decoder costs more than the decoding.
  isUtf8(bytes) ? UTF8.decode(bytes) : decodeAround(bytes);

function decodeAround(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(UTF8.decode(bytes.subarray(from, at)), String.fromCharCode(ESCAPED_BYTE + (bytes[at] ?? 0)));
      from = at + 1;
    }
    at += Math.max(length, 1);
  }
  parts.push(UTF8.decode(bytes.subarray(from)));
  return parts.join('');
}

/** The number of bytes of the character at `at`. 0: none is valid (RFC 3629: no overlong form, no surrogate). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  const rest = bytes.subarray(at + 2, at + length);
  return rest.length === length - 2 && rest.every((byte) => byte >> 6 === 0b10) ? length : 0;
}

/** The reverse of `decodeBytes`; for any other text its UTF-8. */
export function encodeBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (const { 0: lone, index } of text.matchAll(LONE_BYTE)) {
    parts.push(Buffer.from(text.slice(from, index), 'utf8'), Buffer.of(lone.charCodeAt(0) - ESCAPED_BYTE));
    from = index + 1;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

/** The text with every byte that is not UTF-8 replaced by `write(hex)`, so that it can be stored as text. */
export const escapeBytes = (text: string, write: (hex: string) => string): string =>
  text.replace(LONE_BYTE, (lone) => write((lone.charCodeAt(0) - ESCAPED_BYTE).toString(16).toUpperCase()));

/** Part of a character beyond U+FFFF, or a byte that is not UTF-8. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Negative, zero or positive, in the order of the bytes, which is code point order if all is UTF-8. The UTF-16 order of
 * `<` differs only where a surrogate is compared.
 */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  if (SURROGATE.test(left) || SURROGATE.test(right))
    return Buffer.compare(encodeBytes(left), encodeBytes(right));
  return left < right ? -1 : 1;
}

const compareUnits = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** `compareBytes` for a sort of these texts: without the test of each pair, where none has a surrogate. */
export const byteOrderOf = (texts: readonly string[]): typeof compareBytes =>
  texts.some((text) => SURROGATE.test(text)) ? compareBytes : compareUnits;

/** Decodes a form value, once: + is a space, %XX a byte, in any encoding. @throws URIError for a broken escape */
export function formDecode(text: string): string {
  // Most names and values need no decoding, and a message is decoded piece by piece.
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    if (BROKEN_ESCAPE.test(spaced)) throw new URIError('a broken escape');
    return decodeBytes(unescaped(encodeBytes(spaced)));
  }
}

const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const PERCENT = 0x25;

/** Replaces every %XX by its byte. The caller has checked that each escape is complete. */
function unescaped(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const isEscape = bytes[at] === PERCENT;
    out[length] = isEscape ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : (bytes[at] ?? 0);
    length += 1;
    if (isEscape) at += 2;
  }
  return out.subarray(0, length);
}
