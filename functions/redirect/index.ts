import { createRedirectHandler } from '../../shared/app/http/redirect.ts';
import { redirectRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createRedirectHandler(redirectRuntime());
