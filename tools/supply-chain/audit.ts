/** Reads the output of `npm audit --json`. An output without a result must not count as "nothing found". */

interface Finding {
  readonly name: string;
  readonly severity: 'high' | 'critical';
  readonly titles: readonly string[];
}

export type AuditVerdict =
  | { readonly ran: true; readonly dependencies: number; readonly findings: readonly Finding[] }
  | { readonly ran: false; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

export function verdictOf(output: string): AuditVerdict {
  let report: unknown;
  try {
    report = JSON.parse(output);
  } catch {
    return { ran: false, why: 'npm audit gave no report' };
  }
  const { vulnerabilities, metadata, message } = fieldsOf(report);
  const { total } = fieldsOf(fieldsOf(metadata).dependencies);
  // A registry without this service, a proxy, no network: npm prints an error as JSON.
  if (
    typeof vulnerabilities !== 'object' ||
    vulnerabilities === null ||
    typeof total !== 'number' ||
    total === 0
  )
    return {
      ran: false,
      why: typeof message === 'string' ? message.slice(0, 200) : 'npm audit gave no report of its own form',
    };
  const findings = Object.entries(vulnerabilities).flatMap(([name, value]): readonly Finding[] => {
    const { severity, via } = fieldsOf(value);
    if (severity !== 'high' && severity !== 'critical') return [];
    const titles = (Array.isArray(via) ? via : []).map((each) =>
      typeof each === 'string' ? `through ${each}` : String(fieldsOf(each).title),
    );
    return [{ name, severity, titles }];
  });
  return { ran: true, dependencies: total, findings };
}

/** Exit codes: a scan that did not run is neither clean nor a finding. */
export const EXIT = { clean: 0, found: 1, notRun: 2 } as const;

export function reportOf(verdict: AuditVerdict): {
  readonly code: number;
  readonly lines: readonly string[];
} {
  if (!verdict.ran) return { code: EXIT.notRun, lines: [`dependency scan: NOT RUN: ${verdict.why}`] };
  const { dependencies, findings } = verdict;
  if (findings.length === 0)
    return {
      code: EXIT.clean,
      lines: [`dependency scan: nothing of high severity in ${dependencies} production dependencies`],
    };
  return {
    code: EXIT.found,
    lines: [
      `dependency scan: ${findings.length} of ${dependencies} production dependencies have a finding of high severity`,
      ...findings.map(({ name, severity, titles }) => `  ${name}: ${severity}: ${titles.join('; ')}`),
    ],
  };
}
