/** Texts that keep every byte. Providers sign bytes, which may not be UTF-8. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareBytes,
  decodeBytes,
  encodeBytes,
  escapeBytes,
  formDecode,
} from '../../shared/providers/bytes.ts';

/** Bytes with many whole characters of UTF-8, many parts of characters and many invalid bytes. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 2 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      'c3',
      'a5',
      'c385',
      'e0a4',
      'ed9fbf',
      'eda080',
      'efbfbf',
      'f09f98',
      'f0908080',
      'f48fbfbf',
      'f4908080',
      'c0af',
      'ff',
    )
    .map((hex) => Buffer.from(hex, 'hex')),
);
const bytes = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const isUtf8 = (value: Buffer): boolean => {
  try {
    strict.decode(value);
    return true;
  } catch {
    return false;
  }
};

describe('bytes as text', () => {
  test('encodeBytes gives back every byte that decodeBytes read', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBytes(decodeBytes(value))).toEqual(value);
      }),
      { numRuns: 5_000 },
    );
  });

  test('decodeBytes gives a well-formed text exactly when the bytes are UTF-8, and then the usual text', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decodeBytes(value).isWellFormed()).toBe(isUtf8(value));
        if (isUtf8(value)) expect(decodeBytes(value)).toBe(utf8.decode(value));
      }),
      { numRuns: 5_000 },
    );
  });

  test('only bytes that are not UTF-8 become lone surrogates', () => {
    expect(decodeBytes(Buffer.from('63616665cc', 'hex'))).toBe('cafe\udccc');
    expect(decodeBytes(Buffer.from('c385c3', 'hex'))).toBe('Å\udcc3');
    expect(decodeBytes(Buffer.from('f09f9880a5', 'hex'))).toBe('😀\udca5');
  });

  test('compareBytes orders names by their bytes, UTF-8 or not', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (start, a, b) => {
        const [left, right] = [Buffer.concat([start, a]), Buffer.concat([start, b])];
        const order = Math.sign(compareBytes(decodeBytes(left), decodeBytes(right)));
        expect(order).toBe(Buffer.compare(left, right));
      }),
      { numRuns: 5_000 },
    );
  });

  test('escapeBytes writes a byte that is not UTF-8 as an escape', () => {
    const text = decodeBytes(Buffer.from('43616665e9', 'hex'));
    expect(escapeBytes(text, (hex) => `%${hex}`)).toBe('Cafe%E9');
    expect(escapeBytes('😀 é', () => '?')).toBe('😀 é');
  });
});

describe('form decoding', () => {
  const escaped = (value: Buffer): string =>
    [...value].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

  test('formDecode gives the bytes that were escaped, in any encoding', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBytes(formDecode(escaped(value)))).toEqual(value);
      }),
      { numRuns: 5_000 },
    );
  });

  test('formDecode decodes plus and escapes once, also where decodeURIComponent would fail', () => {
    expect(formDecode('a+b%2Bc%2525%C3%85')).toBe('a b+c%25Å');
    expect(formDecode('a+b%2Bc%2525%A3')).toBe('a b+c%25\udca3');
    // The first byte of the character is raw, the second is escaped.
    expect(formDecode(`${decodeBytes(Buffer.from('c3', 'hex'))}%85`)).toBe('Å');
  });

  test.each(['%', '%4', '%zz', 'a%', '%C3%4', '%A3%', '%%41'])(
    'formDecode refuses the broken escape %s',
    (text) => {
      expect(() => formDecode(text)).toThrow(URIError);
    },
  );
});
