import type { Context } from 'aws-lambda';
import {
  type ReconcileRequest,
  type Reconciliation,
  reconcile,
} from '../../shared/app/schedules/reconcile.ts';
import { reconcileRuntime } from '../../shared/aws/runtime/schedules.ts';

const runtime = reconcileRuntime();

/** Every night with {}; on demand with {"since": "2026-03-01T00:00:00Z", "dryRun": true}. */
export const handler = (request: ReconcileRequest | null, context: Context): Promise<Reconciliation> =>
  reconcile(request ?? {}, runtime, () => context.getRemainingTimeInMillis());
