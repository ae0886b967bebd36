/** The evaluation of measured values. The measurement itself is not tested, because a busy computer would decide it. */
import { describe, expect, it } from 'vitest';
import { byHistory, byKeys, byTable } from './growth.ts';
import { plotOf } from './plot.ts';
import { compare, measured, verdictOf } from './statistics.ts';

describe('verdictOf', () => {
  it.each([
    [[1, 2, 3, 4, 5], 5, 'met'],
    [[1, 2, 3, 4, 5], 1, 'missed'],
    [[1, 2, 3, 4, 5], 3, 'undecided'],
  ] as const)('the measured values %j against the bar %d are %s', (values, bar, verdict) => {
    expect(verdictOf(measured('x', 'ms', values, bar))).toBe(verdict);
  });

  it('a counted value above its bar is missed, a value at its bar is met, and a value without a bar has no verdict', () => {
    expect(verdictOf({ what: 'x', unit: 'units', value: 23, bar: 22 })).toBe('missed');
    expect(verdictOf({ what: 'x', unit: 'units', value: 22, bar: 22 })).toBe('met');
    expect(verdictOf({ what: 'x', unit: 'units', value: 22 })).toBeUndefined();
  });
});

describe('compare', () => {
  const of = (values: readonly number[]) => [measured('x', 'ms', values)];

  it('compare answers less or more only where the spreads of two runs do not overlap', () => {
    expect(compare(of([10, 11, 12]), of([1, 2, 3]))).toMatchObject([
      { change: 'less', before: 11, after: 2 },
    ]);
    expect(compare(of([1, 2, 3]), of([10, 11, 12]))).toMatchObject([{ change: 'more' }]);
    expect(compare(of([1, 2, 3]), of([2, 3, 4]))).toMatchObject([{ change: 'same' }]);
    expect(compare(of([1, 2, 3]), [measured('y', 'ms', [1])])).toEqual([]);
  });
});

describe('the cost of one more notification', () => {
  it('a notification of a new payment takes the same units however many payments the table has', async () => {
    const [first, ...others] = await byTable([0, 10, 200]);
    for (const { at: _, ...each } of others)
      expect(each).toEqual({
        ...{ writeUnits: first?.writeUnits, readUnits: first?.readUnits, rowKb: first?.rowKb },
      });
  });

  it('a notification takes two write units more for each KB of its payment’s row, which grows by 2 KB in 60', async () => {
    const [first, ...others] = (await byHistory(60)).slice(1);
    const { writeUnits = 0, rowKb = 0 } = first ?? {};
    for (const each of others) expect(each.writeUnits - writeUnits).toBe(2 * (each.rowKb - rowKb));
    expect((others.at(-1)?.rowKb ?? 0) - rowKb).toBe(2);
  });

  it('a forged notification takes one digest for each key', () => {
    expect(byKeys([1, 2, 5])).toEqual([
      { at: 1, digests: 1 },
      { at: 2, digests: 2 },
      { at: 5, digests: 5 },
    ]);
  });
});

it('plotOf draws each line with its name and its last value', () => {
  const svg = plotOf([
    {
      title: 'T',
      along: 'x',
      most: 10,
      lines: [
        {
          name: 'units',
          points: [
            [0, 0],
            [4, 5],
            [8, 10],
          ],
        },
      ],
    },
  ]);
  expect(svg).toContain('>units: 10</text>');
  const [, points = ''] = /points="([^"]+)"/.exec(svg) ?? [];
  const [first = [], middle = [], last = []] = points.split(' ').map((point) => point.split(',').map(Number));
  expect((Number(first[0]) + Number(last[0])) / 2).toBeCloseTo(Number(middle[0]), 5);
  expect(Number(first[1])).toBeGreaterThan(Number(middle[1]));
  expect(Number(middle[1])).toBeGreaterThan(Number(last[1]));
});
