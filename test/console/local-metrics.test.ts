/** The metrics that the functions of the local stack printed, with CloudWatch's statistics. */
import { describe, expect, it } from 'vitest';
import type { Answered } from '../../cli/requests/answers.ts';
import type { LineQuery } from '../../console/server/dashboard-source.ts';
import { gatewayPoints, readLocally } from '../../console/server/local-metrics.ts';

const MINUTE = 60;
const range = { from: 0, to: 59_000 };
const answers = [10, 2_999, 3_000, 3_001].map((ms, at) => ({ at, status: '200', ms }));
const points = gatewayPoints(answers as readonly Partial<Answered>[] as readonly Answered[]);

const latency = (statistic: string): LineQuery => ({
  ...{ id: 'm', label: 'latency', hidden: false, periodSeconds: MINUTE, statistic },
  metric: { namespace: 'AWS/ApiGateway', name: 'Latency', dimensions: {} },
});
const read = (...queries: readonly LineQuery[]) => readLocally(points, queries, range);
const figureOf = (statistic: string) => read(latency(statistic)).series[0]?.points[0]?.[1];

describe('a statistic', () => {
  it.each([
    ['Sum', 9_010],
    ['SampleCount', 4],
    ['Maximum', 3_001],
    ['Minimum', 10],
    ['Average', 2_252.5],
    ['p50', 2_999],
    ['PR(:3000)', 75],
    ['PR(10:3000)', 50],
    ['PR(3000:)', 25],
  ])('readLocally computes the statistic %s', (statistic, value) => {
    expect(figureOf(statistic)).toBe(value);
  });

  it('readLocally leaves an unknown statistic out with a note and computes the other lines', () => {
    const { series, note } = read(latency('TM(10%:90%)'), latency('Sum'));
    expect(series).toHaveLength(1);
    expect(note).toBe('This expression is computed by CloudWatch alone.');
  });
});
