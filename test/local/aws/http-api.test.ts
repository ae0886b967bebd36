import { describe, expect, it } from 'vitest';
import {
  answerFrom,
  arrivesAsText,
  commonLogTime,
  type HttpRequest,
  joinHeaders,
  matchRoute,
  requestEvent,
} from '../../../local/aws/http-api.ts';
import type { RouteSpec } from '../../../local/template/template.ts';

const route = (routeKey: string): RouteSpec => {
  const [method = 'ANY', path] = routeKey === '$default' ? ['ANY'] : routeKey.split(' ');
  return {
    method,
    path,
    routeKey,
    functionName: routeKey,
    integrationTimeoutMs: 2_900,
    authorization: 'NONE',
  };
};

const request = (overrides: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  target: '/hook/shop/events',
  rawHeaders: ['Host', 'localhost:1', 'Content-Type', 'application/json'],
  body: Buffer.from('{}'),
  httpVersion: '1.1',
  sourceIp: '192.0.2.1',
  receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  ...overrides,
});

const eventOf = (overrides: Partial<HttpRequest>) =>
  requestEvent(
    request(overrides),
    { route: route('ANY /hook/{account}/events'), parameters: { account: 'shop' } },
    { requestId: 'r', traceId: 't' },
  );

describe('matchRoute', () => {
  const routes = [
    'ANY /a/{account}/events',
    'POST /a/{account}/events',
    'ANY /a/fixed/events',
    'GET /{proxy+}',
  ].map(route);
  const matched = (method: string, path: string) => matchRoute(routes, method, path)?.route.routeKey;

  it('a route with the method of the request wins over a route with ANY', () => {
    expect(matched('POST', '/a/shop/events')).toBe('POST /a/{account}/events');
    expect(matched('PUT', '/a/shop/events')).toBe('ANY /a/{account}/events');
  });

  it('a literal path segment wins over a variable, and a variable wins over {proxy+}', () => {
    expect(matched('PUT', '/a/fixed/events')).toBe('ANY /a/fixed/events');
    expect(matched('GET', '/a/shop/events')).toBe('ANY /a/{account}/events');
    expect(matched('GET', '/a/shop/other')).toBe('GET /{proxy+}');
  });

  it('a route matches the whole path only: no longer, no shorter, with no empty segment', () => {
    expect(matched('POST', '/a/shop/events/more')).toBeUndefined();
    expect(matched('POST', '/a/shop')).toBeUndefined();
    expect(matched('POST', '/a//events')).toBeUndefined();
    expect(matched('POST', '/a/shop/events/')).toBeUndefined();
  });

  it('path variables are decoded once, and stay as sent when they cannot be decoded', () => {
    expect(matchRoute(routes, 'POST', '/a/sh%6Fp/events')?.parameters).toEqual({ account: 'shop' });
    expect(matchRoute(routes, 'POST', '/a/%E0%A4%A/events')?.parameters).toEqual({ account: '%E0%A4%A' });
  });
});

describe('the headers of a request', () => {
  it('header names become lower case, and several values of one name are joined by a comma', () => {
    expect(joinHeaders(['X-One', 'a', 'x-one', 'b', 'Authorization', 'Basic x']).headers).toEqual({
      'x-one': 'a,b',
      authorization: 'Basic x',
    });
  });

  it('cookies become a list of their own beside the headers', () => {
    const { headers, cookies } = joinHeaders(['Cookie', 'a=1; b=2', 'cookie', 'c=3']);
    expect(headers).toEqual({});
    expect(cookies).toEqual(['a=1', 'b=2', 'c=3']);
  });
});

describe('the body of a request', () => {
  it.each([
    ['application/json', true],
    ['application/json; charset=utf-8', true],
    ['APPLICATION/JSON', true],
    ['text/plain', true],
    ['application/xml', true],
    ['application/javascript', true],
    ['application/x-www-form-urlencoded', false],
    ['application/octet-stream', false],
    ['application/problem+json', false],
    [undefined, false],
  ])('a body of type %s arrives as text: %s', (type, text) => {
    expect(arrivesAsText(type)).toBe(text);
  });

  it('invalid UTF-8 is replaced in a body that arrives as text, and kept in a body that arrives as base64', () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(eventOf({ body })).toMatchObject({ body: '{�}', isBase64Encoded: false });
    expect(
      eventOf({ body, rawHeaders: ['Content-Type', 'application/x-www-form-urlencoded'] }),
    ).toMatchObject({
      body: body.toString('base64'),
      isBase64Encoded: true,
    });
  });

  it('an empty body leaves the member body out of the event', () => {
    const event = eventOf({ body: Buffer.alloc(0) });
    expect(event).not.toHaveProperty('body');
    expect(event).toMatchObject({ isBase64Encoded: false });
  });
});

describe('the event that a function gets', () => {
  it('the event carries the query string verbatim, and the parsed parameters beside', () => {
    expect(eventOf({ method: 'GET', target: '/hook/shop/events?b=%41+x&a=&b=2' })).toMatchObject({
      rawPath: '/hook/shop/events',
      rawQueryString: 'b=%41+x&a=&b=2',
      queryStringParameters: { b: 'A x,2', a: '' },
    });
  });

  it('the event names the client, the time and the route of the request', () => {
    expect(eventOf({})).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /hook/{account}/events',
      pathParameters: { account: 'shop' },
      headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' },
      requestContext: {
        http: { method: 'POST', path: '/hook/shop/events', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' },
        time: '02/Jan/2026:03:04:05 +0000',
        timeEpoch: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
        stage: '$default',
      },
    });
  });

  it('commonLogTime writes a time as the gateway does, such as 12/Mar/2020:19:03:58 +0000', () => {
    expect(commonLogTime(Date.UTC(2020, 2, 12, 19, 3, 58))).toBe('12/Mar/2020:19:03:58 +0000');
  });
});

describe('the HTTP answer from the answer of a function', () => {
  it('the answer takes status, headers and body from the answer of the function', () => {
    const answer = answerFrom(JSON.stringify({ statusCode: 201, headers: { 'X-A': 'b' }, body: 'é' }));
    expect(answer.status).toBe(201);
    expect(answer.headers['x-a']).toBe('b');
    expect(answer.body.toString()).toBe('é');
  });

  it('the answer decodes a base64 body and forwards the cookies', () => {
    const body = Buffer.from('OK').toString('base64');
    const answer = answerFrom(
      JSON.stringify({ statusCode: 200, body, isBase64Encoded: true, cookies: ['a=1', 'b=2'] }),
    );
    expect(answer.body.toString()).toBe('OK');
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('the answer is 200 with the returned value as body when the function gave no statusCode', () => {
    const answer = answerFrom('{"a":1}');
    expect([answer.status, answer.body.toString()]).toEqual([200, '{"a":1}']);
  });

  it('the answer is 500 when the statusCode of the function is no number', () => {
    expect(answerFrom('{"statusCode":"soon"}').status).toBe(500);
  });
});
