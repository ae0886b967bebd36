/**
 * Whether a request came through the edge (CloudFront with WAF), which adds a header that only it and the stack know.
 * Without this check, whoever knows the API's own address can send requests that WAF does not see.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { UnusableSecretError } from '../../providers/provider.ts';

/** In lower case, as the gateway writes names. CloudFront replaces the value that a sender gives it. */
export const EDGE_HEADER = 'x-payhooks-edge';

/** For a request that did not come through the edge. count: it is counted and processed. require: it is refused. */
export const EDGE_MODES = ['count', 'require'] as const;
export type EdgeMode = (typeof EDGE_MODES)[number];

/** Names become reasons of refusals, remarks and alarms. */
export type EdgeFault = 'no_edge_header' | 'wrong_edge_header';

export interface EdgeKeys {
  readonly current: Buffer;
  /** The value that CloudFront sends until it is deployed with the new one. */
  readonly previous: Buffer | undefined;
}

/** CloudFront accepts 1,783 bytes. Letters, digits, "-" and "_" stay unchanged in every header. */
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

/** Which key the header is. Both are always compared, so that the time of the answer does not show which one fits. */
export function edgeKeyIn(given: string, { current, previous }: EdgeKeys): keyof EdgeKeys | undefined {
  const found = digest(given);
  const isCurrent = timingSafeEqual(found, current);
  const isPrevious = timingSafeEqual(found, previous ?? current);
  if (isCurrent) return 'current';
  return isPrevious ? 'previous' : undefined;
}

/**
 * The address that called the edge. The edge writes it at the end of X-Forwarded-For; the gateway may add the edge's
 * own address after it. Every address before these two may be forged.
 */
export function callerOfEdge(forwardedFor: string | undefined, gatewayCaller: string): string | undefined {
  const addresses = (forwardedFor ?? '').split(',').map((address) => address.trim());
  if (addresses.at(-1) === gatewayCaller) addresses.pop();
  return addresses.at(-1) || undefined;
}
