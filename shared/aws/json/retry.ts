/**
 * Which failed attempts are repeated, and after which pause: the SDK's standard mode, with a shorter pause after
 * throttling.
 */

/** An error response of AWS. */
export class AwsCallError extends Error {
  readonly status: number;

  /** @param code the error's name in AWS: `AccessDeniedException` */
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

/** An attempt took too long, to connect or in all. */
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

/** The longest pause before the second attempt, in milliseconds. It doubles for each further attempt. */
const PAUSE_MS = 50;
/** The SDK waits up to a second, which is too long for a request that answers a provider within 2.5 s. */
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
 * The pause after a failed attempt.
 * @param attempt number of the failed attempt, from 1
 * @param random from 0 to 1, so that callers that failed together do not repeat together
 * @returns milliseconds to wait before the next attempt; undefined: the same call would fail again
 */
export function pauseAfter(error: Error, attempt: number, random: number): number | undefined {
  const base = isThrottled(error) ? THROTTLED_PAUSE_MS : isTransient(error) ? PAUSE_MS : undefined;
  return base === undefined ? undefined : Math.floor(random * base * 2 ** (attempt - 1));
}
