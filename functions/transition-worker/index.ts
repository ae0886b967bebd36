import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { transitionRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createTransitionHandler(transitionRuntime());
