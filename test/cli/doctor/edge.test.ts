/** The findings of `doctor` about requests that reach the API without CloudFront. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../cli/connect.ts';
import { edge } from '../../../cli/doctor/edge.ts';
import { examine } from '../../../cli/doctor/finding.ts';
import { parseConfig } from '../../../infra/config.ts';
import { smallest } from '../../infra/support.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Setting {
  readonly edgeHeader?: string;
  readonly status?: number;
  readonly text?: string;
  readonly quiet?: boolean;
  readonly url?: string | undefined;
}

async function examineEdge({
  edgeHeader = 'require',
  status = 403,
  text = 'forbidden',
  quiet = false,
  ...given
}: Setting) {
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    response.writeHead(status).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => server.close());
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}/checkout/orders`;
  const checkoutUrl = 'url' in given ? given.url : own;
  const config = parseConfig({ ...smallest, publicUrl: 'https://pay.shop.example', edgeHeader });
  const connection = { kind: 'deployed', config, checkoutUrl } as unknown as Connection;
  const findings = await examine([edge], { connection, world: {} as never, quiet, url: undefined });
  return { lines: findings.map(({ verdict, detail }) => `${verdict}: ${detail}`), requests };
}

describe('the way around the edge', () => {
  it('doctor says ok when a forged notification around the edge is answered 403', async () => {
    const { lines, requests } = await examineEdge({});
    expect(lines).toEqual(['ok: refused with 403']);
    expect(requests).toEqual(['/trustly/americas/payhooks-doctor/events']);
  });

  it.each([
    [{ status: 401, text: 'unauthorized' }, 'fail: answered 401; 403 is expected'],
    // A 403 of another sender: API Gateway's own 403 has a JSON body.
    [{ text: '{"message":"Forbidden"}' }, 'fail: answered 403; 403 is expected'],
    [{ status: 200, text: 'OK' }, 'fail: answered 200; 403 is expected'],
    [{ quiet: true }, 'unknown: nothing was sent (--quiet) to http://127.0.0.1:'],
    [{ url: undefined }, 'unknown: the API’s own address is not in the outputs of the stack'],
    [{ url: 'http://127.0.0.1:1/checkout/orders' }, 'ok: no answer from http://127.0.0.1:1'],
  ] as const)('doctor judges the way around the edge by the answer %j', async (setting, line) => {
    expect((await examineEdge(setting)).lines.join()).toContain(line);
  });

  it('doctor warns for edgeHeader count, and fails when the stack then answers 403', async () => {
    const counted = { edgeHeader: 'count', status: 404, text: 'not found' };
    const { lines } = await examineEdge(counted);
    expect(lines).toEqual([
      'warn: requests that do not pass CloudFront are counted (metric Remarks) and accepted',
      'ok: accepted, as configured',
    ]);
    const older = await examineEdge({ edgeHeader: 'count' });
    expect(older.lines[1]).toBe('fail: refused with 403, but the configuration says "count"');
  });

  it('doctor warns for edgeHeader off, and sends no request', async () => {
    const { lines, requests } = await examineEdge({ edgeHeader: 'off' });
    expect(lines).toEqual([
      'warn: edgeHeader is "off": a request to the API\'s own address does not pass https://pay.shop.example',
    ]);
    expect(requests).toEqual([]);
  });

  it('doctor has no finding about the edge for a stack without an edge', async () => {
    const connection = { kind: 'deployed', config: parseConfig(smallest) } as unknown as Connection;
    const patient = { connection, world: {} as never, quiet: false, url: undefined };
    expect(await examine([edge], patient)).toEqual([]);
  });
});
