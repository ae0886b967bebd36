/** How often a notification came again: no row counts its duplicates, the worker's log does. */
import { isDenied } from '../../cli/problem.ts';
import type { MomentShown, NotificationShown } from '../contract.ts';
import type { Backend, Duplicates } from './backend.ts';

/** Undefined: the operator may not read the log. @throws what else reading it threw */
export async function knownDuplicates(backend: Pick<Backend, 'duplicates'>): Promise<Duplicates | undefined> {
  return backend.duplicates().catch((error: unknown) => {
    if (isDenied(error)) return undefined;
    throw error;
  });
}

/** Each notification that was applied says how many requests of it were absorbed since, where that is known. */
export function withDuplicates(
  timeline: readonly MomentShown[],
  payment: string,
  known: Duplicates | undefined,
): readonly MomentShown[] {
  if (known === undefined) return timeline;
  // A copy that was kept is in the timeline itself.
  const shown = new Set(
    timeline.flatMap((moment) => (moment.what === 'notification' ? [moment.correlationId] : [])),
  );
  const own = known.absorbed.filter((each) => each.payment === payment && !shown.has(each.requestId));
  const byKey = Map.groupBy(own, ({ notification }) => notification);
  const countOf = ({ key, as, at }: NotificationShown): number | undefined => {
    const count = as === 'applied' ? new Set(byKey.get(key)?.map(({ requestId }) => requestId)).size : 0;
    return count > 0 || (as === 'applied' && Date.parse(at) >= known.since) ? count : undefined;
  };
  return timeline.map((moment) => {
    if (moment.what !== 'notification') return moment;
    const duplicates = countOf(moment);
    return duplicates === undefined ? moment : { ...moment, duplicates };
  });
}
