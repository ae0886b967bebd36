/**
 * In: messages of the fulfilment queue, each naming one effect of one payment.
 * 1. Reads the effect's row, and waits for its turn among the effects of its order.
 * 2. Delivers the event to the merchant's target, once per effect id (idempotency).
 * 3. Writes to the row that the effect was delivered, or when it is tried again. Out: the event, at the target; the
 *   records that failed, back to the queue.
 */
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { fulfilmentRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createFulfilmentHandler(fulfilmentRuntime());
