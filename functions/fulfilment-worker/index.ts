import { createFulfilmentHandler } from '../../shared/aws/handlers.ts';
import { fulfilmentRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createFulfilmentHandler(fulfilmentRuntime());
