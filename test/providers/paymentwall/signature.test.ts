/** The text that Paymentwall signs, and its hash: docs/protocols/paymentwall-signature.md#signature. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Parameter } from '../../../shared/providers/paymentwall/query.ts';
import { splitName } from '../../../shared/providers/paymentwall/query.ts';
import { signatureOf, signedTexts, versionOf } from '../../../shared/providers/paymentwall/signature.ts';
import vectors from '../../vectors/paymentwall.json' with { type: 'json' };

const of = (...pairs: readonly (readonly [string, string])[]): readonly Parameter[] =>
  pairs.map(([name, value]) => ({ ...splitName(name), value }));
const inQuery = (query: string): readonly Parameter[] => of(...new URLSearchParams(query));
const texts = (parameters: readonly Parameter[], version: 1 | 2 | 3) =>
  signedTexts(parameters, 'digital_goods', version).map(({ text }) => text);

describe('the hash of a signature', () => {
  it.each([
    [1, 'md5'],
    [2, 'md5'],
    [3, 'sha256'],
  ] as const)(
    'the signature of version %i is %s over the text and the secret, in lower-case hex',
    (version, name) => {
      const expected = createHash(name).update('uid=1key').digest('hex');
      expect(signatureOf('uid=1', 'key', version)).toBe(expected);
    },
  );

  it.each(vectors.cases.filter(({ valid }) => valid).map((vector) => [vector.name, vector] as const))(
    'the signature equals the published signature: %s',
    (_name, { query, secret, api }) => {
      const parameters = inQuery(query);
      const found = versionOf(parameters, api as 'digital_goods');
      if (found === undefined) throw new Error('no version');
      const signed = signedTexts(parameters, api as 'digital_goods', found.version);
      const hashes = signed.map(({ text }) => signatureOf(text, secret, found.version));
      expect(hashes).toContain(new URLSearchParams(query).get('sig'));
    },
  );
});

describe('the version of a signature', () => {
  it.each([
    ['digital_goods', [], { version: 1, implied: false }],
    ['digital_goods', [''], { version: 1, implied: false }],
    ['digital_goods', ['1'], { version: 1, implied: false }],
    ['digital_goods', ['2'], { version: 2, implied: false }],
    ['virtual_currency', ['3'], { version: 3, implied: false }],
    ['digital_goods', ['2', '2'], { version: 2, implied: false }],
    ['cart', [], { version: 2, implied: true }],
    ['cart', ['1'], undefined],
    ['digital_goods', ['4'], undefined],
    ['digital_goods', ['02'], undefined],
    ['digital_goods', ['2 '], undefined],
    ['digital_goods', ['2', '3'], undefined],
  ] as const)('the version of %s with sign_version %j is %j', (api, values, expected) => {
    const parameters = of(...values.map((value) => ['sign_version', value] as const));
    expect(versionOf(parameters, api)).toEqual(expected);
  });

  it('sign_version as a list is no version', () => {
    expect(versionOf(of(['sign_version[]', '2']), 'digital_goods')).toBeUndefined();
  });
});

describe('the signed text', () => {
  it('the signed text of version 1 has six fields in a fixed order, an absent field as empty, and nothing else', () => {
    const parameters = of(['ref', 'r'], ['type', '0'], ['uid', 'u'], ['is_test', '1'], ['goodsid', 'g']);
    expect(texts(parameters, 1)).toEqual(['uid=ugoodsid=gslength=speriod=type=0ref=r']);
  });

  it('the signed text of version 1 for virtual currency has four fields', () => {
    const signed = signedTexts(of(['uid', 'u'], ['currency', '5']), 'virtual_currency', 1);
    expect(signed.map(({ text, variant }) => [text, variant])).toEqual([
      ['uid=ucurrency=5type=ref=', 'fixed-fields'],
    ]);
  });

  it('a cart has no signed text of version 1', () => {
    expect(signedTexts(of(['uid', 'u']), 'cart', 1)).toEqual([]);
  });

  it('the signed text of versions 2 and 3 has every parameter but sig, sorted by the bytes of the name', () => {
    const parameters = of(
      ['b', '2'],
      ['sig', 'x'],
      ['a', '1'],
      ['sign_version', '2'],
      ['B', '3'],
      ['é', '4'],
    );
    expect(texts(parameters, 2)).toEqual(['B=3a=1b=2sign_version=2é=4']);
  });

  it('a list has three signed texts, the numeric order first: 9 before 10, and 10 before 9 as text', () => {
    const parameters = of(['goodsid[10]', 'b'], ['goodsid[9]', 'a'], ['sign_version', '2']);
    const [numeric, lexical, flat] = signedTexts(parameters, 'cart', 2);
    expect([numeric?.variant, numeric?.text]).toEqual([
      'nested-numeric',
      'goodsid[9]=agoodsid[10]=bsign_version=2',
    ]);
    expect([lexical?.variant, lexical?.text]).toEqual([
      'nested-lexical',
      'goodsid[10]=bgoodsid[9]=asign_version=2',
    ]);
    expect([flat?.variant, flat?.text]).toEqual(['flat', 'goodsid[10]=bgoodsid[9]=asign_version=2']);
  });

  it('the signed text of a cart without sign_version contains sign_version=2', () => {
    expect(signedTexts(of(['uid', 'u']), 'cart', 2).map(({ text }) => text)).toEqual(['sign_version=2uid=u']);
  });
});
