/** The doctor's findings: one line per check, with the next step if something has to be done. */
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

/** A finding as an area yields it; the area's name is added. */
export type Found = Omit<Finding, 'area'>;

export interface Patient {
  readonly connection: Connection;
  readonly world: World;
  /** Whether to send nothing to the public URL. */
  readonly quiet: boolean;
  /** Base of the public URL, if the stack does not have it. */
  readonly url: string | undefined;
}

export interface Area {
  readonly name: string;
  /** Yields findings one by one; an error that it throws becomes the last one. */
  examine(patient: Patient): AsyncIterable<Found>;
}

/** Examines every area, even if others fail. */
export async function examine(areas: readonly Area[], patient: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const add = (finding: Finding): void => {
    // Two areas of one name that fail for the same reason give one line.
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

/** One check that must not prevent the others of its area: an error becomes its finding. */
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
  // A missing permission says nothing about the state.
  if (isDenied(error)) return { check, verdict: 'unknown', detail, ...next };
  return { check, verdict: 'fail', detail, ...next };
}
