/**
 * Whether a request came through what stands in front of the API (CloudFront with WAF): it adds a header that only it
 * and the stack know. Without this check whoever knows the API's own address walks around WAF.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { UnusableSecretError } from '../../providers/provider.ts';

/** In lower case, as the gateway writes names. CloudFront replaces what a sender puts there. */
export const EDGE_HEADER = 'x-payhooks-edge';

/** count: what comes around is counted, and goes on as before. require: it is refused. */
export const EDGE_MODES = ['count', 'require'] as const;
export type EdgeMode = (typeof EDGE_MODES)[number];

/** Names become reasons of refusals, remarks and alarms. */
export type EdgeFault = 'no_edge_header' | 'wrong_edge_header';

export interface EdgeKeys {
  readonly current: Buffer;
  /** What CloudFront sends until it is deployed with the new one. */
  readonly previous: Buffer | undefined;
}

/** CloudFront takes 1,783 bytes; what survives any header unchanged is letters, digits, "-" and "_". */
const VALUE = /^[A-Za-z0-9_-]{32,256}$/;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Secret shape: {"current": text, "previous"?: text}.
 * @throws UnusableSecretError
 */
export function parseEdgeKeys(secret: unknown): EdgeKeys {
  const fields = typeof secret === 'object' && secret !== null ? (secret as Record<string, unknown>) : {};
  const { previous } = fields;
  return {
    current: keyOf('current', fields.current),
    previous: previous === undefined ? undefined : keyOf('previous', previous),
  };
}

function keyOf(field: string, text: unknown): Buffer {
  if (typeof text === 'string' && VALUE.test(text)) return digest(text);
  throw new UnusableSecretError(`edge: "${field}" must be a text of 32 to 256 letters, digits, "-" and "_"`);
}

/** Which key the header is; both are compared whatever the first says, so that time tells nothing. */
export function edgeKeyIn(given: string, { current, previous }: EdgeKeys): keyof EdgeKeys | undefined {
  const found = digest(given);
  const isCurrent = timingSafeEqual(found, current);
  const isPrevious = timingSafeEqual(found, previous ?? current);
  if (isCurrent) return 'current';
  return isPrevious ? 'previous' : undefined;
}

/**
 * Who called the edge. It writes its caller's address at the end of X-Forwarded-For; the gateway may write its own
 * caller's, the edge's, behind it. What stands further to the left anybody may have written.
 */
export function callerOfEdge(forwardedFor: string | undefined, gatewayCaller: string): string | undefined {
  const addresses = (forwardedFor ?? '').split(',').map((address) => address.trim());
  if (addresses.at(-1) === gatewayCaller) addresses.pop();
  return addresses.at(-1) || undefined;
}
