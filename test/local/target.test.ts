import { describe, expect, it } from 'vitest';
import { SecretStore } from '../../local/aws/secrets-manager.ts';
import { endpointSecret, ensureEndpointSecret } from '../../local/target/endpoint-secret.ts';
import { takes } from '../../local/target/events.ts';
import { codeOf, forward, outcomeOf } from '../../local/target/forward.ts';
import { wishFrom } from '../../local/target/listening.ts';
import { isLoopbackHttp, whyNotForwardable } from '../../local/target/loopback.ts';
import { parseSigningKeys } from '../../shared/app/fulfilment/targets/https.ts';

describe('where events may be sent from this computer', () => {
  it.each([
    'http://localhost:3000/hooks',
    'http://127.0.0.1/',
    'http://[::1]:8080/a',
    'http://shop.localhost/',
  ])('plain http to %s stays here', (url) => {
    expect(isLoopbackHttp(url)).toBe(true);
    expect(whyNotForwardable(url)).toBeUndefined();
  });

  it.each([
    'http://shop.example/hooks',
    'http://localhost.shop.example/',
    'http://127.0.0.1.shop.example/',
    'http://user:word@localhost/',
    'ftp://localhost/',
    'localhost:3000',
    '',
  ])('"%s" is refused with what is allowed', (url) => {
    expect(isLoopbackHttp(url)).toBe(false);
    expect(whyNotForwardable(url)).toContain(`found ${JSON.stringify(url)}; allowed: http://`);
  });

  it('https may lead anywhere', () =>
    expect(whyNotForwardable('https://shop.example/hooks')).toBeUndefined());
});

describe('which events are sent', () => {
  it.each([
    [undefined, 'fulfil', true],
    [['*'], 'fulfil', true],
    [['payment.*'], 'payment.paid', true],
    [['payment.*'], 'payout.paid', false],
    [['fulfil', 'revoke'], 'revoke', true],
    [['fulfil'], 'fulfil.other', false],
  ])('%j takes %s: %s', (patterns, type, taken) => expect(takes(patterns)(type)).toBe(taken));
});

describe('what becomes of a delivery', () => {
  const now = Date.parse('2026-11-29T10:00:00Z');
  it.each([
    [{ status: 204 }, 1, { outcome: 'taken' }],
    [{ status: 500 }, 1, { outcome: 'again', seconds: 30 }],
    [{ status: 401 }, 3, { outcome: 'again', seconds: 120 }],
    [{ status: undefined }, 2, { outcome: 'again', seconds: 60 }],
    [{ status: 503, retryAfter: '90' }, 1, { outcome: 'again', seconds: 90 }],
    [{ status: 410 }, 1, { outcome: 'given up' }],
    [{ status: 500 }, 56, { outcome: 'given up' }],
  ] as const)('%j at attempt %d: %j', (answer, attempt, outcome) => {
    expect(outcomeOf(answer, attempt, now)).toEqual(outcome);
  });

  it('hands on the body and the headers of the signature, and no header of the connection', async () => {
    const seen: { url?: string; init?: RequestInit } = {};
    const send = async (url: unknown, init?: RequestInit) => {
      Object.assign(seen, { url, init });
      return new Response(null, { status: 204 });
    };
    const answer = await forward(
      'http://localhost:3000/hooks',
      {
        headers: { host: '127.0.0.1:1', 'content-length': '2', 'webhook-id': 'a', 'idempotency-key': 'b' },
        body: Buffer.from('{}'),
        signal: new AbortController().signal,
      },
      send as typeof fetch,
    );
    expect(answer).toMatchObject({ status: 204 });
    expect(seen.init?.headers).toEqual([
      ['webhook-id', 'a'],
      ['idempotency-key', 'b'],
    ]);
    expect(Buffer.from(seen.init?.body as Uint8Array).toString()).toBe('{}');
  });

  it('names the system’s code where nobody answers', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(codeOf(new TypeError('fetch failed', { cause: refused }))).toBe('ECONNREFUSED');
  });
});

describe('the signing secret while a service listens', () => {
  const name = 'payhooks/sandbox/target';
  it.each([
    ['of a bus, as the stack generates it', { current: 'a'.repeat(64) }],
    ['of an endpoint', { current: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }],
    ['of a bus that is not signed', undefined],
  ])('%s becomes one that an HTTPS target takes', (_, secret) => {
    const store = new SecretStore(secret === undefined ? {} : { [name]: JSON.stringify(secret) });
    ensureEndpointSecret(store, 'sandbox');
    const found = endpointSecret(store, 'sandbox');
    expect(parseSigningKeys(found)).toHaveLength(1);
    ensureEndpointSecret(store, 'sandbox');
    expect(endpointSecret(store, 'sandbox')).toEqual(found);
  });
});

describe('what payhooks listen asks the stack for', () => {
  it.each([
    ['{', 'not JSON'],
    ['{}', 'forwardTo is missing'],
    ['{"forwardTo":"http://shop.example/"}', 'allowed: http://'],
    ['{"forwardTo":"http://localhost/","events":"fulfil"}', 'expected a list'],
  ])('%s is refused', (body, why) => expect(wishFrom(Buffer.from(body))).toContain(why));
});
