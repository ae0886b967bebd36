import type { Context } from 'aws-lambda';
import { createConfirmer } from '../../shared/app/schedules/confirm-handler.ts';
import { confirmRuntime } from '../../shared/aws/runtime/schedules.ts';

const confirmer = createConfirmer(confirmRuntime());

export const handler = (event: unknown, context: Context): Promise<unknown> =>
  confirmer(event, () => context.getRemainingTimeInMillis());
