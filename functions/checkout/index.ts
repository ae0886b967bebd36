import { createCheckoutHandler } from '../../shared/app/http/checkout.ts';
import { checkoutRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createCheckoutHandler(checkoutRuntime());
