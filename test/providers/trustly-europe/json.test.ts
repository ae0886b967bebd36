import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  JSON_LIMITS,
  JsonError,
  JsonNumber,
  type JsonValue,
  parseJson,
} from '../../../shared/providers/trustly-europe/json.ts';

/** The plain value, to compare with the result of JSON.parse. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof Map) {
    // fromEntries defines own properties, so "__proto__" stays a name, as in JSON.parse.
    return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

const parsesLikeBuiltIn = (text: string): void => {
  let builtIn: unknown;
  try {
    builtIn = JSON.parse(text);
  } catch {
    expect(() => parseJson(text), text).toThrow(JsonError);
    return;
  }
  expect(plain(parseJson(text).value)).toEqual(builtIn);
};

describe('parseJson', () => {
  it('parseJson agrees with JSON.parse on every valid text', () => {
    const wellFormed = fc
      .json({ maxDepth: 5 })
      .filter((text) => JSON.stringify(JSON.parse(text)).isWellFormed());
    fc.assert(fc.property(wellFormed, parsesLikeBuiltIn), { numRuns: 500 });
  });

  it('parseJson accepts and refuses damaged texts exactly as JSON.parse does', () => {
    const damaged = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '0', '-', 'e', ' '),
      )
      .map(([text, at, piece]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + piece + text.slice(cut + 1);
      })
      .filter((text) => !/\\u[dD][89a-fA-F]/.test(text) && text.isWellFormed());
    fc.assert(fc.property(damaged, parsesLikeBuiltIn), { numRuns: 2_000 });
  });

  it.each([
    [
      'a value is missing',
      ['', ' ', '{"a":}', '[', '[1,', '[1,]', '.5', '-', '+1', 'NaN', 'Infinity', 'True'],
    ],
    ['a value is missing', ['}', '// 1', '\ufeff{}', '\u00a0{}', '\u000b{}', '\u000c{}']],
    ['a key is missing', ['{', '{"a":1,}', '{a:1}', "{'a':1}", '{1:1}', '{null:1}']],
    ['a colon is missing', ['{"a"}', '{"a"', '{"a",1}', '{"a"1}']],
    ['an object is not closed', ['{"a":1', '{"a":1]', '{"a":1 "b":2}']],
    ['an array is not closed', ['[1', '[1}', '[1 2]', '["a" "b"]', '[1:2]']],
    ['something follows the value', ['{"a":1}x', '{}{}', '1 2', '01', '1.', '1e', '0x1', 'truee']],
    ['an unknown word', ['tru', 'nul', 'falsy', 'tRUE']],
    ['a string is not closed', ['"', '"a', '"\t"', '"\n"', '"\u0000"', '"\u001f"', '{"a']],
    ['an unknown escape', ['"\\', '"\\x"', '"\\x0041"', '"\\U0041"', '"\\u12"', '"\\u12g4"', '"\\u 041"']],
  ])('parseJson refuses with the reason "%s": %j', (reason, texts) => {
    for (const text of texts) {
      expect(() => JSON.parse(text), text).toThrow();
      expect(() => parseJson(text), text).toThrow(JsonError);
      expect(() => parseJson(text), text).toThrow(reason);
    }
  });

  const TOKENS = ['{', '"a"', ':', '[', '1', ',', 'null', ']', ',', '"b"', ':', '{', '}', '}'];

  it('parseJson skips the four kinds of white space between any two tokens, and refuses any other space', () => {
    for (const space of [' ', '\t', '\n', '\r', '\r\n\t ']) {
      const text = ['', ...TOKENS, ''].join(space);
      expect(plain(parseJson(text).value)).toEqual({ a: [1, null], b: {} });
    }
    const others = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit)).filter(
      (unit) => /[\s\p{Cc}\p{Cf}]/u.test(unit) && !/[ \t\n\r]/.test(unit),
    );
    expect(others).toEqual(
      expect.arrayContaining(['\u0000', '\v', '\f', '\u0085', '\u00a0', '\u200b', '\ufeff']),
    );
    for (const space of others) {
      for (let at = 0; at <= TOKENS.length; at++) {
        const text = TOKENS.toSpliced(at, 0, space).join('');
        expect(() => parseJson(text), JSON.stringify(text)).toThrow(JsonError);
      }
    }
  });

  it.each(['902.50', '1e5', '-0', '123456789012345678901234567890', '0.10', '1E+2'])(
    'parseJson keeps the number %s as written',
    (text) => {
      expect(parseJson(` ${text} `).value).toEqual(new JsonNumber(text));
    },
  );

  it('parseJson counts repeated keys at every level, also escaped keys, and keeps the last value', () => {
    expect(parseJson('{"a":1,"b":2}').duplicateKeys).toBe(0);
    expect(parseJson('{"a":{"a":1},"b":[{"a":1},{"a":1}]}').duplicateKeys).toBe(0);
    const { value, duplicateKeys } = parseJson('{"a":"1","\\u0061":"2","b":[{"c":1,"c":1}]}');
    expect(duplicateKeys).toBe(2);
    expect(plain(value)).toEqual({ a: '2', b: [{ c: 1 }] });
  });

  it('parseJson takes prototype names as names of members', () => {
    const { value } = parseJson('{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t"}');
    expect([...(value as Map<string, JsonValue>).keys()]).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((value as unknown as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('parseJson decodes escapes and surrogate pairs, and refuses a lone surrogate', () => {
    expect(parseJson('"\\u00c5\\/\\n\\ud83d\\ude00\\"\\\\"').value).toBe('Å/\n😀"\\');
    expect(parseJson('"\\b-\\f-\\n-\\r-\\t"').value).toBe('\b-\f-\n-\r-\t');
    for (const text of ['"\\ud83d"', '"\\ude00"', '"\\ude00\\ud83d"', '{"\\ud83d":1}']) {
      expect(() => parseJson(text)).toThrow('surrogate');
    }
  });

  it('parseJson limits depth, members, number length and text length', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const members = (count: number) => `[${Array(count).fill('0').join(',')}]`;
    const keys = (count: number) => `{${Array(count).fill('"a":0').join(',')}}`;
    expect(() => parseJson(nested(JSON_LIMITS.depth))).not.toThrow();
    expect(() => parseJson(nested(JSON_LIMITS.depth + 1))).toThrow('too deep');
    expect(() => parseJson('[{"a":'.repeat(20_000))).toThrow(JsonError);
    expect(() => parseJson(members(JSON_LIMITS.members))).not.toThrow();
    expect(() => parseJson(members(JSON_LIMITS.members + 1))).toThrow('too many');
    expect(() => parseJson(keys(JSON_LIMITS.members))).not.toThrow();
    expect(() => parseJson(keys(JSON_LIMITS.members + 1))).toThrow('too many');
    expect(() => parseJson('1'.repeat(JSON_LIMITS.number))).not.toThrow();
    expect(() => parseJson('1'.repeat(JSON_LIMITS.number + 1))).toThrow('too long');
    expect(() => parseJson(`"${'a'.repeat(JSON_LIMITS.length - 2)}"`)).not.toThrow();
    expect(() => parseJson(`"${'a'.repeat(JSON_LIMITS.length - 1)}"`)).toThrow('too long');
  });

  it('parseJson never quotes the text in an error', () => {
    for (const text of ['{"secret-user":', '"secret', '[secret]', '{"secret":tru}']) {
      try {
        parseJson(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('secret');
      }
    }
  });
});
