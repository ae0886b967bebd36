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
  it.each([[undefined], [null], ['text'], [7], [[]]])('%j is no object, and is refused', (json) => {
    expect(refusal(() => new Body(json))).toBe('The body is no JSON object.');
  });

  it('has only its own members: the name of a method of every object is no field', () => {
    expect(refusal(() => new Body({}).text('toString'))).toBe('toString: found nothing, allowed: a text.');
    expect(new Body({}).optional('constructor')).toBeUndefined();
  });

  it('a text is there and is not empty; a given value may be empty', () => {
    const body = new Body({ note: ' checked ', blank: '  ', empty: '' });
    expect(body.text('note')).toBe(' checked ');
    expect(body.given('empty')).toBe('');
    expect(refusal(() => body.text('blank'))).toBe('blank: found "  ", allowed: a text.');
    expect(refusal(() => body.given('absent'))).toBe('absent: found nothing, allowed: a text.');
  });

  it('a text has at most 2,000 characters, and a refusal repeats only the first of them', () => {
    const longest = 'a'.repeat(2_000);
    const body = new Body({ longest, longer: `${longest}a` });
    expect(body.text('longest')).toBe(longest);
    expect(refusal(() => body.text('longer'))).toBe(`longer: found "${'a'.repeat(99)}, allowed: a text.`);
  });

  it('an optional value may be absent, null or empty; a number is read as text', () => {
    const body = new Body({ none: null, empty: '', number: 12, text: 'x', list: [], huge: Number.NaN });
    expect(['absent', 'none', 'empty'].map((name) => body.optional(name))).toEqual(Array(3).fill(undefined));
    expect(['number', 'text'].map((name) => body.optional(name))).toEqual(['12', 'x']);
    expect(refusal(() => body.optional('list'))).toBe('list: found [], allowed: a text.');
    expect(refusal(() => body.optional('huge'))).toBe('huge: found null, allowed: a text.');
  });

  it('a switch is a boolean and nothing like one; an absent one is off', () => {
    const body = new Body({ on: true, off: false, text: 'true', number: 1 });
    expect(['on', 'off', 'absent'].map((name) => body.is(name))).toEqual([true, false, false]);
    expect(refusal(() => body.is('text'))).toBe('text: found "true", allowed: true and false.');
    expect(refusal(() => body.is('number'))).toBe('number: found 1, allowed: true and false.');
  });

  it('a list has 1 to 1,000 texts, none of them empty', () => {
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

  it('every text under a name is found, in a list or alone; what is no text is left out', () => {
    const body = new Body({ one: 'a', several: ['a', 2, 'b'], number: 3 });
    expect(['one', 'several', 'number', 'absent'].map((name) => body.every(name))).toEqual([
      ['a'],
      ['a', 'b'],
      [],
      [],
    ]);
  });
});
