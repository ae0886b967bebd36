import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Capabilities, FaultsView, RequestDetail, StoriesView } from '../../../console/contract.ts';
import { type LocalConsoleParts, localConsole } from '../../../console/server/local.ts';
import { parseConfig } from '../../../infra/config.ts';
import { Faults } from '../../../local/aws/faults.ts';
import type { KeptRequest } from '../../../local/aws/kept-requests.ts';

afterEach(() => vi.restoreAllMocks());

const KEPT: KeptRequest = {
  ...{
    method: 'GET',
    target: '/paymentwall/goods?uid=u1&ref=b1&type=0',
    rawHeaders: [],
    body: Buffer.from(''),
  },
};
const OF_ACCOUNT = { provider: 'paymentwall', account: 'goods' };
const NOTHING = 'The request is not kept any more: only the newest ones are.';

const accessLog = (
  entries: ReturnType<LocalConsoleParts['accessLog']['list']>,
): LocalConsoleParts['accessLog'] => ({
  list: () => entries,
  explanationOf: async () => ({
    requestId: 'r2',
    status: '401',
    outcome: 'refused',
    reason: 'bad_signature',
    ...OF_ACCOUNT,
  }),
  settlementOf: async () => ({ requestId: 'r2', as: 'duplicate', payment: 'paymentwall:goods:b1' }),
});

function bench(parts: Partial<LocalConsoleParts> = {}) {
  const faults = new Faults();
  const listener = localConsole({
    running: {
      ...{ baseUrl: 'http://127.0.0.1:1', awsEndpoint: 'http://127.0.0.1:1' },
      awsCredentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      config: parseConfig({
        ...{ environment: 'sandbox', target: { type: 'eventbridge' } },
        accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
      }),
    },
    credentialsFolder: undefined,
    accessLog: accessLog([]),
    kept: { get: (id) => (id === 'r1' ? KEPT : undefined) },
    faults,
    shop: { list: () => [] },
    startedAt: 0,
    dashboards: () => [],
    lines: () => [],
    linesSince: () => 0,
    written: { take: () => [], startsEmpty: true, isAll: true },
    onChange: () => {},
    ...parts,
  });
  async function call(path: string, post?: { readonly token: string; readonly body: object }) {
    const headers =
      post === undefined ? {} : { 'content-type': 'application/json', 'x-payhooks-token': post.token };
    const chunks = post === undefined ? [] : [Buffer.from(JSON.stringify(post.body))];
    const request = Object.assign(Readable.from(chunks), {
      method: post === undefined ? 'GET' : 'POST',
      headers,
    });
    const written: { status?: number; body?: string } = {};
    const response = {
      headersSent: false,
      writeHead: (status: number) => Object.assign(written, { status }),
      end: (body: string) => Object.assign(written, { body }),
    };
    await listener(
      { path: `api/v1/${path}`, query: '' },
      request as unknown as IncomingMessage,
      response as unknown as ServerResponse,
    );
    return { status: written.status, json: JSON.parse(written.body ?? 'null') };
  }
  const view = async <T>(path: string) => (await call(path)).json as T;
  async function act(name: string, body: object) {
    const { token } = await view<Capabilities>('capabilities');
    return call(`actions/${name}`, { token, body });
  }
  return { faults, view, act };
}

/** Answers the console's requests to the stack. */
const answerWith = (status: number) =>
  vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async () => new Response(null, { status, headers: { 'apigw-requestid': 'r2' } }));

describe('the console of the local stack', () => {
  it('the local console allows actions and knows the accounts of the configuration', async () => {
    expect(await bench().view<Capabilities>('capabilities')).toMatchObject({
      ...{ backend: 'local', environment: 'sandbox', local: true, actionsAllowed: true },
      accounts: [{ provider: 'paymentwall', account: 'goods', method: 'GET' }],
    });
  });

  it('the local console lists every story with the number of its notifications', async () => {
    const { stories } = await bench().view<StoriesView>('stories');
    expect(stories.length).toBeGreaterThan(10);
    for (const { name, provider, notifications } of stories) {
      expect(name.startsWith(`${provider}/`), name).toBe(true);
      expect(notifications, name).toBeGreaterThan(0);
    }
  });
});

