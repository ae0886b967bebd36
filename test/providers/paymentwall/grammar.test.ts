/** The places of parameters in a signed text, and the names that are possible between two other names. */
import { describe, expect, test } from 'vitest';
import { isBetween, places, WORD_END } from '../../../shared/providers/paymentwall/grammar.ts';

describe('the places of parameters', () => {
  test('places gives the offset of every name and equals sign in the signed text', () => {
    const pairs = [
      { name: 'goodsid', root: 'goodsid', value: 'gold' },
      { name: 'ref', root: 'ref', value: '' },
      { name: 'uid', root: 'uid', value: 'a=b' },
    ];
    const text = pairs.map(({ name, value }) => `${name}=${value}`).join('');
    for (const { name, value, at, equals } of places(pairs)) {
      expect(text.slice(at, equals)).toBe(name);
      expect(text.slice(equals, equals + 1 + value.length)).toBe(`=${value}`);
    }
    expect(places(pairs).map(({ at }) => at)).toEqual([0, 12, 16]);
  });

  test('places gives nothing for no parameters', () => expect(places([])).toEqual([]));
});

describe('isBetween', () => {
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

  test.each([
    ['b', 'c', 'd', true],
    [undefined, 'c', 'd', true],
    ['b', 'c', undefined, true],
    [undefined, 'c', undefined, true],
    ['c', 'c', 'd', false],
    ['b', 'c', 'c', false],
    ['d', 'c', 'e', false],
    ['a', 'c', 'b', false],
  ])('isBetween: after %s the name %s may stand before %s: %s', (after, name, before, is) => {
    expect(isBetween(order, after, name, before)).toBe(is);
  });
});

test('the last word of a name begins after an underscore, a full stop, a bracket or a hyphen', () => {
  for (const character of '_.[]-') expect(WORD_END.test(character)).toBe(true);
  for (const character of 'a7=&') expect(WORD_END.test(character)).toBe(false);
});
