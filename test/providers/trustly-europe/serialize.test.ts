import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, plainText } from '../../../local/demo/senders/trustly-europe.ts';
import { compareBytes } from '../../../shared/providers/bytes.ts';
import { type JsonObject, parseJson } from '../../../shared/providers/trustly-europe/json.ts';
import { serialize, signedText } from '../../../shared/providers/trustly-europe/serialize.ts';
import { G1, G2, vectors } from './support.ts';

const of = (json: string) => serialize(parseJson(json).value);

describe('serialize', () => {
  it.each(vectors.serialization)('serialize matches the vector %j', ({ data, plain }) => {
    expect(of(JSON.stringify(data))).toBe(plain);
  });

  it.each([G1, G2])(
    'signedText gives the signed text of a genuine $method',
    ({ method, uuid, data, plain }) => {
      expect(signedText(method, uuid, parseJson(JSON.stringify(data)).value as JsonObject)).toBe(plain);
    },
  );

  it('serialize gives the text of the official Python client for nested arrays, a null and an empty object', () => {
    const data = {
      array: [[0, 1, 2], [0, 1, 3], [0, 1, 1], { a: '', bc: '010def' }],
      arrayof: {
        array: [
          [1, 9, 5],
          [1, 1, 0],
        ],
      },
    };
    // Written by hand after docs/protocols/trustly-europe-signature.md#signed-text: the elements in their order, without
    // indexes and without brackets.
    expect(of(JSON.stringify(data))).toBe('array012013011abc010defarrayofarray195110');
    expect(of('{"deep1":{"deep2":{"deep3":"deep4"}},"deep5":{},"nullvalue":null,"z":[]}')).toBe(
      'deep1deep2deep3deep4deep5nullvaluez',
    );
  });

  it('serialize keeps the key of null, {} and [], and writes nothing for the value', () => {
    expect(of('{"b":null,"a":{},"d":"","c":[]}')).toBe('abcd');
    expect(of('["x",null,"y"]')).toBe('xy');
  });

  it('serialize never sorts arrays, also beyond ten elements', () => {
    const digits = Array.from({ length: 12 }, (_, index) => String(12 - index));
    expect(of(JSON.stringify(digits))).toBe(digits.join(''));
  });

  it('serialize writes numbers as received, and true and false as words', () => {
    expect(of('{"a":902.50,"b":11,"c":1e2,"d":12345678901234567890,"e":true,"f":false}')).toBe(
      'a902.50b11c1e2d12345678901234567890etrueffalse',
    );
  });

  it('serialize sorts keys bytewise: capitals first, then small letters, then å ä ö by code point', () => {
    expect(of('{"a3":"","B2":"","b1":"","A4":""}')).toBe('A4B2a3b1');
    expect(of('{"å":"1","ä":"2","ö":"3","z":"0","payerAlias":"p","payera":"q"}')).toBe(
      'payerAliasppayeraqz0ä2å1ö3',
    );
  });

  it('serialize sorts characters beyond U+FFFF after U+FF5E, unlike UTF-16 order', () => {
    expect(of('{"😀":"2","～":"1"}')).toBe('～1😀2');
    expect('😀' < '～').toBe(true);
  });

  it('compareBytes sorts the characters around the surrogates by code point', () => {
    const ascending = [
      '\u{d7ff}',
      '\u{e000}',
      '\u{e001}',
      '\u{ffff}',
      '\u{10000}',
      '\u{10001}',
      '\u{10ffff}',
    ];
    expect(ascending.toReversed().sort(compareBytes)).toEqual(ascending);
  });

  it('compareBytes compares texts like the bytes of the UTF-8 forms', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('serialize agrees with an independent model on any data', () => {
    const { data } = fc.letrec<{ data: Json; value: Json }>((tie) => ({
      data: fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { noNullPrototype: true }),
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie('value'), { maxLength: 12 }),
        tie('data'),
      ),
    }));
    fc.assert(
      fc.property(data, (value) => {
        expect(of(JSON.stringify(value))).toBe(plainText('', '', value).toString('utf8'));
      }),
      { numRuns: 500 },
    );
  });
});
