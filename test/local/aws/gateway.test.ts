import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGateway, type Gateway, SOURCE_IP_HEADER } from '../../../local/aws/gateway.ts';
import type { InvocationResult } from '../../../local/aws/lambda/environment.ts';

const route = {
  method: 'ANY',
  path: '/hook/{account}',
  routeKey: 'ANY /hook/{account}',
  functionName: 'f',
  integrationTimeoutMs: 100,
  authorization: 'NONE',
};

describe('the local gateway', () => {
  let gateway: Gateway;
  let port: number;
  let events: { headers: Record<string, string>; requestContext: { http: { sourceIp: string } } }[];
  let outcome: () => Promise<InvocationResult>;

  beforeEach(async () => {
    gateway = createGateway();
    await new Promise<void>((resolve) => gateway.server.listen(0, '127.0.0.1', resolve));
    port = (gateway.server.address() as AddressInfo).port;
    events = [];
    outcome = async () => ({ ok: true, payload: '{"statusCode":202,"body":"taken"}' });
  });
  afterEach(() => {
    gateway.server.closeAllConnections();
    gateway.server.close();
  });

  const open = () =>
    gateway.open({
      routes: [route],
      identity: { accessKeyId: 'LOCAL1', secretAccessKey: 'secret' },
      invoke: (_, event) => {
        events.push(event as (typeof events)[number]);
        return outcome();
      },
      local: async (_, response) => {
        response.end('local');
      },
    });
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return [response.status, await response.text()];
  };

  it('the gateway answers 503 before its routes are opened', async () => {
    expect(await ask('/hook/a')).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('the gateway invokes the function of the route once and answers with its status and body', async () => {
    open();
    expect(await ask('/hook/a', { method: 'POST', body: 'x' })).toEqual([202, 'taken']);
    expect(events).toHaveLength(1);
  });

  it('the gateway answers 404 "Not Found" to a path without a route', async () => {
    open();
    expect(await ask('/other')).toEqual([404, '{"message":"Not Found"}']);
  });

  it('the gateway answers 503 when a function takes longer than the timeout of the integration', async () => {
    outcome = () => new Promise(() => {});
    open();
    expect(await ask('/hook/a')).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('the gateway answers 500 without the error message when a function fails', async () => {
    outcome = async () => ({ ok: false, error: { errorType: 'E', errorMessage: 'inside', trace: [] } });
    open();
    expect(await ask('/hook/a')).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it('the gateway answers 413 to a body over 6 MB, without an invocation of the function', async () => {
    open();
    const body = Buffer.alloc(6 * 1024 * 1024 + 1);
    expect(await ask('/hook/a', { method: 'POST', body })).toEqual([
      413,
      '{"message":"Request Entity Too Large"}',
    ]);
    expect(events).toHaveLength(0);
  });

  it('the gateway answers 431 to headers over 10 KB', async () => {
    open();
    const status = await new Promise((resolve) => {
      request(
        { port, path: '/hook/a', headers: { 'x-long': 'a'.repeat(10_241) }, agent: false },
        (response) => resolve(response.statusCode),
      ).end();
    });
    expect(status).toBe(431);
  });

  it('the gateway answers 400 to bytes that are no HTTP request', async () => {
    open();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.once('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a test sets the source address with its own header, not with X-Forwarded-For; no function gets the header', async () => {
    open();
    await ask('/hook/a', { headers: { [SOURCE_IP_HEADER]: '216.127.71.25' } });
    await ask('/hook/a', { headers: { 'x-forwarded-for': '216.127.71.25' } });
    expect(events.map(({ requestContext }) => requestContext.http.sourceIp)).toEqual([
      '216.127.71.25',
      '127.0.0.1',
    ]);
    expect(events[0]?.headers).not.toHaveProperty(SOURCE_IP_HEADER);
  });

  it('the gateway answers a path under /_local itself', async () => {
    open();
    expect(await ask('/_local/api/payments')).toEqual([200, 'local']);
  });
});
