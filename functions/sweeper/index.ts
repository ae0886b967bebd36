import type { Context } from 'aws-lambda';
import { type Swept, sweep } from '../../shared/app/schedules/sweep.ts';
import { publishZeros } from '../../shared/app/schedules/zeros.ts';
import { sweepRuntime } from '../../shared/aws/runtime/workers.ts';

const runtime = sweepRuntime();

export function handler(_schedule: unknown, context: Context): Promise<Swept> {
  publishZeros(runtime);
  return sweep(runtime, () => context.getRemainingTimeInMillis());
}
