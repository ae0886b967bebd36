/** The fulfilment worker's handler over injected ports, so that a simulation runs the deployed code. */
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import { type BatchHandler, batchHandler, PutOffError, type WorkerDeps } from '../platform/worker.ts';
import type { PutOff } from '../ports.ts';
import { createDeliver, type DeliverDeps } from './deliver.ts';
import { onceWith } from './idempotency.ts';

export interface FulfilmentDeps extends DeliverDeps, WorkerDeps {
  readonly persistence: BasePersistenceLayer;
  /** For how many days a delivery is remembered. Absent: 90. */
  readonly idempotencyDays?: number;
  readonly putOff: PutOff;
}

export function createFulfilmentHandler(deps: FulfilmentDeps): BatchHandler {
  const deliver = createDeliver(deps);
  const onceIn = onceWith(deps.persistence, deps.idempotencyDays);
  return batchHandler(
    'fulfilment',
    async (record, context) => {
      const invocation = { once: onceIn(context), remainingMs: () => context.getRemainingTimeInMillis() };
      const delivery = await deliver(record.body, invocation);
      if (delivery.type === 'done') return;
      await deps.putOff(record.receiptHandle, delivery.seconds);
      throw new PutOffError(`again in ${delivery.seconds} s`);
    },
    deps,
  );
}
