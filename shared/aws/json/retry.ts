/** Which failed attempts are made again, and after which pause: the SDK's standard mode, with a shorter pause when throttled. */

/** What AWS answered instead of a result. */
export class AwsCallError extends Error {
  readonly status: number;

  /** @param code as AWS names it: `AccessDeniedException` */
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

/** An attempt that took too long, to connect or in all. */
export class AttemptTimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

const THROTTLING = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const TRANSIENT = new Set(['RequestTimeout', 'RequestTimeoutException']);
const TRANSIENT_STATUS = new Set([500, 502, 503, 504]);
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Milliseconds before the second attempt, at most; each following one may take twice as long. */
const PAUSE_MS = 50;
/** The SDK waits up to a second; a request that answers a provider within 2.5 s cannot. */
const THROTTLED_PAUSE_MS = 250;

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

const isThrottled = (error: Error): boolean =>
  error instanceof AwsCallError && (error.status === 429 || THROTTLING.has(error.name));

const isTransient = (error: Error): boolean =>
  error instanceof AttemptTimeoutError ||
  NETWORK.has(codeOf(error)) ||
  (error instanceof AwsCallError && (TRANSIENT_STATUS.has(error.status) || TRANSIENT.has(error.name)));

/**
 * @param attempt the one that failed, from 1
 * @param random from 0 to 1: callers that failed together must not come back together
 * @returns milliseconds to wait before the next attempt; undefined: the same call would fail again
 */
export function pauseAfter(error: Error, attempt: number, random: number): number | undefined {
  const base = isThrottled(error) ? THROTTLED_PAUSE_MS : isTransient(error) ? PAUSE_MS : undefined;
  return base === undefined ? undefined : Math.floor(random * base * 2 ** (attempt - 1));
}
