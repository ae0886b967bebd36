import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { fulfilmentRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createFulfilmentHandler(fulfilmentRuntime());
