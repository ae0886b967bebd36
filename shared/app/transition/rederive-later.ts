/** Asks the transition worker to derive payments anew. */

import { randomUUID } from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import type { PaymentKey } from '../../payment/types.ts';
import { correlationId } from '../platform/correlation.ts';
import type { ReevaluateEnvelope } from '../platform/message-schema.ts';
import type { Queue } from '../ports.ts';

const AT_ONCE = 25;

/**
 * Queues one payment. If the merchant's request caused this, its correlation id is used.
 * @param queue the notifications queue
 */
export function queueRederivation(
  queue: Queue,
  { payment, cause, refund }: Pick<ReevaluateEnvelope, 'payment' | 'cause' | 'refund'>,
  id: string = correlationId() ?? randomUUID(),
): Promise<void> {
  const envelope: ReevaluateEnvelope = {
    ...{ version: 1, kind: 'reevaluate', correlationId: id, payment, cause },
    ...defined({ refund }),
  };
  return queue.send(JSON.stringify(envelope));
}

/** Queues each of these payments. */
export async function rederiveLater(
  queue: Queue,
  payments: readonly PaymentKey[],
  cause: string,
): Promise<void> {
  for (let from = 0; from < payments.length; from += AT_ONCE)
    await Promise.all(
      payments.slice(from, from + AT_ONCE).map((payment) => queueRederivation(queue, { payment, cause })),
    );
}
