/** Mutations of bytes, whatever the bytes mean. */
import type { ByteOperator } from './operators.ts';
import { contentOf } from './wire.ts';

const at = (bytes: Buffer, random: { below(limit: number): number }): number =>
  random.below(bytes.length + 1);

const splice = (bytes: Buffer, from: number, to: number, middle: Uint8Array | string): Buffer =>
  Buffer.concat([bytes.subarray(0, from), Buffer.from(middle as Uint8Array), bytes.subarray(to)]);

/** Texts with a meaning for one of the parsers. */
export const TOKENS = [
  ...['&', '=', '%', '+', '&&', '%00', '%26', '%3D', '%25', '%2B', '%c3%a9', '%C0%80', '%ff', '%u0041', ';'],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    '1e400',
    '-0',
    '//',
    '/**/',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', '[0]', '[]', '%5B0%5D', '%5B__proto__%5D'],
  ...['status=4', 'type=0', 'is_test=0', 'sign_version=1', 'eventId=9', 'splitToken=x', '"amount":"1"'],
  ...[
    'notificationid',
    'orderid',
    'goodsid=',
    'ref=',
    'alg=RS256;',
    'HmacSHA512:',
    '\ufeff',
    '\u0000',
    '\r\n',
  ],
];

export const INVALID_UTF8: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0x80],
  [0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
];

export const byteOperators: Readonly<Record<string, ByteOperator>> = {
  'flip bit': (bytes, { random }) => {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    const index = random.below(copy.length);
    copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  'delete byte': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index + 1, '');
  },
  'insert byte': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index, Uint8Array.of(random.below(256)));
  },
  'duplicate byte': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index, bytes.subarray(index, index + 1));
  },
  truncate: (bytes, { random }) => bytes.subarray(0, at(bytes, random)),
  'delete range': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index + random.below(40), '');
  },
  'repeat range': (bytes, { random }) => {
    const index = at(bytes, random);
    const range = bytes.subarray(index, index + 1 + random.below(40));
    return splice(bytes, index, index, Buffer.concat(Array(random.between(1, 50)).fill(range)));
  },
  'insert token': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index + random.below(3), random.pick(TOKENS));
  },
  'invalid UTF-8': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index, Uint8Array.from(random.pick(INVALID_UTF8)));
  },
  'null byte': (bytes, { random }) => {
    const index = at(bytes, random);
    return splice(bytes, index, index, Uint8Array.of(0));
  },
  'splice with another message': (bytes, { random, donor }) => {
    const other = contentOf(donor);
    return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]);
  },
};
