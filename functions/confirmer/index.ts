/**
 * In: a schedule, or `delivery.reported` on the event bus.
 * 1. Asks the providers' APIs about payments that wait for what only the provider can say.
 * 2. Sends shipping reports that are due; one that came on the bus is only kept.
 * Out: the answers, on the notifications queue; what was done, as the result.
 */
import type { Context } from 'aws-lambda';
import { createConfirmer } from '../../shared/app/schedules/confirm-handler.ts';
import { confirmRuntime } from '../../shared/aws/runtime/schedules.ts';

const confirmer = createConfirmer(confirmRuntime());

export const handler = (event: unknown, context: Context): Promise<unknown> =>
  confirmer(event, () => context.getRemainingTimeInMillis());
