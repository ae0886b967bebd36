import { describe, expect, it } from 'vitest';
import { EXIT, Problem } from '../../../cli/problem.ts';
import { Body } from '../../../console/server/body.ts';

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem && error.code === EXIT.usage) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('the body of an action', () => {
  it.each([[undefined], [null], ['text'], [7], [[]]])('the body %j is no object and is refused', (json) => {
    expect(refusal(() => new Body(json))).toBe('The body is no JSON object.');
  });

  it('a body has only its own members: toString and constructor are no fields', () => {
    expect(refusal(() => new Body({}).text('toString'))).toBe('toString: found nothing, allowed: a text.');
    expect(new Body({}).optional('constructor')).toBeUndefined();
  });

  it('text refuses a blank value, given accepts an empty value and refuses an absent value', () => {
    const body = new Body({ note: ' checked ', blank: '  ', empty: '' });
    expect(body.text('note')).toBe(' checked ');
    expect(body.given('empty')).toBe('');
    expect(refusal(() => body.text('blank'))).toBe('blank: found "  ", allowed: a text.');
    expect(refusal(() => body.given('absent'))).toBe('absent: found nothing, allowed: a text.');
  });

  it('a text of a body has at most 2,000 characters, and a refusal repeats only the first 99', () => {
    const longest = 'a'.repeat(2_000);
    const body = new Body({ longest, longer: `${longest}a` });
    expect(body.text('longest')).toBe(longest);
    expect(refusal(() => body.text('longer'))).toBe(`longer: found "${'a'.repeat(99)}, allowed: a text.`);
  });

  it('an optional value may be absent, null or empty, and a number is read as text', () => {
    const body = new Body({ none: null, empty: '', number: 12, text: 'x', list: [], huge: Number.NaN });
    expect(['absent', 'none', 'empty'].map((name) => body.optional(name))).toEqual(Array(3).fill(undefined));
    expect(['number', 'text'].map((name) => body.optional(name))).toEqual(['12', 'x']);
    expect(refusal(() => body.optional('list'))).toBe('list: found [], allowed: a text.');
    expect(refusal(() => body.optional('huge'))).toBe('huge: found null, allowed: a text.');
  });

  it('a switch of a body is true or false only, and an absent switch is off', () => {
    const body = new Body({ on: true, off: false, text: 'true', number: 1 });
    expect(['on', 'off', 'absent'].map((name) => body.is(name))).toEqual([true, false, false]);
    expect(refusal(() => body.is('text'))).toBe('text: found "true", allowed: true and false.');
    expect(refusal(() => body.is('number'))).toBe('number: found 1, allowed: true and false.');
  });

  it('a list of a body must have 1 to 1,000 texts that are not blank', () => {
    const most = Array.from({ length: 1_000 }, (_, index) => `id-${index}`);
    const body = new Body({
      most,
      more: [...most, 'one'],
      none: [],
      blank: ['a', ' '],
      mixed: ['a', 1],
      a: 'a',
    });
    expect(body.texts('most')).toEqual(most);
    for (const name of ['more', 'none', 'blank', 'mixed', 'a', 'absent']) {
      expect(
        refusal(() => body.texts(name)),
        name,
      ).toMatch(/, allowed: a list of 1 to 1000 texts\.$/);
    }
  });

  it('every returns the texts of a field, in a list or alone, and leaves other values out', () => {
    const body = new Body({ one: 'a', several: ['a', 2, 'b'], number: 3 });
    expect(['one', 'several', 'number', 'absent'].map((name) => body.every(name))).toEqual([
      ['a'],
      ['a', 'b'],
      [],
      [],
    ]);
  });
});
