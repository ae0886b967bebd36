import { createCheckoutHandler } from '../../shared/aws/checkout.ts';
import { checkoutRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createCheckoutHandler(checkoutRuntime());
