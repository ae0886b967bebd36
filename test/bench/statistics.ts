/** @param share 0.5 is the median; the nearest rank, so that it is a value that was measured */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
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
  /** Half of what was measured lies between these; absent: it was counted, and is the same every time. */
  readonly spread?: readonly [low: number, high: number];
  /** What the design allows at most; without one it is only stated. */
  readonly bar?: number;
}

/** The median of what was measured, with its quartiles. */
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

/** Undecided: the bar lies within the spread, so that another run of the same code may end otherwise. */
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
  /** Same: the spreads overlap. */
  readonly change: 'less' | 'more' | 'same';
}

/** Figures that both runs have, by name. */
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
