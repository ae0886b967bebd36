/** @param share 0.5 is the median; the nearest rank, so that it is a value that was measured */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'µs CPU' | 'ms' | 'ratio';
  /** What the design allows at most; without one it is only stated. */
  readonly bar?: number;
}
