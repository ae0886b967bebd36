import { describe, expect, it } from 'vitest';
import { AttemptTimeoutError, AwsCallError, pauseAfter } from '../../../shared/aws/json/retry.ts';

const answered = (status: number, code = 'Unknown') => new AwsCallError(code, 'no', status);
const network = (code: string) => Object.assign(new Error(code), { code });

describe('pauseAfter: the pause before the next attempt', () => {
  it.each([
    ['an attempt that timed out', new AttemptTimeoutError('late')],
    ['a reset connection', network('ECONNRESET')],
    ['a refused connection', network('ECONNREFUSED')],
    ['a host name that is not found for now', network('EAI_AGAIN')],
    ['500', answered(500)],
    ['502', answered(502)],
    ['503', answered(503)],
    ['504', answered(504)],
    ['RequestTimeoutException', answered(400, 'RequestTimeoutException')],
  ])('the pause after %s is at most 50 ms and doubles with each attempt', (_name, error) => {
    expect([1, 2, 3].map((attempt) => pauseAfter(error, attempt, 1))).toEqual([50, 100, 200]);
    expect(pauseAfter(error, 1, 0)).toBe(0);
  });

  it.each([
    ['429', answered(429)],
    ['throttling', answered(400, 'ThrottlingException')],
    ['throttling of a queue', answered(400, 'RequestThrottled')],
  ])('the pause after %s is at most 250 ms and doubles with each attempt', (_name, error) => {
    expect([1, 2].map((attempt) => pauseAfter(error, attempt, 1))).toEqual([250, 500]);
  });

  it.each([
    ['AccessDeniedException', answered(403, 'AccessDeniedException')],
    ['ValidationException', answered(400, 'ValidationException')],
    ['status 501', answered(501)],
    ['an error of our own code', new Error('bug')],
    ['an expired certificate', network('CERT_HAS_EXPIRED')],
  ])('the call is not repeated after %s', (_name, error) => {
    expect(pauseAfter(error, 1, 1)).toBeUndefined();
  });
});
