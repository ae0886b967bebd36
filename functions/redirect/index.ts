/**
 * In: a shopper's browser that comes back from the provider, with a signed query string.
 * 1. Finds the attempt by the nonce in the path, and verifies the signature over the attempt's own address.
 * 2. Stores the redirect once, as evidence of its own kind; it moves no money. Out: 303 to one of the merchant's
 *   configured pages; 401 with a link for a return that cannot be verified.
 */
import { createRedirectHandler } from '../../shared/app/http/redirect.ts';
import { redirectRuntime } from '../../shared/aws/runtime/workers.ts';

export const handler = createRedirectHandler(redirectRuntime());
