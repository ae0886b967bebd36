/**
 * In: an HTTP request that the merchant's server signed with IAM (API Gateway).
 * 1. Reads the body strictly: an order, a change of an order, or the registration of a refund.
 * 2. Writes it in one transaction, and queues the payments that waited for it to be derived anew (notifications queue).
 *   Out: 200 or 201 with what is registered, and establishData where the request asks for it; 4xx with a sentence.
 */
import { createCheckoutHandler } from '../../shared/app/http/checkout.ts';
import { checkoutRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createCheckoutHandler(checkoutRuntime());
