/** Forwards a delivery of the fulfilment worker to the developer's service, with the same headers and bytes. */
import type { IncomingHttpHeaders } from 'node:http';
import { secondsUntilNext } from '../../shared/app/fulfilment/backoff.ts';
import { failureOf, retryAfter } from '../../shared/app/fulfilment/targets/https.ts';

export interface Forwarded {
  /** Undefined when the service did not answer. */
  readonly status: number | undefined;
  /** Why there is no answer ("ECONNREFUSED"). */
  readonly failure?: string;
  readonly retryAfter?: string;
  readonly ms: number;
}

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborts when the worker no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** Headers of the connection, which the new connection sets itself. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

export async function forward(
  url: string,
  { headers, body, signal }: Delivery,
  send: typeof fetch = fetch,
): Promise<Forwarded> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && !OWN_HEADERS.has(name) ? [[name, value]] : [],
  );
  try {
    const response = await send(url, {
      method: 'POST',
      headers: kept,
      body: new Uint8Array(body),
      // A redirect goes back to the worker, which does not follow it.
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel().catch(() => {});
    const pause = response.headers.get('retry-after');
    return { status: response.status, ...(pause === null ? {} : { retryAfter: pause }), ms: took() };
  } catch (error) {
    return { status: undefined, failure: signal.aborted ? 'no answer in time' : codeOf(error), ms: took() };
  }
}

/** The code of the innermost error that has one: it shows what to do. */
export function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined) return code;
  }
  return 'no answer';
}

export type Outcome =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'again'; readonly seconds: number }
  | { readonly outcome: 'given up' };

/** The outcome of the delivery, by the rules of the worker. @param attempt from 1 @param now milliseconds since 1970 */
export function outcomeOf(
  {
    status,
    retryAfter: pause = null,
  }: { readonly status: number | undefined; readonly retryAfter?: string | null },
  attempt: number,
  now: number,
): Outcome {
  if (status !== undefined && status >= 200 && status < 300) return { outcome: 'taken' };
  const failure = status === undefined ? 'unavailable' : failureOf(status);
  const seconds = secondsUntilNext(failure, attempt, retryAfter(pause, now));
  return seconds === undefined ? { outcome: 'given up' } : { outcome: 'again', seconds };
}
