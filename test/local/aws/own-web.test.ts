import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesFor } from '../../../local/aws/engine.ts';
import { whyMissing } from '../../../local/aws/engines/dynamodb.ts';
import { createLocalServer, whyForeign } from '../../../local/aws/own-web.ts';

const PORT = 8787;
const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${PORT}`);
const refused = (headers: Record<string, string>, hosts: readonly string[] = [own[0] ?? '']) =>
  whyForeign(headers, hosts, PORT) !== undefined;

describe('a listener of the local stack', () => {
  it('a listener answers programs of this computer under 127.0.0.1, localhost and [::1]', () => {
    for (const host of [...own, 'LocalHost:8787']) expect(refused({}, [host]), host).toBe(false);
    expect(whyForeign({}, ['localhost'], 80)).toBeUndefined();
  });

  it('a listener refuses every other Host, a second Host, and a request without Host (DNS rebinding)', () => {
    const others = ['evil.example:8787', '127.0.0.1', '127.0.0.1:80', 'localhost.evil.example:8787', ''];
    for (const host of others) expect(refused({}, [host]), host).toBe(true);
    expect(refused({}, [])).toBe(true);
    expect(refused({}, [own[0] ?? '', own[0] ?? ''])).toBe(true);
    fc.assert(
      fc.property(fc.string(), (host) => {
        fc.pre(!own.includes(host.toLowerCase()));
        expect(refused({}, [host])).toBe(true);
      }),
    );
  });

  it('a listener answers its own pages and refuses every other origin, also "null"', () => {
    for (const name of own) expect(refused({ origin: `http://${name}` }), name).toBe(false);
    const others = ['null', 'https://evil.example', 'http://localhost:3000', 'https://127.0.0.1:8787', ''];
    for (const origin of others) expect(refused({ origin }), origin).toBe(true);
  });

  it.each(['cross-site', 'same-site', 'something-new'])(
    'a listener refuses an image or script of a page that is %s, and accepts a link that a shopper follows',
    (site) => {
      expect(refused({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })).toBe(true);
      expect(refused({ 'sec-fetch-site': site })).toBe(true);
      expect(refused({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' })).toBe(false);
      expect(refused({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe(false);
      expect(refused({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })).toBe(false);
    },
  );

  it('DynamoDB Local, which listens on every network interface, is never chosen unless it is named', () => {
    expect(enginesFor(undefined)).toEqual(['dynoxide', 'built-in']);
    expect(enginesFor('dynamodb-local')).toEqual(['dynamodb-local']);
    expect(whyMissing('built-in')).toBeUndefined();
  });

  describe('a listener over HTTP', () => {
    let handled = 0;
    const server = createLocalServer((_, response) => {
      handled += 1;
      response.end('own');
    });
    let port = 0;
    beforeAll(async () => {
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      port = (server.address() as AddressInfo).port;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    const statusOf = (headers: Record<string, string>, method = 'GET') =>
      new Promise<number>((done, fail) => {
        request({ host: '127.0.0.1', port, method, headers, agent: false }, (response) => {
          response.resume();
          done(response.statusCode ?? 0);
        })
          .once('error', fail)
          .end();
      });
    const firstLineOf = (text: string) =>
      new Promise<string>((done) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(text));
        let answer = '';
        socket.on('data', (chunk: Buffer) => {
          answer += chunk.toString();
        });
        socket.on('close', () => done(answer.split('\r\n')[0] ?? ''));
      });

    it('a foreign request gets 403 and never reaches the handler of the listener', async () => {
      expect(await statusOf({})).toBe(200);
      expect(handled).toBe(1);
      expect(await statusOf({ host: `evil.example:${port}` })).toBe(403);
      expect(await statusOf({ origin: 'https://evil.example' }, 'POST')).toBe(403);
      expect(await statusOf({ origin: 'https://evil.example' }, 'OPTIONS')).toBe(403);
      expect(await firstLineOf(`GET http://evil.example/ HTTP/1.0\r\n\r\n`)).toContain('403');
      const twice = `Host: 127.0.0.1:${port}\r\nHost: evil.example\r\n`;
      expect(await firstLineOf(`GET / HTTP/1.1\r\n${twice}Connection: close\r\n\r\n`)).toMatch(/ 40[03] /);
      const upgrade = `Host: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
      expect(await firstLineOf(`GET / HTTP/1.1\r\n${upgrade}\r\n`)).toContain('403');
      const expecting = `Host: evil.example\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n`;
      expect(await firstLineOf(`POST / HTTP/1.1\r\n${expecting}\r\n`)).toMatch(/ (100|403) /);
      expect(handled).toBe(1);
    });
  });
});
