import type { Context } from 'aws-lambda';
import { type Swept, sweep } from '../../shared/app/schedules/sweep.ts';
import { sweepRuntime } from '../../shared/aws/runtime/workers.ts';

const runtime = sweepRuntime();

export const handler = (_schedule: unknown, context: Context): Promise<Swept> =>
  sweep(runtime, () => context.getRemainingTimeInMillis());
