/** The request to an endpoint and the reading of its answer, without a server: headers, secrets, Retry-After. */
import { describe, expect, it } from 'vitest';
import {
  failureOf,
  httpsTarget,
  parseSigningKeys,
  retryAfter,
  standardWebhook,
} from '../../../shared/app/fulfilment/targets/https.ts';
import type { Deliverable } from '../../../shared/app/fulfilment/targets/target.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const event: Deliverable = { id: 'a.b#1', type: 'fulfil', occurredAt: new Date(NOW).toISOString() };

function endpoint(answer: () => Response | Promise<Response>) {
  const sent: RequestInit[] = [];
  const target = httpsTarget({
    ...{ url: 'https://shop.example/', keys: async () => parseSigningKeys({ current: SECRET }) },
    clock: () => NOW,
    fetch: async (_, init) => {
      sent.push(init ?? {});
      return answer();
    },
  });
  const deliver = (one: Deliverable = event) => target.deliver(one, AbortSignal.timeout(5_000));
  return { sent, target, deliver };
}

describe('a delivery to an endpoint', () => {
  it('a delivery to an endpoint is one POST of JSON with the webhook headers, and follows no redirect', async () => {
    const { sent, target, deliver } = endpoint(() => new Response(null, { status: 204 }));
    await deliver();
    expect(target.name).toBe('https');
    expect(sent).toMatchObject([{ method: 'POST', redirect: 'manual', body: JSON.stringify(event) }]);
    expect(sent[0]?.headers).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'a.b#1',
      'webhook-id': 'a%2Eb#1',
      'webhook-timestamp': String(NOW / 1_000),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
  });

  it('a delivery to an endpoint has the correlation id percent-encoded in x-correlation-id', async () => {
    const { sent, deliver } = endpoint(() => new Response('ok'));
    await deliver({ ...event, correlationId: 'c 1\n' });
    expect(sent[0]?.headers).toMatchObject({ 'x-correlation-id': 'c%201%0A' });
  });

  it('a failed delivery to an endpoint reports failure, network error and retryAfterSeconds', async () => {
    const cause = new TypeError('connection reset');
    await expect(endpoint(() => Promise.reject(cause)).deliver()).rejects.toMatchObject({
      ...{ name: 'TargetError', message: 'unavailable', failure: 'unavailable', cause },
      retryAfterSeconds: undefined,
    });
    const headers = { 'retry-after': '7' };
    await expect(endpoint(() => new Response('', { status: 429, headers })).deliver()).rejects.toMatchObject({
      ...{ failure: 'unavailable', retryAfterSeconds: 7 },
    });
  });

  it('the longer of two Retry-After headers counts, and an unreadable Retry-After is ignored', async () => {
    const headers: [string, string][] = [
      ['retry-after', '120'],
      ['retry-after', '60'],
    ];
    const answer = () => new Response('', { status: 503, headers });
    await expect(endpoint(answer).deliver()).rejects.toMatchObject({ retryAfterSeconds: 120 });
    expect(retryAfter('60, soon', NOW)).toBeUndefined();
    expect(retryAfter('60,', NOW)).toBeUndefined();
  });

  it('a delivery answered with 200 succeeds although the body breaks off', async () => {
    const broken = () => {
      const body = new ReadableStream({ cancel: () => Promise.reject(new Error('broken off')) });
      return new Response(body, { status: 200 });
    };
    await expect(endpoint(broken).deliver()).resolves.toBeUndefined();
  });
});

it.each([
  [408, 'unavailable'],
  [425, 'unavailable'],
  [429, 'unavailable'],
  [499, 'rejected'],
  [500, 'unavailable'],
  [599, 'unavailable'],
  [304, 'rejected'],
  [410, 'gone'],
] as const)('an endpoint’s answer %i is the failure %s', (status, failure) => {
  expect(failureOf(status)).toBe(failure);
});

describe('Retry-After', () => {
  it.each<[string | null, number | undefined]>([
    [null, undefined],
    ['', undefined],
    ['0', 0],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60],
    // The form of asctime() in C, without a comma.
    ['Sun Mar  1 12:01:00 2026 GMT', 60],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    // Date.parse reads dates in these texts, too.
    ['in Sun, 01 Mar 2026 12:01:00 GMT', undefined],
    ['2026-03-01T12:01:00Z', undefined],
    ['12 seconds', undefined],
    ['about 12', undefined],
    ['after 2099', undefined],
  ])('Retry-After %j is read as %s seconds', (value, seconds) => {
    expect(retryAfter(value, NOW)).toBe(seconds);
  });

  it('Retry-After as a date is rounded up to whole seconds', () => {
    expect(retryAfter('Sun, 01 Mar 2026 12:01:00 GMT', NOW + 1)).toBe(60);
  });
});

describe('the secret of an endpoint', () => {
  it.each([undefined, null, 'text', 7, [], {}])(
    'the endpoint secret %j is refused with UnusableSecretError',
    (secret) => {
      expect(() => parseSigningKeys(secret)).toThrow(UnusableSecretError);
      expect(() => parseSigningKeys(secret, 'hook')).toThrow('hook: "current" must be "whsec_"');
    },
  );

  it('a signing key may have zero bytes, but is refused when all its bytes are zero', () => {
    const some = Buffer.alloc(32, 7);
    some[3] = 0;
    expect(parseSigningKeys({ current: `whsec_${some.toString('base64')}` })).toEqual([some]);
    const none = `whsec_${Buffer.alloc(32).toString('base64')}`;
    expect(() => parseSigningKeys({ current: SECRET, next: none })).toThrow('target: "next" is all zero');
  });

  it.each([
    [23, false],
    [24, true],
    [64, true],
    [65, false],
  ])('a signing key of %i bytes is accepted: %s', (bytes, isTaken) => {
    const parse = () => parseSigningKeys({ current: `whsec_${Buffer.alloc(bytes, 7).toString('base64')}` });
    if (isTaken) expect(parse()).toHaveLength(1);
    else expect(parse).toThrow(UnusableSecretError);
  });
});

it('the signature changes with webhook-id, body and whole seconds, each alone', () => {
  const keys = parseSigningKeys({ current: SECRET });
  const made = (over: object = {}) => standardWebhook(keys, { id: 'a', body: '{}', now: NOW, ...over });
  expect(made({ now: NOW + 999 })).toEqual(made());
  const changes = [{}, { id: 'b' }, { webhookId: 'c' }, { body: '{ }' }, { now: NOW + 1_000 }];
  const signed = changes.map((over) => made(over)['webhook-signature']);
  expect(new Set(signed).size).toBe(changes.length);
});

it('webhook-id may differ from idempotency-key, and the signature covers webhook-id, not idempotency-key', () => {
  const keys = parseSigningKeys({ current: SECRET });
  const made = (id: string) => standardWebhook(keys, { id, webhookId: 'b', body: '{}', now: NOW });
  expect(made('a')).toMatchObject({ 'webhook-id': 'b', 'idempotency-key': 'a' });
  expect(made('other')['webhook-signature']).toBe(made('a')['webhook-signature']);
});
