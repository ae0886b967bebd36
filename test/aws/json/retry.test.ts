import { describe, expect, it } from 'vitest';
import { AttemptTimeoutError, AwsCallError, pauseAfter } from '../../../shared/aws/json/retry.ts';

const answered = (status: number, code = 'Unknown') => new AwsCallError(code, 'no', status);
const network = (code: string) => Object.assign(new Error(code), { code });

describe('the pause before the next attempt', () => {
  it.each([
    ['silence', new AttemptTimeoutError('late')],
    ['a reset connection', network('ECONNRESET')],
    ['a refused connection', network('ECONNREFUSED')],
    ['a name that is not found now', network('EAI_AGAIN')],
    ['500', answered(500)],
    ['502', answered(502)],
    ['503', answered(503)],
    ['504', answered(504)],
    ['a request that AWS ended', answered(400, 'RequestTimeoutException')],
  ])('after %s is at most 50 ms, and twice as long each time', (_name, error) => {
    expect([1, 2, 3].map((attempt) => pauseAfter(error, attempt, 1))).toEqual([50, 100, 200]);
    expect(pauseAfter(error, 1, 0)).toBe(0);
  });

  it.each([
    ['429', answered(429)],
    ['throttling', answered(400, 'ThrottlingException')],
    ['a queue’s throttling', answered(400, 'RequestThrottled')],
  ])('after %s is at most 250 ms', (_name, error) => {
    expect([1, 2].map((attempt) => pauseAfter(error, attempt, 1))).toEqual([250, 500]);
  });

  it.each([
    ['a refusal', answered(403, 'AccessDeniedException')],
    ['a wrong request', answered(400, 'ValidationException')],
    ['a status that nobody repeats', answered(501)],
    ['an error of ours', new Error('bug')],
    ['a network error that lasts', network('CERT_HAS_EXPIRED')],
  ])('is none after %s: the same call would fail again', (_name, error) => {
    expect(pauseAfter(error, 1, 1)).toBeUndefined();
  });
});
