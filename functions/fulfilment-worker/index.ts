import { createFulfilmentHandler } from '../../shared/aws/fulfilment-handler.ts';
import { fulfilmentRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createFulfilmentHandler(fulfilmentRuntime());
