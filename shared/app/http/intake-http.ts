/** The HTTP part of intake: the request of an HTTP API (payload 2.0), the deadline, and the answers. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Answer, ReceivedRequest } from '../../providers/received.ts';
import { EDGE_HEADER } from '../platform/edge.ts';

/** Counted from the gateway's own time stamp. The gateway's integration times out at 2.9 s. */
export const BUDGET_MS = 2_500;
/** A request that waited for a cold start still gets this time before the gateway times out. */
const MIN_BUDGET_MS = 300;
/** Larger requests are refused before verification. */
const MAX_MESSAGE_BYTES = 64 * 1_024;

export type FailureReason =
  | 'deadline'
  | 'secret_unusable'
  | 'secret_unavailable'
  | 'queue_unavailable'
  // An authentic message must be quarantined, and the quarantine has no room.
  | 'quarantine_full'
  // Reasons why a question (withdrawal-kyc-answers.ts) has no answer.
  | 'store_unavailable'
  | 'order_unknown'
  | 'not_asked'
  | 'no_answer'
  | 'decision_not_stored'
  | 'internal';

/** The result of a request: the provider's own success answer, or a status of `ANSWERS`. */
export type Outcome =
  | { readonly type: 'accepted' | 'quarantined'; readonly answer: Answer; readonly reason?: string }
  /** A request of the stack's own probe: answered like a provider's request. */
  | { readonly type: 'probe'; readonly answer: Answer }
  | {
      readonly type: 'refused';
      readonly status: RefusalStatus;
      readonly reason: string;
      /** For the developer; written only to the log. */
      readonly sentence?: string;
    }
  | {
      readonly type: 'failed';
      readonly status: 503;
      readonly reason: FailureReason;
      readonly error?: unknown;
    };

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 413 | 415;

/** The bodies of refusals and failures: constant texts that reveal nothing and repeat nothing of the request. */
export const ANSWERS: Readonly<Record<RefusalStatus | 503, string>> = {
  400: 'bad request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  413: 'payload too large',
  415: 'unsupported media type',
  503: 'try again later',
};

export interface RequestFacts {
  readonly account: string;
  /** The path is not one of the provider's notification paths; it only begins like one. */
  readonly isElsewhere: boolean;
  readonly correlationId: string;
  /** When the gateway received the request, ISO 8601 with milliseconds. */
  readonly receivedAt: string;
  readonly startedAt: number;
  readonly budgetMs: number;
}

const CORRELATION_ID = /^[A-Za-z0-9=_-]{1,64}$/;
/** If the gateway's clock differs by more than this, its time stamp is not used. */
const MAX_CLOCK_SKEW_MS = 60_000;

/** @param now milliseconds since 1970 */
export function factsOf(event: APIGatewayProxyEventV2, now: number): RequestFacts {
  const { timeEpoch, requestId } = event.requestContext;
  const believable = Number.isFinite(timeEpoch) && Math.abs(now - timeEpoch) <= MAX_CLOCK_SKEW_MS;
  const startedAt = believable ? timeEpoch : now;
  return {
    account: event.pathParameters?.account ?? accountIn(event.rawPath),
    isElsewhere: event.pathParameters?.proxy !== undefined,
    correlationId: CORRELATION_ID.test(requestId) ? requestId : randomUUID(),
    receivedAt: new Date(startedAt).toISOString(),
    startedAt,
    budgetMs: Math.min(Math.max(startedAt + BUDGET_MS - now, MIN_BUDGET_MS), BUDGET_MS),
  };
}

/** The account in a path without parameter (a route of a single account): every path ends in /<account>/<what>. */
const accountIn = (path: string): string => path.split('/').at(-2) ?? '';

/** One deadline for everything that a request waits for: the signal aborts calls of AWS, `expired` ends the wait. */
export function startDeadline(budgetMs: number): {
  readonly signal: AbortSignal;
  readonly expired: Promise<Outcome>;
  stop(): void;
} {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve({ type: 'failed', status: 503, reason: 'deadline' });
    }, budgetMs);
  });
  return { signal: controller.signal, expired, stop: () => clearTimeout(timer) };
}

/**
 * The request with its bytes as they arrived: the gateway base64-encodes every body that is not text or JSON (form
 * bodies are encoded), keeps `rawQueryString` unchanged and header names in lower case. Undefined: larger than the
 * limit.
 * @param sourceIp the sender's address, if that is not the gateway's own caller
 */
export function readRequest(
  event: APIGatewayProxyEventV2,
  sourceIp: string = event.requestContext.http.sourceIp,
): ReceivedRequest | undefined {
  const text = event.body ?? '';
  const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
  const bytes = Buffer.byteLength(text, encoding);
  if (bytes > MAX_MESSAGE_BYTES || event.rawQueryString.length > MAX_MESSAGE_BYTES) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers)) {
    // A secret between the edge and this function, and nothing of the provider's.
    if (value !== undefined && name !== EDGE_HEADER) headers[name] = value;
  }
  return {
    method: event.requestContext.http.method,
    rawQuery: event.rawQueryString,
    headers,
    body: Buffer.from(text, encoding),
    sourceIp,
  };
}

/**
 * An answer belongs to one request. Otherwise a CDN may give it to another request of the same path, whose notification
 * then never arrives (CloudFront joins simultaneous requests).
 */
const NOT_SHARED = { 'cache-control': 'no-store' };

export function respond(outcome: Outcome, method: string): APIGatewayProxyStructuredResultV2 {
  if ('answer' in outcome) {
    const { status, contentType, body } = outcome.answer;
    return { statusCode: status, headers: { ...NOT_SHARED, 'content-type': contentType }, body };
  }
  return {
    statusCode: outcome.status,
    headers: {
      ...NOT_SHARED,
      'content-type': 'text/plain',
      ...(outcome.status === 405 ? { allow: method } : {}),
    },
    body: ANSWERS[outcome.status],
  };
}
