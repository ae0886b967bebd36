/** How often a notification came again: no row counts its duplicates, but the worker's log has them. */
import type { MomentShown, NotificationShown } from '../contract.ts';
import type { Duplicates } from './backend.ts';

/** Adds to each applied notification how many requests of it were absorbed since, if that is known. */
export function withDuplicates(
  timeline: readonly MomentShown[],
  payment: string,
  known: Duplicates | undefined,
): readonly MomentShown[] {
  if (known === undefined) return timeline;
  // A stored copy is already in the timeline.
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
