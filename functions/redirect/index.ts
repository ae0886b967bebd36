import { createRedirectHandler } from '../../shared/aws/redirect.ts';
import { redirectRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createRedirectHandler(redirectRuntime());
