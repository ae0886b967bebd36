/**
 * The text that Trustly Europe signs: method + uuid + serialize(data), UTF-8, no separators
 * (docs/protocols/trustly-europe-signature.md#signed-text).
 */
import { byteOrderOf } from '../bytes.ts';
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts';

/**
 * Objects: every key in byte order, followed by its value. Arrays: the elements in their order, never sorted. null, {}
 * and [] are empty texts, and their key stays. Numbers as written.
 *
 * true and false are not specified and were never seen; the official Java and JavaScript clients write them like this.
 */
export function serialize(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.text;
  let text = '';
  if (isJsonObject(value)) {
    const keys = [...value.keys()];
    for (const key of keys.sort(byteOrderOf(keys))) text += key + serialize(value.get(key) ?? null);
    return text;
  }
  for (const element of value) text += serialize(element);
  return text;
}

/** The signed text of a notification or of our answer. */
export function signedText(method: string, uuid: string, data: JsonObject): string {
  return method + uuid + serialize(data);
}
