/**
 * The text that Trustly Europe signs: method + uuid + serialize(data), UTF-8, no separators (protocol notes 2.1).
 */
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts';

/**
 * Negative, zero or positive in byte order of the UTF-8 forms, which is code point order. UTF-16 order, which
 * `<` uses, differs for characters beyond U+FFFF: their surrogates must rank above U+E000–U+FFFF.
 */
export function compareBytes(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Objects: every key in byte order, followed by its value; arrays: the elements as they stand, never sorted;
 * null, {} and [] are empty texts, and their key stays; numbers as written.
 *
 * true and false are not specified and never seen; the official Java and JavaScript clients write them like this.
 */
export function serialize(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.text;
  let text = '';
  if (isJsonObject(value)) {
    for (const key of [...value.keys()].sort(compareBytes)) text += key + serialize(value.get(key) ?? null);
    return text;
  }
  for (const element of value) text += serialize(element);
  return text;
}

/** What is signed, for a notification and for our answer alike. */
export function signedText(method: string, uuid: string, data: JsonObject): string {
  return method + uuid + serialize(data);
}
