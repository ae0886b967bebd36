/** The answer to Trustly: only status 200 counts; the body is ignored (docs/protocols/trustly-americas.md#delivery). */
import type { Answer } from '../received.ts';

/**
 * The answer to every authentic event, whatever its outcome. After any other answer the event is sent again for 12
 * hours.
 */
export const ACCEPTED: Answer = { status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' };
