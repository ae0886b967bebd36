/**
 * In: a schedule, or `delivery.reported` on the event bus.
 * 1. Polls the providers' APIs about payments that wait for something that only the provider can state.
 * 2. Sends shipping reports that are due; a report that came on the bus is only stored. Out: the API's answers, on the
 *   notifications queue; counts of what was done, as the result.
 */
import type { Context } from 'aws-lambda';
import { createConfirmer } from '../../shared/app/schedules/confirm-handler.ts';
import { confirmRuntime } from '../../shared/aws/runtime/schedules.ts';

const confirmer = createConfirmer(confirmRuntime());

export const handler = (event: unknown, context: Context): Promise<unknown> =>
  confirmer(event, () => context.getRemainingTimeInMillis());
