/**
 * CloudFront in front of the API, for a stack that checks its header: makes the changes of a request that CloudFront
 * makes.
 */
import { EDGE_HEADER } from '../../shared/app/platform/edge.ts';

/**
 * Only in the local stack, never on AWS: marks a request as sent to the API's own address. The function does not get
 * it.
 */
export const AROUND_EDGE_HEADER = 'x-payhooks-local-around-edge';
/** The address from which CloudFront calls the API (RFC 5737). */
export const EDGE_ADDRESS = '192.0.2.80';

export interface Sent {
  /** Alternating names and values, as in Node. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
}

/**
 * CloudFront replaces a sender's value of the header with its own, and appends the sender's address to X-Forwarded-For.
 * @param value with which CloudFront was deployed; undefined when nothing is in front
 */
export function throughEdge({ rawHeaders, sourceIp }: Sent, value: string | undefined): Sent {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] ?? '',
    rawHeaders[2 * index + 1] ?? '',
  ]);
  const is = (wanted: string) => (pair: readonly string[]) => pair[0]?.toLowerCase() === wanted;
  const isAround = pairs.some(is(AROUND_EDGE_HEADER));
  const kept = pairs.filter((pair) => !is(AROUND_EDGE_HEADER)(pair));
  if (value === undefined || isAround) return { rawHeaders: kept.flat(), sourceIp };
  return {
    rawHeaders: [
      ...kept.filter((pair) => !is(EDGE_HEADER)(pair)),
      ['X-Forwarded-For', sourceIp],
      [EDGE_HEADER, value],
    ].flat(),
    sourceIp: EDGE_ADDRESS,
  };
}
