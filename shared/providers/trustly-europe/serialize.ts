/**
 * The text that Trustly Europe signs: method + uuid + serialize(data), UTF-8, no separators
 * (docs/protocols/trustly-europe-signature.md#signed-text).
 */
import { compareBytes } from '../bytes.ts';
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts';

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
