/** The percentile by nearest rank, which is always a measured value. @param share 0.5 is the median */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('no values were measured');
  return found;
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

export const PARTS = ['load', 'intake', 'pipeline', 'growth', 'start'] as const;
export type Part = (typeof PARTS)[number];

/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'µs CPU' | 'ms' | 's' | 'ratio' | 'count' | 'KB' | 'MB' | 'units' | 'each second';
  /** The quartiles of the measured values; absent: the value was counted and is always the same. */
  readonly spread?: readonly [low: number, high: number];
  /** The largest value that the design allows; absent: the value is only reported. */
  readonly bar?: number;
}

/** The median of the measured values, with the quartiles. */
export const measured = (
  what: string,
  unit: Figure['unit'],
  values: readonly number[],
  bar?: number,
): Figure => ({
  what,
  unit,
  value: median(values),
  spread: [percentile(values, 0.25), percentile(values, 0.75)],
  ...(bar === undefined ? {} : { bar }),
});

export type Verdict = 'met' | 'missed' | 'undecided';

/** Undecided: the bar is between the quartiles, so another run of the same code may have another verdict. */
export function verdictOf({ value, spread = [value, value], bar }: Figure): Verdict | undefined {
  if (bar === undefined) return undefined;
  const [low, high] = spread;
  if (high <= bar) return 'met';
  return low > bar ? 'missed' : 'undecided';
}

export interface Comparison {
  readonly what: string;
  readonly unit: Figure['unit'];
  readonly before: number;
  readonly after: number;
  /** same: the spreads overlap. */
  readonly change: 'less' | 'more' | 'same';
}

/** Compares the figures that both runs have. */
export function compare(before: readonly Figure[], after: readonly Figure[]): readonly Comparison[] {
  return after.flatMap((now): Comparison[] => {
    const then = before.find(({ what, unit }) => what === now.what && unit === now.unit);
    if (then === undefined) return [];
    const [thenLow, thenHigh] = then.spread ?? [then.value, then.value];
    const [low, high] = now.spread ?? [now.value, now.value];
    const change = high < thenLow ? 'less' : low > thenHigh ? 'more' : 'same';
    return [{ what: now.what, unit: now.unit, before: then.value, after: now.value, change }];
  });
}
