import { describe, expect, test } from 'vitest';
import { encodeBytes } from '../../../shared/providers/bytes.ts';
import {
  hasDuplicates,
  MAX_PARAMETERS,
  MAX_QUERY_LENGTH,
  type Parameter,
  parseQuery,
} from '../../../shared/providers/paymentwall/query.ts';

const parsed = (raw: string): readonly Parameter[] => {
  const query = parseQuery(raw);
  if (!query.ok) throw new Error(query.reason);
  return query.parameters;
};
const pairs = (raw: string) => parsed(raw).map(({ name, value }) => [name, value]);

describe('parseQuery', () => {
  test('parseQuery keeps order, duplicates and empty values', () => {
    expect(pairs('b=1&a=&b=2&c&&')).toEqual([
      ['b', '1'],
      ['a', ''],
      ['b', '2'],
      ['c', ''],
    ]);
  });

  test('parseQuery decodes plus, escapes and UTF-8 only once', () => {
    expect(pairs('custom+name=my+custom%20value%2B&%C3%85=%25C3%2585')).toEqual([
      ['custom name', 'my custom value+'],
      ['Å', '%C3%85'],
    ]);
  });

  test('parseQuery splits at the first equals sign', () => {
    expect(pairs('goodsid=a=b%3Dc')).toEqual([['goodsid', 'a=b=c']]);
  });

  test('parseQuery knows a single level of nesting, escaped or not', () => {
    expect(
      parsed('goodsid%5B10%5D=x&custom[a]=y&deep[a][b]=z&goodsid[]=w&[0]=v&a]=u&[x]goodsid[0]=t'),
    ).toEqual([
      { name: 'goodsid[10]', root: 'goodsid', key: '10', value: 'x' },
      { name: 'custom[a]', root: 'custom', key: 'a', value: 'y' },
      { name: 'deep[a][b]', root: 'deep[a][b]', value: 'z' },
      { name: 'goodsid[]', root: 'goodsid', key: '', value: 'w' },
      { name: '[0]', root: '[0]', value: 'v' },
      { name: 'a]', root: 'a]', value: 'u' },
      { name: '[x]goodsid[0]', root: '[x]goodsid[0]', value: 't' },
    ]);
  });

  test.each(['a=%', 'a=%4', 'a=%zz', 'a=%c3%', '%=a', 'a=\ud800', 'a=\udcc3'])(
    'parseQuery refuses %j as unreadable_query',
    (raw) => {
      expect(parseQuery(raw)).toEqual({ ok: false, reason: 'unreadable_query' });
    },
  );

  test.each(['%ff', '%c0%af', '%ed%a0%80', '%c3', '%a3'])(
    'parseQuery keeps bytes that are not UTF-8: %s',
    (value) => {
      const [parameter] = parsed(`a=x${value}`);
      expect(parameter?.value.isWellFormed()).toBe(false);
      expect(encodeBytes(parameter?.value ?? '').toString('hex')).toBe(`78${value.replaceAll('%', '')}`);
    },
  );

  test('parseQuery refuses a query over the maximum length or number of parameters', () => {
    expect(parseQuery('a'.repeat(MAX_QUERY_LENGTH))).toMatchObject({ ok: true });
    expect(parseQuery('a'.repeat(MAX_QUERY_LENGTH + 1))).toEqual({ ok: false, reason: 'query_too_long' });
    expect(parseQuery('a&'.repeat(MAX_PARAMETERS))).toMatchObject({ ok: true });
    expect(parseQuery('a&'.repeat(MAX_PARAMETERS + 1))).toEqual({ ok: false, reason: 'too_many_parameters' });
  });

  test('parseQuery takes prototype names as names of parameters', () => {
    const raw = '__proto__=1&constructor[prototype]=2&toString=3&hasOwnProperty=4';
    expect(parsed(raw).map(({ root }) => root)).toEqual([
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
    ]);
    expect(hasDuplicates(parsed(raw))).toBe(false);
  });
});

describe('hasDuplicates', () => {
  test.each([
    ['uid=a&uid=b', true],
    ['uid=a&uid=a', true],
    ['goodsid[0]=a&goodsid%5B0%5D=b', true],
    ['goodsid=a&goodsid[0]=b', true],
    ['goodsid[0]=a&goodsid[1]=a', false],
    ['uid=a&UID=a', false],
  ])('hasDuplicates of %s is %s', (raw, expected) => {
    expect(hasDuplicates(parsed(raw))).toBe(expected);
  });
});
