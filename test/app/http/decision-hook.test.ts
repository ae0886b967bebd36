/** Questions to the decision hook: signed, with limits for time and size, and no answer is never taken as an answer. */
import { createHmac } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseSigningKeys } from '../../../shared/app/fulfilment/targets/https.ts';
import { httpsAsk } from '../../../shared/app/http/decision-hook.ts';
import type { Question } from '../../../shared/providers/question.ts';

const NOW = 1_772_366_400_000;
const secret = (fill: number) => Buffer.alloc(32, fill);
const whsec = (fill: number) => `whsec_${secret(fill).toString('base64')}`;
const keys = parseSigningKeys({ current: whsec(1), next: whsec(2) }, 'decision');

const question: Question = {
  ...{ schema: 1, id: 'trustly-europe:shop:7', asks: 'debit', environment: 'sandbox' },
  ...{ provider: 'trustly-europe', account: 'shop', notificationId: '7', orderId: '8', messageId: 'ö' },
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function endpoint(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/decide`;
}

const ask = async (listener: RequestListener, patienceMs = 800) =>
  httpsAsk({ shop: await endpoint(listener) }, () => NOW)(question, keys, patienceMs);

it('httpsAsk posts the question signed with both keys, with the id of the question as webhook-id', async () => {
  let body = '';
  let headers: Record<string, unknown> = {};
  const response = await ask(async (request, response) => {
    headers = request.headers;
    for await (const chunk of request) body += chunk;
    response.end('yes');
  });
  expect(response).toEqual({ answered: true, text: 'yes' });
  expect(JSON.parse(body)).toEqual(question);
  const signed = `${question.id}.${NOW / 1_000}.${body}`;
  const signature = (fill: number) =>
    `v1,${createHmac('sha256', secret(fill)).update(signed).digest('base64')}`;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': question.id,
    'idempotency-key': question.id,
    'webhook-timestamp': String(NOW / 1_000),
    'webhook-signature': `${signature(1)} ${signature(2)}`,
  });
});

describe('a response of the decision hook that is no answer', () => {
  it.each([301, 302, 307, 401, 404, 410, 429, 500, 503])(
    'httpsAsk takes a response with status %i as no answer: refused',
    async (status) => {
      const response = await ask((_, response) => {
        response.writeHead(status, { location: 'http://127.0.0.1:9/' }).end('{"status":"OK"}');
      });
      expect(response).toEqual({ answered: false, why: 'refused' });
    },
  );

  it('httpsAsk takes a response of 5000 characters as no answer: too_long', async () => {
    const response = await ask((_, response) => response.end('x'.repeat(5_000)));
    expect(response).toEqual({ answered: false, why: 'too_long' });
  });

  it.each<[string, RequestListener]>([
    ['no response', () => undefined],
    ['headers without the end of the body', (_, response) => response.writeHead(200).write('{"id":"')],
  ])('httpsAsk takes %s within the time limit as no answer: unreachable', async (_, listener) => {
    expect(await ask(listener, 100)).toEqual({ answered: false, why: 'unreachable' });
  });

  it('httpsAsk takes a broken or refused connection as no answer: unreachable', async () => {
    expect(await ask((request) => request.socket.destroy())).toEqual({ answered: false, why: 'unreachable' });
    const nobody = httpsAsk({ shop: 'http://127.0.0.1:9/' }, () => NOW);
    expect(await nobody(question, keys, 500)).toEqual({ answered: false, why: 'unreachable' });
  });

  it('httpsAsk takes an account without an endpoint as no answer: unreachable', async () => {
    expect(await httpsAsk({}, () => NOW)(question, keys, 500)).toEqual({
      answered: false,
      why: 'unreachable',
    });
  });
});

it('parseSigningKeys refuses a key without whsec_ with an error that names the secret and the key', () => {
  expect(() => parseSigningKeys({ current: 'x' }, 'decision')).toThrow(
    /^decision: "current" must be "whsec_"/,
  );
});
