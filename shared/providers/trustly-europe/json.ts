/**
 * A strict JSON parser that keeps what `JSON.parse` drops and the signature needs: numbers as written ("902.50" stays
 * "902.50", 2^53+1 keeps its digits) and the presence of duplicate keys. Objects are Maps, so "__proto__" is an
 * ordinary name. One pass, with limits of length, depth and members: linear time and memory.
 *
 * It accepts exactly what RFC 8259 and `JSON.parse` accept, except beyond its limits and for lone surrogates, which
 * have no UTF-8 form and so cannot have been signed. The only lone surrogates that it reads are those for a byte that
 * is not UTF-8 (../bytes.ts), as received or, in a stored message, as an escape ("\udce9").
 */

/** A number exactly as it is written in the text. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export interface JsonDocument {
  readonly value: JsonValue;
  /** How often a key was repeated within its object, anywhere. The last one gives the value, as in `JSON.parse`. */
  readonly duplicateKeys: number;
}

/** Generous in comparison with the largest documented notification (about 2 KB, 2 levels, 30 members). */
export const JSON_LIMITS = {
  /** UTF-16 code units of the whole text. */
  length: 65_536,
  /** Objects and arrays inside each other. */
  depth: 32,
  /** Object members and array elements in all. */
  members: 2_000,
  /** Characters of one number. */
  number: 64,
} as const;

/** The text is not JSON, or exceeds a limit. The message never quotes the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Parses a text. @throws JsonError */
export function parseJson(text: string): JsonDocument {
  if (text.length > JSON_LIMITS.length) throw new JsonError('too long');
  return new Parser(text).document();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** A lone surrogate that does not stand for a byte. */
const NO_TEXT = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udc7f\udd00-\udfff]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

class Parser {
  readonly #text: string;
  #at = 0;
  #members = 0;
  #duplicateKeys = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonDocument {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw new JsonError('something follows the value');
    return { value, duplicateKeys: this.#duplicateKeys };
  }

  #value(depth: number): JsonValue {
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#enter(depth);
    if (this.#take('}')) return members;
    do {
      this.#countMember();
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw new JsonError('a key is missing');
      const key = this.#string();
      if (!this.#take(':')) throw new JsonError('a colon is missing');
      const value = this.#value(depth);
      if (members.has(key)) this.#duplicateKeys += 1;
      members.set(key, value);
    } while (this.#take(','));
    if (!this.#take('}')) throw new JsonError('an object is not closed');
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    const elements: JsonValue[] = [];
    this.#enter(depth);
    if (this.#take(']')) return elements;
    do {
      this.#countMember();
      elements.push(this.#value(depth));
    } while (this.#take(','));
    if (!this.#take(']')) throw new JsonError('an array is not closed');
    return elements;
  }

  #string(): string {
    const text = this.#text;
    let at = this.#at + 1;
    let from = at;
    let decoded = '';
    let code = text.charCodeAt(at);
    while (code !== QUOTE) {
      // NaN, beyond the end, fails this comparison too.
      if (!(code >= FIRST_PRINTABLE))
        throw new JsonError('a string is not closed, or holds a control character');
      if (code === BACKSLASH) {
        decoded += text.slice(from, at) + this.#escape(at + 1);
        at = from = this.#at;
      } else at += 1;
      code = text.charCodeAt(at);
    }
    decoded += text.slice(from, at);
    this.#at = at + 1;
    if (NO_TEXT.test(decoded)) throw new JsonError('a lone surrogate');
    return decoded;
  }

  /** Decodes the escape whose letter is at `at`, and moves behind it. */
  #escape(at: number): string {
    const letter = this.#text.charAt(at);
    const simple = SIMPLE_ESCAPES.get(letter);
    if (simple !== undefined) {
      this.#at = at + 1;
      return simple;
    }
    HEX4.lastIndex = at + 1;
    const hex = letter === 'u' ? HEX4.exec(this.#text)?.[0] : undefined;
    if (hex === undefined) throw new JsonError('an unknown escape');
    this.#at = at + 5;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw new JsonError('a value is missing');
    if (text.length > JSON_LIMITS.number) throw new JsonError('a number is too long');
    this.#at += text.length;
    return new JsonNumber(text);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new JsonError('an unknown word');
    this.#at += word.length;
    return value;
  }

  #enter(depth: number): void {
    if (depth > JSON_LIMITS.depth) throw new JsonError('too deep');
    this.#at += 1;
  }

  #countMember(): void {
    this.#members += 1;
    if (this.#members > JSON_LIMITS.members) throw new JsonError('too many members');
  }

  /** Skips white space, and the character if it is next. True: it was. */
  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return;
      this.#at += 1;
    }
  }
}
