import type { Answer } from '../received.ts';

/**
 * 200 and exactly `OK`, without newline: after any other answer the pingback is sent again every 30 minutes
 * (docs/protocols/paymentwall.md#response).
 */
export function accept(): Answer {
  return { status: 200, contentType: 'text/plain', body: 'OK' };
}
