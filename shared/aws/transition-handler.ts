/** The transition worker's handler over injected ports, so that a simulation drives the code that is deployed. */
import { type ApplyDeps, createApply } from './apply.ts';
import { type BatchHandler, batchHandler } from './worker.ts';

export function createTransitionHandler(deps: ApplyDeps): BatchHandler {
  const apply = createApply(deps);
  return batchHandler('notifications', (record) => apply(record.body), deps);
}
