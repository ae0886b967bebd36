/**
 * Delivers events to an HTTPS endpoint of the merchant, signed by Standard Webhooks (https://www.standardwebhooks.com):
 * headers webhook-id, webhook-timestamp and webhook-signature, HMAC-SHA256 over "<id>.<timestamp>.<body>". Every retry
 * has the same body, webhook-id and Idempotency-Key. The latter is the event's id unchanged; webhook-id has "%2E" for
 * each full stop in it, because Standard Webhooks allows none.
 */

import { createHmac } from 'node:crypto';
import { defined } from '../../../payment/defined.ts';
import { webhookIdOf } from '../../../payment/index.ts';
import { UnusableSecretError } from '../../../providers/provider.ts';
import type { Clock } from '../../ports.ts';
import { type Deliverable, type FailureClass, type Target, TargetError } from './target.ts';

const SECRET_PREFIX = 'whsec_';
/** Standard Webhooks: 24 to 64 random bytes. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

export type SigningKeys = readonly Uint8Array[];

/**
 * Secret shape: {"current": "whsec_<base64>", "next"?: "whsec_<base64>"}. If both exist, both sign. @throws
 * UnusableSecretError
 */
export function parseSigningKeys(secret: unknown, name = 'target'): SigningKeys {
  const fields = typeof secret === 'object' && secret !== null ? (secret as Record<string, unknown>) : {};
  return [
    signingKey(name, 'current', fields.current),
    ...(fields.next === undefined ? [] : [signingKey(name, 'next', fields.next)]),
  ];
}

function signingKey(name: string, field: string, text: unknown): Uint8Array {
  const encoded =
    typeof text === 'string' && text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64');
  // Buffer skips characters that are not base64 and accepts base64url: the key would then differ from the endpoint's.
  const isEncoded = key.length >= MIN_SECRET_BYTES && key.toString('base64') === encoded;
  if (!isEncoded || key.length > MAX_SECRET_BYTES) {
    throw new UnusableSecretError(
      `${name}: "${field}" must be "whsec_" and ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes in base64, padded`,
    );
  }
  // Anyone can sign with this key. Other keys that were not generated are refused when they are set
  // (cli/secret-keys.ts).
  if (key.every((byte) => byte === 0)) throw new UnusableSecretError(`${name}: "${field}" is all zero`);
  return key;
}

export interface HttpsTargetOptions {
  readonly url: string;
  readonly keys: () => Promise<SigningKeys>;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

export function httpsTarget({
  url,
  keys,
  clock,
  fetch: send = fetch,
}: HttpsTargetOptions): Target<Deliverable> {
  return {
    name: 'https',
    async deliver(event, signal, webhookId) {
      const body = JSON.stringify(event);
      const headers = {
        ...standardWebhook(await keys(), { id: event.id, webhookId, body, now: clock() }),
        ...(event.correlationId === undefined ? {} : { 'x-correlation-id': headerText(event.correlationId) }),
      };
      let response: Response;
      try {
        // A redirect would change the POST or send the signed event to another address.
        response = await send(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      } catch (error) {
        throw new TargetError('unavailable', { cause: error });
      }
      // Only the status counts: a body that breaks off must not turn a 2xx into a retry.
      await response.body?.cancel().catch(() => {});
      if (response.ok) return;
      const retryAfterSeconds = retryAfter(response.headers.get('retry-after'), clock());
      throw new TargetError(failureOf(response.status), defined({ retryAfterSeconds }));
    },
  };
}

export interface SignedRequest {
  /** The same id means the same request, which the receiver may have handled already. */
  readonly id: string;
  /** Value of the header webhook-id. Default: the id without full stops (webhookIdOf). */
  readonly webhookId?: string | undefined;
  readonly body: string;
  /** The sender's clock, in milliseconds. */
  readonly now: number;
}

/** The headers of a signed request. */
export function standardWebhook(
  keys: SigningKeys,
  { id, webhookId = webhookIdOf(id), body, now }: SignedRequest,
): Readonly<Record<string, string>> {
  const name = headerText(webhookId);
  const timestamp = Math.floor(now / 1_000);
  return {
    'content-type': 'application/json',
    'webhook-id': name,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures(keys, `${name}.${timestamp}.${body}`),
    'idempotency-key': headerText(id),
  };
}

const signatures = (keys: SigningKeys, content: string): string =>
  keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ');

/** The failure class of a status that is not 2xx. */
export function failureOf(status: number): FailureClass {
  if (status === 410) return 'gone';
  return status === 408 || status === 425 || status === 429 || status >= 500 ? 'unavailable' : 'rejected';
}

/**
 * Seconds until the next attempt. The header is a number of seconds (deliver.ts limits it) or an HTTP date, which
 * begins with a day's name (RFC 9110 §10.2.3); without that check Date.parse would accept many other texts. If the
 * endpoint and a proxy before it each send the header with seconds, the longest pause counts. Undefined: absent or
 * neither.
 */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const several = value.split(',').map((each) => each.trim());
  if (several.every((each) => /^[0-9]+$/.test(each)))
    return Math.min(Math.max(...several.map(Number)), Number.MAX_SAFE_INTEGER);
  const at = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1_000));
}

/**
 * An id may contain any text of a provider, but a header accepts only visible ASCII: other characters are
 * percent-encoded.
 */
const headerText = (text: string): string =>
  text.toWellFormed().replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
