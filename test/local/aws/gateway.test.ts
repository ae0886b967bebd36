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

describe('the gateway', () => {
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

  it('is unavailable until it is open', async () => {
    expect(await ask('/hook/a')).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('hands a function what it was sent, and its answer back', async () => {
    open();
    expect(await ask('/hook/a', { method: 'POST', body: 'x' })).toEqual([202, 'taken']);
    expect(events).toHaveLength(1);
  });

  it("answers 404 in the gateway's words where there is no route", async () => {
    open();
    expect(await ask('/other')).toEqual([404, '{"message":"Not Found"}']);
  });

  it('answers 503 when the function takes longer than the integration allows', async () => {
    outcome = () => new Promise(() => {});
    open();
    expect(await ask('/hook/a')).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('answers 500 when the function fails, without its words', async () => {
    outcome = async () => ({ ok: false, error: { errorType: 'E', errorMessage: 'inside', trace: [] } });
    open();
    expect(await ask('/hook/a')).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it('answers 413 to more than a function can take, without invoking it', async () => {
    open();
    const body = Buffer.alloc(6 * 1024 * 1024 + 1);
    expect(await ask('/hook/a', { method: 'POST', body })).toEqual([
      413,
      '{"message":"Request Entity Too Large"}',
    ]);
    expect(events).toHaveLength(0);
  });

  it('answers 431 to headers over 10 KB', async () => {
    open();
    const status = await new Promise((resolve) => {
      request(
        { port, path: '/hook/a', headers: { 'x-long': 'a'.repeat(10_241) }, agent: false },
        (response) => resolve(response.statusCode),
      ).end();
    });
    expect(status).toBe(431);
  });

  it('answers 400 to what is no HTTP', async () => {
    open();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.once('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('lets a test pretend another source address, and keeps that header to itself', async () => {
    open();
    await ask('/hook/a', { headers: { [SOURCE_IP_HEADER]: '216.127.71.25' } });
    await ask('/hook/a', { headers: { 'x-forwarded-for': '216.127.71.25' } });
    expect(events.map(({ requestContext }) => requestContext.http.sourceIp)).toEqual([
      '216.127.71.25',
      '127.0.0.1',
    ]);
    expect(events[0]?.headers).not.toHaveProperty(SOURCE_IP_HEADER);
  });

  it('keeps /_local to itself', async () => {
    open();
    expect(await ask('/_local/api/payments')).toEqual([200, 'local']);
  });
});
