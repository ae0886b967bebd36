/** CloudFront in front of the API, for a stack that asks for its header: what it changes of a request, and nothing else. */
import { EDGE_HEADER } from '../../shared/app/platform/edge.ts';

/** Only here, never on AWS: pretends that the request was sent to the API's own address. It reaches no function. */
export const AROUND_EDGE_HEADER = 'x-payhooks-local-around-edge';
/** From where CloudFront would call the API (RFC 5737). */
export const EDGE_ADDRESS = '192.0.2.80';

export interface Sent {
  /** Names and values by turns, as Node has them. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
}

/**
 * CloudFront puts its own value in the place of a sender's, and writes the sender's address at the end of
 * X-Forwarded-For.
 * @param value what it was deployed with; undefined: nothing is in front
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
