/** The answers of the console's server to a browser, to a page of another site and to a program without access. */
import { request as ask } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServedConsole, serveConsole } from '../../console/server/serve.ts';
import { LEDGER_PREFIX } from '../../shared/app/table/keys.ts';
import type { LedgerRow } from '../../shared/app/table/rows.ts';
import { ACTIONS, consoleBench, TOKEN } from './console-bench.ts';

const files = async () =>
  new Map([['', { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') }]]);

let served: ServedConsole | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function start(actionsAllowed: boolean) {
  const bench = consoleBench({ actionsAllowed });
  served = await serveConsole(bench.backend, files, 0);
  return { bench, url: new URL(served.url) };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request with any Host, which fetch does not allow. */
function send(url: URL, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = ask(new URL(path, url), { method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const errorIn = ({ body }: Answer): string => (JSON.parse(body) as { readonly error: string }).error;
const JSON_TYPE = { 'content-type': 'application/json' };
const ALLOWED = { ...JSON_TYPE, 'x-payhooks-token': TOKEN };

describe('the address of the console', () => {
  it('the address with the token answers 200, and its page may load only its own files', async () => {
    const { url } = await start(false);
    const page = await send(url, '');
    expect(page.status).toBe(200);
    expect(page.body).toBe('<!doctype html>');
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it.each(['/', '/api/v1/payments', '/x/', `/${TOKEN}x/api/v1/payments`, `/${TOKEN.slice(1)}/`])(
    'the path %s without the token gets 403',
    async (path) => {
      const { url } = await start(true);
      const answer = await send(url, path);
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain(TOKEN);
    },
  );

  it('the address without its last slash leads with 308 to the address with the slash', async () => {
    const { url } = await start(false);
    const answer = await send(url, `/${TOKEN}`);
    expect(answer).toMatchObject({ status: 308, headers: { location: `/${TOKEN}/` } });
  });

  it.each([
    ['a foreign host', { host: 'evil.example' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ])('a request from %s gets 403, for views and for actions', async (_, headers) => {
    const { url } = await start(true);
    expect((await send(url, 'api/v1/capabilities', { headers })).status).toBe(403);
    const post = { method: 'POST', headers: { ...ALLOWED, ...headers }, body: '{}' };
    expect((await send(url, 'api/v1/actions/release', post)).status).toBe(403);
  });
});

describe('a view', () => {
  it('a view is JSON with no-store, and 304 while nothing has changed', async () => {
    const { bench, url } = await start(false);
    const first = await send(url, 'api/v1/payments');
    expect(first).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(first.headers['content-type']).toContain('application/json');
    const known = { headers: { 'if-none-match': String(first.headers.etag) } };
    bench.time.now += 0;
    expect(await send(url, 'api/v1/payments', known)).toMatchObject({ status: 304, body: '' });
    await bench.apply(bench.envelope());
    expect(await send(url, 'api/v1/payments', known)).toMatchObject({ status: 200 });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('a view answers 405 to the method %s', async (method) => {
    const { url } = await start(true);
    const answer = await send(url, 'api/v1/payments', { method, headers: ALLOWED, body: '{}' });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it.each([
    ['api/v1/payments?limit=x', 400],
    ['api/v1/payments/p9', 404],
    ['api/v1/payments/%ff', 400],
    ['api/v1/nothing', 404],
    ['nothing.js', 404],
  ])('the path %s gets %d with a sentence', async (path, status) => {
    const { url } = await start(false);
    const answer = await send(url, path);
    expect(answer.status).toBe(status);
    expect(errorIn(answer)).toMatch(/\.$/);
  });

  it('a view that fails answers 500 without the text of the error', async () => {
    const { bench, url } = await start(false);
    Object.assign(bench.memory, {
      open: async () => {
        throw new TypeError('secret text');
      },
    });
    const answer = await send(url, 'api/v1/holds');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret text');
  });
});

describe('an action', () => {
  it.each(Object.keys(ACTIONS))(
    'the action %s gets 403 in a read-only console and writes nothing',
    async (name) => {
      const { bench, url } = await start(false);
      await bench.apply(bench.envelope());
      const before = JSON.stringify(bench.memory.all());
      const answer = await send(url, `api/v1/actions/${name}`, {
        method: 'POST',
        headers: ALLOWED,
        body: '{}',
      });
      expect(answer.status).toBe(403);
      expect(errorIn(answer)).toContain('--allow-actions');
      expect(JSON.stringify(bench.memory.all())).toBe(before);
    },
  );

  it.each([
    ['no token', JSON_TYPE, 403],
    ['a wrong token', { ...JSON_TYPE, 'x-payhooks-token': `${TOKEN}x` }, 403],
    ['the content type of a form', { ...ALLOWED, 'content-type': 'application/x-www-form-urlencoded' }, 400],
    [
      'a sender on another page of the same site',
      { ...ALLOWED, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
      403,
    ],
  ])('an action with %s is refused', async (_, headers, status) => {
    const { url } = await start(true);
    const answer = await send(url, 'api/v1/actions/release', { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(status);
  });

  it('an action with GET gets 405 and allow: POST', async () => {
    const { url } = await start(true);
    const answer = await send(url, 'api/v1/actions/release', { headers: ALLOWED });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it.each([
    ['release', '{"payment":"p1"', 400, 'The body is not JSON.'],
    ['release', '[]', 400, 'The body is no JSON object.'],
    ['release', '{"payment":"p1"}', 400, 'reason: found nothing, allowed: a text.'],
    [
      'release',
      '{"payment":"p1","reason":"regrant","digest":"d"}',
      400,
      'note: found nothing, allowed: a text.',
    ],
    ['redrive', '{"ids":[]}', 400, 'ids: found [], allowed: a list of 1 to 1000 texts.'],
    ['nonsense', '{}', 404, 'There is no action "nonsense".'],
    ['constructor', '{}', 404, 'There is no action "constructor".'],
    ['trigger', '{"story":"x"}', 409, 'Only the local stack does that'],
    ['fault', '{"service":"sqs","fault":"down"}', 409, 'Only the local stack does that'],
  ])('the action %s with the body %s gets %d and a sentence', async (name, body, status, sentence) => {
    const { url } = await start(true);
    const answer = await send(url, `api/v1/actions/${name}`, { method: 'POST', headers: ALLOWED, body });
    expect(answer.status).toBe(status);
    expect(errorIn(answer)).toContain(sentence);
  });

  it('an action with a body of 70,000 characters gets 400', async () => {
    const { url } = await start(true);
    const body = JSON.stringify({ note: 'x'.repeat(70_000) });
    const answer = await send(url, 'api/v1/actions/release', { method: 'POST', headers: ALLOWED, body });
    expect(answer.status).toBe(400);
  });

  it('the ledger names the name in by for an action, and the user of the computer without by', async () => {
    const { bench, url } = await start(true);
    for (const payment of ['p1', 'p2']) await bench.apply(bench.envelope({ payment, key: payment }));
    await bench.deliverAll();
    const redeliver = async (payment: string, by: object) => {
      const body = JSON.stringify({ event: `paymentwall:toy:${payment}#1#fulfil`, note: 'lost', ...by });
      return send(url, 'api/v1/actions/redeliver', { method: 'POST', headers: ALLOWED, body });
    };
    const named = () =>
      bench.memory
        .all()
        .flatMap(({ sk, data }) => (sk.startsWith(LEDGER_PREFIX) ? (data as LedgerRow).by : []));
    expect(await redeliver('p1', {})).toMatchObject({ status: 200 });
    expect(named()).toEqual(['ann']);
    expect(await redeliver('p2', { by: 'bob' })).toMatchObject({ status: 200 });
    expect(named().toSorted()).toEqual(['ann', 'bob']);
  });
});

it('the live stream sends a version at once, and a higher version after a change', async () => {
  const { bench, url } = await start(false);
  const controller = new AbortController();
  const response = await fetch(new URL('api/v1/live', url), { signal: controller.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    const { value = '' } = (await reader?.read()) ?? {};
    return JSON.parse(/data: (.*)/.exec(value)?.[1] ?? '{}').version as number;
  };
  const first = await read();
  bench.backend.live.bump();
  expect(await read()).toBeGreaterThan(first);
  controller.abort();
});
