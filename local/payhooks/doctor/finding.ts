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
  examine(patient: Patient): AsyncIterable<Omit<Finding, 'area'>>;
}

/** Every area, whatever happens in the others. */
export async function examine(areas: readonly Area[], patient: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, examine: look } of areas) {
    try {
      for await (const finding of look(patient)) findings.push({ area: name, ...finding });
    } catch (error) {
      findings.push({ area: name, ...accident(error) });
    }
  }
  return findings;
}

function accident(error: unknown): Omit<Finding, 'area'> {
  const problem = problemOf(error);
  const detail = problem?.message ?? (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown');
  const next = problem?.next === undefined ? {} : { next: problem.next };
  // Not being allowed to look says nothing about what is there.
  if (isDenied(error)) return { check: 'permissions', verdict: 'unknown', detail, ...next };
  return { check: 'can be examined', verdict: 'fail', detail, ...next };
}
