/** The evaluator against the examples of CloudWatch's user guide (using-metric-math). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, MathError, type Series } from '../../console/server/metric-math.ts';

const _ = undefined;
const LENGTH = 5;
const metrics: Readonly<Record<string, Series>> = {
  metric1: [30, 20, 0, 0, _],
  metric2: [20, _, 20, _, _],
  one: [1, 1, 0, 0, _],
  two: [30, _, 0, 0, 30],
  three: [0, 0, 20, _, 20],
};
const all = [metrics.one, metrics.three].map((series = []) => series);
const value = (expression: string) =>
  evaluate(expression, {
    series: (id) => (Object.hasOwn(metrics, id) ? metrics[id] : undefined),
    ...{ all, length: LENGTH },
  });

describe('metric math', () => {
  it.each([
    ['metric1', [30, 20, 0, 0, _]],
    ['metric1 < metric2', [0, 0, 1, 0, _]],
    ['metric1 >= 30', [1, 0, 0, 0, _]],
    ['metric1 > 15 AND metric2 > 15', [1, 0, 0, 0, _]],
    ['IF(one, two, three)', [30, 0, 20, _, _]],
    ['IF(one, 5, three)', [5, 5, 20, _, _]],
    ['IF(one, two, 5)', [30, 0, 5, 5, _]],
    ['metric1 + metric2', [50, 20, 20, 0, _]],
    ['metric2 + 1', [21, _, 21, _, _]],
    ['FILL(metric2, 0) - 2 * metric1', [-40, -40, 20, 0, 0]],
    ['DIFF(metric1)', [_, -10, -20, 0, _]],
    ['metric1 - (metric1 - 1)', [1, 1, 1, 1, _]],
    ['metric1 - 1 - 1', [28, 18, -2, -2, _]],
    ['-(metric1 + 1) * 2', [-62, -42, -2, -2, _]],
    ['100 * three / metric1', [0, 0, _, _, _]],
    ['metric1 / 0', [_, _, _, _, _]],
    ['2 * FILL(metric2, 1.5)', [40, 3, 40, 3, 3]],
    ['SUM(METRICS())', [1, 1, 20, 0, 20]],
    ['7', [7, 7, 7, 7, 7]],
  ] as const)('metric math computes the expression %s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it.each([
    ...['', 'c', 'metric1 +', '(one', 'one two', 'RATE(one)', 'SUM(one)', 'FILL(1, 0)', 'FILL(one, two)'],
    ...['FILL(one, REPEAT)', 'FILL(one, 0', 'SEARCH(one)', 'METRICS()', 'IF(one)', 'one > > two'],
  ])('metric math refuses the expression "%s" with a MathError', (expression) => {
    expect(() => value(expression)).toThrow(MathError);
  });

  it('metric math computes any text or refuses the text with a MathError', () => {
    const part = fc.constantFrom(
      ...['one', 'two', '1', '+', '-', '*', '/', '<', '>=', 'AND', '(', ')', ','],
      ...['FILL', 'SUM', 'METRICS', 'IF', 'DIFF', ' ', '?'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          expect(value(parts.join(''))).toHaveLength(LENGTH);
        } catch (error) {
          if (!(error instanceof MathError)) throw error;
        }
      }),
    );
  });
});
