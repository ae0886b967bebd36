/** Measures how long answers took, for the report; no verdict depends on it. */

/** How long Trustly Americas waits; the limit of the others is not known. */
export const LIMIT_MS = 3_000;
/** Upper ends of the histogram's bars, in milliseconds; the last bar is everything above. */
const EDGES = [10, 25, 50, 100, 250, 500, 1_000, 2_000, LIMIT_MS] as const;

export interface Bar {
  /** Upper end of the bar in milliseconds; undefined above the last edge. */
  readonly upToMs: number | undefined;
  readonly count: number;
}

export interface AnswerTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly overLimit: number;
  readonly histogram: readonly Bar[];
}

/** Undefined when nothing was answered. */
export function answerTimes(milliseconds: readonly number[]): AnswerTimes | undefined {
  const sorted = milliseconds.map((each) => Math.round(each)).sort((a, b) => a - b);
  const last = sorted.at(-1);
  if (last === undefined) return undefined;
  /** The smallest time that this percentage of answers does not exceed. */
  const percentile = (share: number): number => sorted[Math.ceil((share / 100) * sorted.length) - 1] ?? last;
  const edges = [...EDGES, undefined];
  return {
    count: sorted.length,
    p50Ms: percentile(50),
    p95Ms: percentile(95),
    maxMs: last,
    overLimit: sorted.filter((each) => each > LIMIT_MS).length,
    histogram: edges.map((upToMs, index) => ({
      upToMs,
      count: sorted.filter((each) => each > (EDGES[index - 1] ?? -1) && each <= (upToMs ?? Infinity)).length,
    })),
  };
}
