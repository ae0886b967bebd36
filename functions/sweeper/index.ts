import type { Context } from 'aws-lambda';
import { sweepRuntime } from '../../shared/aws/runtime/workers.ts';
import { type Swept, sweep } from '../../shared/aws/sweep.ts';

const runtime = sweepRuntime();

export const handler = (_schedule: unknown, context: Context): Promise<Swept> =>
  sweep(runtime, () => context.getRemainingTimeInMillis());
