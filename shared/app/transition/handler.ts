/** The transition worker's handler over injected ports, so that a simulation runs the deployed code. */

import { type BatchHandler, batchHandler } from '../platform/worker.ts';
import { type PutOff, StoreBusyError } from '../ports.ts';
import { type ApplyDeps, createApply } from './receive.ts';
import { TooMuchContentionError } from './transact.ts';

export interface TransitionDeps extends ApplyDeps {
  readonly putOff: PutOff;
}

/**
 * After this number of failures the queue's own visibility timeout applies, three minutes each: most faults are over by
 * then.
 */
const QUICK_RECEIVES = 2;
/** Concurrent writers separate soon. After this number of failures, the table itself is refusing writes. */
const QUICK_RECEIVES_WHEN_BUSY = 8;
const FIRST_PAUSE_SECONDS = 360;
const LONGEST_PAUSE_SECONDS = 3_600;

/**
 * Seconds until a failed notification is received again, by the number of its receives. Undefined: the queue's
 * visibility timeout applies. The receives are limited (infra/queue-limits.ts), so an outage must not use them up
 * within hours.
 */
export function pauseSeconds(receives: number, error?: unknown): number | undefined {
  const isBusy = error instanceof StoreBusyError || error instanceof TooMuchContentionError;
  const pauses = receives - (isBusy ? QUICK_RECEIVES_WHEN_BUSY : QUICK_RECEIVES);
  if (!(pauses > 0)) return undefined;
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(pauses - 1, 10));
}

export function createTransitionHandler(deps: TransitionDeps): BatchHandler {
  const apply = createApply(deps);
  return batchHandler(
    'notifications',
    (record) => apply(record.body),
    deps,
    async ({ receiptHandle, attributes }, error) => {
      const seconds = pauseSeconds(Number(attributes.ApproximateReceiveCount), error);
      if (seconds !== undefined) await deps.putOff(receiptHandle, seconds);
    },
  );
}
