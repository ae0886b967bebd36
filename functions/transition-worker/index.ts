/**
 * In: messages of the notifications queue: notifications, answers of providers' APIs, payments to derive anew.
 * 1. Opens the seal, verifies again if the provider signs with a private key, and reads the facts.
 * 2. Writes evidence, payment, order and effects in one transaction (shared/payment decides their content).
 * 3. Puts the effects on the fulfilment queue. Out: effects; a message that cannot succeed is parked, the records that
 *   failed go back to the queue.
 */
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { transitionRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createTransitionHandler(transitionRuntime());
