/** The reading of the gateway's requests, and the answers to the gateway. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BUDGET_MS,
  factsOf,
  type RefusalStatus,
  readRequest,
  respond,
  startDeadline,
} from '../../../shared/app/http/intake-http.ts';
import { httpEvent } from '../../support/http-event.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const KIB_64 = 65_536;

describe('the time of a request', () => {
  const at = (timeEpoch: number) => factsOf(httpEvent({ timeEpoch }), NOW);

  it.each([
    ['the present time', 0, BUDGET_MS],
    ['400 ms old', -400, BUDGET_MS - 400],
    ['2201 ms old, which leaves only the least budget', -2_201, 300],
    ['a minute old', -60_000, 300],
    // The gateway's clock is ahead: the budget does not exceed BUDGET_MS.
    ['a minute ahead', 60_000, BUDGET_MS],
  ])('factsOf takes the time of the gateway when timeEpoch is %s', (_, ms, budgetMs) => {
    expect(at(NOW + ms)).toMatchObject({
      startedAt: NOW + ms,
      receivedAt: new Date(NOW + ms).toISOString(),
      budgetMs,
    });
  });

  it.each([
    ['more than a minute old', NOW - 60_001],
    ['more than a minute ahead', NOW + 60_001],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
  ])('factsOf takes the local clock when timeEpoch is %s', (_, timeEpoch) => {
    expect(at(timeEpoch)).toMatchObject({
      startedAt: NOW,
      receivedAt: '2026-03-01T12:00:00.000Z',
      budgetMs: BUDGET_MS,
    });
  });
});

describe('the account and the correlation id of a request', () => {
  it('factsOf takes the account from the route’s parameter, else from the path, else an empty name', () => {
    const event = httpEvent({ timeEpoch: NOW, account: 'shop' });
    expect(factsOf(event, NOW)).toMatchObject({ account: 'shop', isElsewhere: false });
    const own = { ...event, pathParameters: undefined } as unknown as typeof event;
    expect(factsOf({ ...own, rawPath: '/paymentwall/other/pingback' }, NOW).account).toBe('other');
    expect(factsOf({ ...own, rawPath: 'pingback' }, NOW).account).toBe('');
    expect(factsOf(httpEvent({ timeEpoch: NOW, proxy: 'a/b' }), NOW).isElsewhere).toBe(true);
  });

  it('factsOf takes the gateway’s request id as correlation id, or a new UUID when the id is malformed', () => {
    const idOf = (requestId: string) => factsOf(httpEvent({ timeEpoch: NOW, requestId }), NOW).correlationId;
    for (const id of ['Jk_-9=', 'x', 'x'.repeat(64)]) expect(idOf(id)).toBe(id);
    for (const id of ['', 'x'.repeat(65), 'a b', 'a\n', '"a', 'ä'])
      expect(idOf(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
});

describe('readRequest', () => {
  const read = (fields: object) => readRequest(httpEvent({ timeEpoch: NOW, ...fields }));

  it('readRequest returns the exact bytes of the body and every header that has a value', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xe5]);
    const event = httpEvent({
      ...{ timeEpoch: NOW, method: 'POST', rawQueryString: 'a=%20b', isBase64Encoded: true },
      ...{
        body: bytes.toString('base64'),
        headers: { 'cache-control': 'no-store', 'content-type': 'text/plain', gone: undefined } as never,
      },
    });
    expect(readRequest(event)).toEqual({
      ...{ method: 'POST', rawQuery: 'a=%20b', sourceIp: '192.0.2.1', body: bytes },
      headers: { 'cache-control': 'no-store', 'content-type': 'text/plain' },
    });
    expect(read({ body: 'é' })?.body).toEqual(Buffer.from('é', 'utf8'));
    expect(read({})?.body).toHaveLength(0);
  });

  it.each([
    ['a query', 'rawQueryString', 'x'.repeat(KIB_64), false],
    ['a text body', 'body', 'x'.repeat(KIB_64), false],
    ['a body of characters with two bytes each', 'body', 'é'.repeat(KIB_64 / 2), false],
    ['a base64 body', 'body', Buffer.alloc(KIB_64).toString('base64'), true],
  ] as const)(
    'readRequest accepts %s of 64 KiB and returns undefined for one byte more',
    (_, field, full, isBase64Encoded) => {
      expect(read({ [field]: full, isBase64Encoded })).toBeDefined();
      const more = isBase64Encoded ? Buffer.alloc(KIB_64 + 1).toString('base64') : `${full}x`;
      expect(read({ [field]: more, isBase64Encoded })).toBeUndefined();
    },
  );
});

describe('startDeadline', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('startDeadline aborts its signal after 500 ms, not before, with 503 and the reason deadline', async () => {
    const { signal, expired } = startDeadline(500);
    await vi.advanceTimersByTimeAsync(499);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
    expect(await expired).toEqual({ type: 'failed', status: 503, reason: 'deadline' });
  });

  it('a deadline that was stopped aborts nothing and leaves no timer', async () => {
    const { signal, stop } = startDeadline(500);
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('respond', () => {
  it('respond passes the status, content type and body of a provider’s answer on unchanged', () => {
    const answer = { status: 200, contentType: 'application/json', body: '{}' };
    expect(respond({ type: 'quarantined', answer, reason: 'x' }, 'POST')).toEqual({
      ...{
        statusCode: 200,
        headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
        body: '{}',
      },
    });
  });

  it.each([
    [400, 'bad request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not found'],
    [405, 'method not allowed'],
    [413, 'payload too large'],
    [415, 'unsupported media type'],
  ] as const)(
    'respond answers a refusal with %i and a constant text, without its reason and sentence',
    (status: RefusalStatus, body) => {
      const allow = status === 405 ? { allow: 'POST' } : {};
      expect(respond({ type: 'refused', status, reason: 'CANARY', sentence: 'CANARY' }, 'POST')).toEqual({
        ...{
          statusCode: status,
          body,
          headers: { 'cache-control': 'no-store', 'content-type': 'text/plain', ...allow },
        },
      });
    },
  );

  it('respond answers a failure with 503 and the text "try again later"', () => {
    expect(respond({ type: 'failed', status: 503, reason: 'internal' }, 'GET')).toEqual({
      ...{
        statusCode: 503,
        body: 'try again later',
        headers: { 'cache-control': 'no-store', 'content-type': 'text/plain' },
      },
    });
  });
});
