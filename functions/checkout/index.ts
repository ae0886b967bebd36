/**
 * In: an HTTP request that the merchant's server signed with IAM (API Gateway).
 * 1. Reads the body strictly: an order, a change of one, or a refund that was asked for.
 * 2. Writes it in one transaction, and has the payments that waited for it derived anew (notifications queue).
 * Out: 200 or 201 with what is registered, and establishData where it was asked for; 4xx with a sentence.
 */
import { createCheckoutHandler } from '../../shared/app/http/checkout.ts';
import { checkoutRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createCheckoutHandler(checkoutRuntime());
