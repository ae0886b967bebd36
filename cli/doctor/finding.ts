/** The doctor's findings: one line per check, with the next step if something has to be done. */
import { defined } from '../../shared/payment/defined.ts';
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

/** @param next what to do about it; not shown when the verdict is ok */
export const finding = (check: string, verdict: Verdict, detail: string, next?: string): Found => ({
  ...{ check, verdict, detail },
  ...(verdict === 'ok' ? {} : defined({ next })),
});

/** What is examined, and how. */
export interface Examined {
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
  examine(examined: Examined): AsyncIterable<Found>;
}

/** Examines every area, even if others fail. */
export async function examine(areas: readonly Area[], examined: Examined): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const add = (found: Finding): void => {
    // Two areas of one name that fail for the same reason give one line.
    const { area, check, detail } = found;
    if (!findings.some((each) => each.area === area && each.check === check && each.detail === detail))
      findings.push(found);
  };
  for (const { name, examine: examineArea } of areas) {
    try {
      for await (const found of examineArea(examined)) add({ area: name, ...found });
    } catch (error) {
      add({ area: name, ...findingOf(isDenied(error) ? 'permissions' : 'can be examined', error) });
    }
  }
  return findings;
}

/** One check that must not prevent the others of its area: an error becomes its finding. */
export async function attempt<T>(check: string, run: () => Promise<T>): Promise<T | Found> {
  try {
    return await run();
  } catch (error) {
    return findingOf(check, error);
  }
}

function findingOf(check: string, error: unknown): Found {
  const problem = problemOf(error);
  const detail = problem?.message ?? (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown');
  // A missing permission says nothing about the state.
  return finding(check, isDenied(error) ? 'unknown' : 'fail', detail, problem?.next);
}
