/** What intake takes from the gateway, and what it gives back. */
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
    ['just now', 0, BUDGET_MS],
    ['a moment ago', -400, BUDGET_MS - 400],
    ['so long ago that nothing is left but the least', -2_201, 300],
    ['a minute ago', -60_000, 300],
    // The gateway's clock is ahead: no more than the whole budget.
    ['in a minute', 60_000, BUDGET_MS],
  ])('is the gateway’s: %s', (_, ms, budgetMs) => {
    expect(at(NOW + ms)).toMatchObject({
      startedAt: NOW + ms,
      receivedAt: new Date(NOW + ms).toISOString(),
      budgetMs,
    });
  });

  it.each([
    ['over a minute ago', NOW - 60_001],
    ['over a minute ahead', NOW + 60_001],
    ['no number', Number.NaN],
    ['endless', Number.POSITIVE_INFINITY],
  ])('is ours where the gateway’s cannot be believed: %s', (_, timeEpoch) => {
    expect(at(timeEpoch)).toMatchObject({
      startedAt: NOW,
      receivedAt: '2026-03-01T12:00:00.000Z',
      budgetMs: BUDGET_MS,
    });
  });
});

describe('who a request is about', () => {
  it('is the route’s parameter, else the path’s last but one part, else nobody', () => {
    const event = httpEvent({ timeEpoch: NOW, account: 'shop' });
    expect(factsOf(event, NOW)).toMatchObject({ account: 'shop', isElsewhere: false });
    const own = { ...event, pathParameters: undefined } as unknown as typeof event;
    expect(factsOf({ ...own, rawPath: '/paymentwall/other/pingback' }, NOW).account).toBe('other');
    expect(factsOf({ ...own, rawPath: 'pingback' }, NOW).account).toBe('');
    expect(factsOf(httpEvent({ timeEpoch: NOW, proxy: 'a/b' }), NOW).isElsewhere).toBe(true);
  });

  it('has the gateway’s id, unless it is none of the gateway’s', () => {
    const idOf = (requestId: string) => factsOf(httpEvent({ timeEpoch: NOW, requestId }), NOW).correlationId;
    for (const id of ['Jk_-9=', 'x', 'x'.repeat(64)]) expect(idOf(id)).toBe(id);
    for (const id of ['', 'x'.repeat(65), 'a b', 'a\n', '"a', 'ä'])
      expect(idOf(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
});

describe('what is read of a request', () => {
  const read = (fields: object) => readRequest(httpEvent({ timeEpoch: NOW, ...fields }));

  it('is its bytes as they came, with every header that has a value', () => {
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
    ['a body whose characters take two bytes', 'body', 'é'.repeat(KIB_64 / 2), false],
    ['a base64 body', 'body', Buffer.alloc(KIB_64).toString('base64'), true],
  ] as const)('%s may have 64 KiB, and no byte more', (_, field, full, isBase64Encoded) => {
    expect(read({ [field]: full, isBase64Encoded })).toBeDefined();
    const more = isBase64Encoded ? Buffer.alloc(KIB_64 + 1).toString('base64') : `${full}x`;
    expect(read({ [field]: more, isBase64Encoded })).toBeUndefined();
  });
});

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('ends what waits when it is over, and not before', async () => {
    const { signal, expired } = startDeadline(500);
    await vi.advanceTimersByTimeAsync(499);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
    expect(await expired).toEqual({ type: 'failed', status: 503, reason: 'deadline' });
  });

  it('that was stopped ends nothing', async () => {
    const { signal, stop } = startDeadline(500);
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an answer', () => {
  it('of a provider is passed on as it is', () => {
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
  ] as const)('%i is a constant text that echoes nothing', (status: RefusalStatus, body) => {
    const allow = status === 405 ? { allow: 'POST' } : {};
    expect(respond({ type: 'refused', status, reason: 'CANARY', sentence: 'CANARY' }, 'POST')).toEqual({
      ...{
        statusCode: status,
        body,
        headers: { 'cache-control': 'no-store', 'content-type': 'text/plain', ...allow },
      },
    });
  });

  it('503 asks for another try', () => {
    expect(respond({ type: 'failed', status: 503, reason: 'internal' }, 'GET')).toEqual({
      ...{
        statusCode: 503,
        body: 'try again later',
        headers: { 'cache-control': 'no-store', 'content-type': 'text/plain' },
      },
    });
  });
});