describe('faults of the local services', () => {
  it('a fault is switched on and off for one service', async () => {
    const { faults, view, act } = bench();
    const on = async () =>
      (await view<FaultsView>('faults')).services.flatMap(({ service, fault }) =>
        fault === null ? [] : [`${service} ${fault}`],
      );
    expect((await act('fault', { service: 'sqs', fault: 'down' })).status).toBe(200);
    expect(faults.get('sqs')).toBe('down');
    expect(await on()).toEqual(['sqs down']);
    await act('fault', { service: 'sqs', fault: null });
    expect(await on()).toEqual([]);
  });

  it('an unknown service, or a fault that the service cannot have, is refused with the allowed values', async () => {
    const { faults, act } = bench();
    expect(await act('fault', { service: 'disk', fault: 'down' })).toMatchObject({
      ...{ status: 400, json: { error: expect.stringMatching(/^service: found "disk", allowed: sqs, /) } },
    });
    expect(await act('fault', { service: 'decider', fault: 'gone' })).toMatchObject({
      status: 400,
      json: { error: 'fault of decider: found "gone", allowed: down, silent, failing.' },
    });
    expect(faults.get('decider')).toBeUndefined();
  });
});

describe('a kept request', () => {
  it('a kept request is sent again, and its answer says what the worker did: settledAs duplicate', async () => {
    const fetched = answerWith(200);
    const { json } = await bench().act('send-again', { correlationId: 'r1' });
    expect(fetched.mock.calls[0]?.[0]).toBe(`http://127.0.0.1:1${KEPT.target}`);
    expect(json.result.answers).toMatchObject([
      { status: 200, correlationId: 'r2', settledAs: 'duplicate', payment: 'paymentwall:goods:b1' },
    ]);
  });

  it('a changed request that is refused has the reason and no settledAs', async () => {
    answerWith(401);
    const { json } = await bench().act('send-changed', { correlationId: 'r1', field: 'uid', value: 'u2' });
    const [answer] = json.result.answers;
    expect(answer).toMatchObject({ status: 401, reason: 'bad_signature' });
    expect(answer).not.toHaveProperty('settledAs');
    expect(json.result.isExpected).toBe(true);
  });

  it('a request that is not kept any more gets 404 and is not sent', async () => {
    const fetched = answerWith(200);
    expect(await bench().act('send-again', { correlationId: 'r9' })).toMatchObject({
      ...{ status: 404, json: { error: NOTHING } },
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('a kept request has a summary and fields of its text, a request that is not kept has neither event nor fields', async () => {
    const entry = (requestId: string) => ({
      ...{ requestId, time: String(Date.now()), method: 'GET', sourceIp: '192.0.2.1' },
      ...{ status: '200', route: 'GET /paymentwall/{account}' },
      explained: { requestId, status: '200', outcome: 'accepted', ...OF_ACCOUNT },
      settled: { requestId, as: 'applied' as const, payment: 'paymentwall:goods:b1' },
    });
    const { view } = bench({ accessLog: accessLog([entry('r1'), entry('r9')]) });
    const kept = await view<RequestDetail>('requests/r1');
    expect(kept.request).toMatchObject({ kept: true, summary: { id: 'b1', verified: true } });
    expect(kept.request.summary?.event).toBeDefined();
    expect(kept.content?.fields.map(({ name }) => name)).toEqual(['uid', 'ref', 'type']);
    const other = await view<RequestDetail>('requests/r9');
    // Only the worker's settlement names the payment of the request r9.
    expect(other.request).toMatchObject({ kept: false, summary: { id: 'b1' } });
    expect(other.request.summary).not.toHaveProperty('event');
    expect(other).not.toHaveProperty('content');
  });
});
