import type { Answer } from '../received.ts';

/**
 * 200 and exactly `OK`, no newline: anything else is sent again every 30 minutes
 * (docs/protocols/paymentwall.md#response).
 */
export function accept(): Answer {
  return { status: 200, contentType: 'text/plain', body: 'OK' };
}
