import { transitionRuntime } from '../../shared/aws/runtime/workers.ts';
import { createTransitionHandler } from '../../shared/aws/transition-handler.ts';

export const handler = createTransitionHandler(transitionRuntime());
