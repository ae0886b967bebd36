import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, MathError } from '../../console/server/metric-math.ts';

const periods = [0, 60, 120];
const metrics = new Map([
  [
    'a',
    new Map([
      [0, 6],
      [60, 3],
    ]),
  ],
  [
    'b',
    new Map([
      [0, 2],
      [120, 5],
    ]),
  ],
  ['zero', new Map([[0, 0]])],
]);
const computed = (expression: string) => Object.fromEntries(evaluate(expression, { metrics, periods }));

describe('metric math', () => {
  it.each([
    ['a', { 0: 6, 60: 3 }],
    ['FILL(a, 0) - FILL(b, 0)', { 0: 4, 60: 3, 120: -5 }],
    ['a + b', { 0: 8 }],
    ['a - 1 - 1', { 0: 4, 60: 1 }],
    ['100 * b / a', { 0: 100 / 3 }],
    ['-(a + 1) * 2', { 0: -14, 60: -8 }],
    ['2 * FILL(a, 1.5)', { 0: 12, 60: 6, 120: 3 }],
    ['SUM(METRICS())', { 0: 8, 60: 3, 120: 5 }],
    ['a / zero', {}],
    ['7', { 0: 7, 60: 7, 120: 7 }],
  ])('%s', (expression, expected) => {
    expect(computed(expression)).toEqual(expected);
  });

  it.each([
    '',
    'c',
    'a +',
    '(a',
    'a b',
    'RATE(a)',
    'SUM(a)',
    'FILL(1, 0)',
    'FILL(a, b)',
    'a > 1',
    'FILL(a, REPEAT)',
  ])('"%s" is not computed', (expression) => {
    expect(() => computed(expression)).toThrow(MathError);
  });

  it('any text is computed or refused', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '1',
      '+',
      '-',
      '*',
      '/',
      '(',
      ')',
      ',',
      'FILL',
      'SUM',
      'METRICS',
      ' ',
      '?',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          computed(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(MathError);
        }
      }),
    );
  });
});
