import { createTransitionHandler } from '../../shared/aws/handlers.ts';
import { transitionRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createTransitionHandler(transitionRuntime());
