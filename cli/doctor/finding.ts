/** What the doctor found: one line per check, with the next step where something is to be done. */
import type { World } from '../command.ts';
import type { Connection } from '../connect.ts';
import { isDenied, problemOf } from '../problem.ts';

/** `unknown`: it could not be checked, and the detail says why. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Finding {
  readonly area: string;
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
  readonly next?: string;
}

/** What an area yields; its own name is added. */
export type Found = Omit<Finding, 'area'>;

export interface Patient {
  readonly connection: Connection;
  readonly world: World;
  /** Send nothing to the public URL. */
  readonly quiet: boolean;
  /** Base of the public URL, where the stack does not say it. */
  readonly url: string | undefined;
}

export interface Area {
  readonly name: string;
  /** Yields findings as they are made; what it throws becomes the last one. */
  examine(patient: Patient): AsyncIterable<Found>;
}

/** Every area, whatever happens in the others. */
export async function examine(areas: readonly Area[], patient: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const add = (finding: Finding): void => {
    // Two areas of one name that fail for one reason are one line.
    const { area, check, detail } = finding;
    if (!findings.some((each) => each.area === area && each.check === check && each.detail === detail))
      findings.push(finding);
  };
  for (const { name, examine: look } of areas) {
    try {
      for await (const finding of look(patient)) add({ area: name, ...finding });
    } catch (error) {
      add({ area: name, ...accident(isDenied(error) ? 'permissions' : 'can be examined', error) });
    }
  }
  return findings;
}

/** One check that must not keep the others of its area from being made: what it throws is its finding. */
export async function attempt<T>(check: string, look: () => Promise<T>): Promise<T | Found> {
  try {
    return await look();
  } catch (error) {
    return accident(check, error);
  }
}

function accident(check: string, error: unknown): Found {
  const problem = problemOf(error);
  const detail = problem?.message ?? (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown');
  const next = problem?.next === undefined ? {} : { next: problem.next };
  // Not being allowed to look says nothing about what is there.
  if (isDenied(error)) return { check, verdict: 'unknown', detail, ...next };
  return { check, verdict: 'fail', detail, ...next };
}
