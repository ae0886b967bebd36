/** The evaluator against the examples of CloudWatch's user guide (using-metric-math, alarm-evaluation). */
import { describe, expect, it } from 'vitest';
import { stateOf } from './alarm-state.ts';
import { evaluate, type Series } from './metric-math.ts';

const _ = undefined;
const series: Readonly<Record<string, Series>> = {
  metric1: [30, 20, 0, 0],
  metric2: [20, _, 20, _],
  one: [1, 1, 0, 0, _],
  two: [30, _, 0, 0, 30],
  three: [0, 0, 20, _, 20],
};
const value = (expression: string) =>
  evaluate(expression, (id) => series[id] ?? expect.unreachable(`${id} is unknown`));

describe('metric math', () => {
  it.each([
    ['metric1 < metric2', [0, 0, 1, 0]],
    ['metric1 >= 30', [1, 0, 0, 0]],
    ['metric1 > 15 AND metric2 > 15', [1, 0, 0, 0]],
    ['IF(one, two, three)', [30, 0, 20, _, _]],
    ['IF(one, 5, three)', [5, 5, 20, _, _]],
    ['IF(one, two, 5)', [30, 0, 5, 5, _]],
    ['metric1 + metric2', [50, 20, 20, 0]],
    ['metric2 + 1', [21, _, 21, _]],
    ['FILL(metric2, 0) - 2 * metric1', [-40, -40, 20, 0]],
    ['DIFF(metric1)', [_, -10, -20, 0]],
    ['metric1 - (metric1 - 1)', [1, 1, 1, 1]],
  ] as const)('%s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it('refuses what it does not know', () => {
    for (const expression of ['SEARCH(metric1)', 'metric1 +', '5', 'metric1 metric2', 'FILL(metric1, 0'])
      expect(() => value(expression), expression).toThrow();
  });
});

describe('the state of an alarm', () => {
  const alarm = (TreatMissingData: string, DatapointsToAlarm = 3) => ({
    ...{ Namespace: 'N', MetricName: 'M', Threshold: 0, EvaluationPeriods: 3, DatapointsToAlarm },
    TreatMissingData,
  });
  const state = (points: string, treat: string, datapoints?: number) =>
    stateOf(alarm(treat, datapoints), {
      'N/M{}': [...points].map((point) => (point === '-' ? undefined : point === 'X' ? 1 : 0)),
    });

  it.each([
    ['0-X-X', 'notBreaching', 'OK'],
    ['0----', 'breaching', 'OK'],
    ['-----', 'breaching', 'ALARM'],
    ['-----', 'notBreaching', 'OK'],
    ['-----', 'ignore', 'same'],
    ['0XX-X', 'notBreaching', 'ALARM'],
    ['----X', 'breaching', 'ALARM'],
    ['----X', 'notBreaching', 'OK'],
  ])('%s, missing is %s: %s', (points, treat, expected) => {
    expect(state(points, treat)).toBe(expected);
  });

  it.each([
    ['0-X-X', 'notBreaching', 'ALARM'],
    ['00X0X', 'notBreaching', 'ALARM'],
    ['0-X--', 'notBreaching', 'OK'],
    ['0-X--', 'breaching', 'ALARM'],
  ])('two of three: %s, missing is %s: %s', (points, treat, expected) => {
    expect(state(points, treat, 2)).toBe(expected);
  });
});
