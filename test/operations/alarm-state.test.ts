/** The state of an alarm, by the examples of CloudWatch's user guide (alarm-evaluation). */
import { describe, expect, it } from 'vitest';
import { stateOf } from './alarm-state.ts';

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
  ])('three of three datapoints: the points %s with missing data %s give %s', (points, treat, expected) => {
    expect(state(points, treat)).toBe(expected);
  });

  it.each([
    ['0-X-X', 'notBreaching', 'ALARM'],
    ['00X0X', 'notBreaching', 'ALARM'],
    ['0-X--', 'notBreaching', 'OK'],
    ['0-X--', 'breaching', 'ALARM'],
  ])('two of three datapoints: the points %s with missing data %s give %s', (points, treat, expected) => {
    expect(state(points, treat, 2)).toBe(expected);
  });
});
