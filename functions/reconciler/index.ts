/**
 * In: a schedule every night, or an invocation with a period and `dryRun`.
 * 1. Reads what the providers' APIs say about the period: listings, and single payments where there is no listing.
 * 2. Compares it with the stored payments; puts what was missed on the notifications queue. Out: a report, stored in
 *   the table, sent to the merchant's target and returned.
 */
import type { Context } from 'aws-lambda';
import {
  type ReconcileRequest,
  type Reconciliation,
  reconcile,
} from '../../shared/app/schedules/reconcile.ts';
import { reconcileRuntime } from '../../shared/aws/runtime/schedules.ts';

const runtime = reconcileRuntime();

/** The schedule passes {} every night; an operator passes {"since": "2026-03-01T00:00:00Z", "dryRun": true}. */
export const handler = (request: ReconcileRequest | null, context: Context): Promise<Reconciliation> =>
  reconcile(request ?? {}, runtime, () => context.getRemainingTimeInMillis());
