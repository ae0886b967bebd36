/** Many runs, with counts of their results. */
import { type Bench, type Run, runOne, seedOf } from './fuzz.ts';

export interface Tally {
  readonly runs: number;
  /** "refused 401", "quarantined", "same meaning", "open: …" */
  readonly verdicts: Readonly<Record<string, number>>;
  /** By operator or generator: number of uses, and number of those whose request was answered 200. */
  readonly operators: Readonly<Record<string, { readonly used: number; readonly signed: number }>>;
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly slowestMs: number;
}

interface Finding {
  readonly index: number;
  readonly finding: string;
  readonly how: readonly string[];
}

/** Number of different findings that are kept. */
export const MAX_FINDINGS = 20;

/** Makes the runs `from` to `from + count - 1` of a seed. `onRun` gets each run and ends the campaign with false. */
export async function campaign(
  bench: Bench,
  options: { readonly seed: number; readonly from?: number; readonly count: number },
  onRun?: (run: Run, index: number) => boolean | undefined,
): Promise<Tally> {
  const { seed, from = 0, count } = options;
  const verdicts: Record<string, number> = {};
  const operators: Record<string, { used: number; signed: number }> = {};
  const findings: Finding[] = [];
  let findingCount = 0;
  let slowestMs = 0;
  let runs = 0;
  for (let index = from; index < from + count; index += 1) {
    const run = await runOne(bench, seedOf(seed, index));
    runs += 1;
    const name = nameOf(run);
    verdicts[name] = (verdicts[name] ?? 0) + 1;
    for (const each of new Set(run.how)) {
      operators[each] ??= { used: 0, signed: 0 };
      operators[each].used += 1;
      operators[each].signed += run.status === 200 ? 1 : 0;
    }
    slowestMs = Math.max(slowestMs, run.milliseconds);
    if (run.finding !== undefined) {
      findingCount += 1;
      const isNew = !findings.some(({ finding }) => finding === run.finding);
      if (isNew && findings.length < MAX_FINDINGS)
        findings.push({ index, finding: run.finding, how: run.how });
    }
    if (onRun?.(run, index) === false) break;
  }
  return { runs, verdicts, operators, findings, findingCount, slowestMs };
}

function nameOf({ finding, verdict, status, detail }: Run): string {
  if (finding !== undefined) return 'FINDING';
  if (verdict === 'refused') return `refused ${status}`;
  return verdict === 'open' ? `open: ${detail}` : verdict;
}
