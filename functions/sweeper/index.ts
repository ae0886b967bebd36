/**
 * In: a schedule.
 * 1. Counts zeros for metrics whose alarms need a value.
 * 2. Reads the open index for effects that are overdue, payments to derive anew, and rows that wait too long. Out:
 *   messages on both queues for what is overdue; counts of what it found, as metrics and as the result.
 */
import type { Context } from 'aws-lambda';
import { type Swept, sweep } from '../../shared/app/schedules/sweep.ts';
import { publishZeros } from '../../shared/app/schedules/zeros.ts';
import { sweepRuntime } from '../../shared/aws/runtime/workers.ts';

const runtime = sweepRuntime();

export function handler(_schedule: unknown, context: Context): Promise<Swept> {
  publishZeros(runtime);
  return sweep(runtime, () => context.getRemainingTimeInMillis());
}
