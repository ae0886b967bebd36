/** The answers of the paths under /_local, and the view of a payment. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBuiltIn } from '../../../local/aws/engines/built-in/engine.ts';
import { Faults } from '../../../local/aws/faults.ts';
import { callAws } from '../../../local/aws/json-protocol.ts';
import { type InspectOptions, inspection } from '../../../local/console/inspect.ts';
import type { Fulfilment } from '../../../local/demo/shop.ts';
import type { Json } from '../../../local/template/resolve.ts';
import type { Item } from '../../../shared/app/ports.ts';
import { mainTable } from '../../support/table.ts';
import { workerBench } from '../../support/worker-bench.ts';

const TABLE = 'business';
let engine: Awaited<ReturnType<typeof startBuiltIn>>;
let rows: readonly Item[];
/** The keys of two payments, the newer one last. */
let keys: readonly string[];

beforeAll(async () => {
  const bench = workerBench();
  await bench.apply(bench.envelope({ key: 'n1', payment: 'p1' }));
  bench.time.now += 60_000;
  await bench.apply(bench.envelope({ key: 'n2', payment: 'p2' }));
  rows = bench.memory.all();
  keys = bench.memory.data<{ readonly key: string }>('payment').map(({ key }) => key);
  engine = await startBuiltIn();
  await callAws(engine.endpoint, 'DynamoDB_20120810.CreateTable', mainTable(TABLE) as unknown as Json);
  for (const row of rows) {
    const Item = marshall(row, { removeUndefinedValues: true }) as unknown as Json;
    await callAws(engine.endpoint, 'DynamoDB_20120810.PutItem', { TableName: TABLE, Item });
  }
});
afterAll(() => engine?.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const received = (payment: string): Fulfilment => ({
  ...{ id: `${payment}#1#fulfil`, type: 'fulfil', payment, via: 'bus', copies: 1, event: null },
  receivedAt: '2030-01-01T00:00:00.000Z',
});

/** The answer to one request, and the calls that the request passed on to other parts. */
async function ask(path: string, method = 'GET', body = '', more: Partial<InspectOptions> = {}) {
  const passedOn: unknown[] = [];
  const answer: { -readonly [K in keyof Answer]: Answer[K] } = { status: 0, headers: {}, body: '' };
  const response = {
    writeHead: (status: number, headers: Answer['headers']) => Object.assign(answer, { status, headers }),
    end: (text = '') => Object.assign(answer, { body: text }),
  } as unknown as ServerResponse;
  const request = Object.assign(Readable.from([Buffer.from(body)]), { method, url: path });
  const inspect = inspection({
    ...{ endpoint: engine.endpoint, table: TABLE, faults: new Faults() },
    fulfilments: () => keys.map(received),
    queues: async () => ({}),
    accounts: () => [{ account: 'goods' }],
    requests: () => [],
    console: async (request) => void passedOn.push(request),
    listen: async () => void passedOn.push('listen'),
    sendsTo: () => undefined,
    ...more,
  });
  await inspect(request as unknown as IncomingMessage, response);
  return { ...answer, passedOn, json: () => JSON.parse(answer.body) };
}

describe('a path under /_local', () => {
  it('the path /_local redirects to /_local/, because the page’s requests are relative to the folder', async () => {
    expect(await ask('/_local')).toMatchObject({ status: 308, headers: { location: '/_local/' } });
  });

  it.each([
    ['/_local/', { path: '', query: '' }],
    ['/_local/page.js?v=1?2', { path: 'page.js', query: 'v=1?2' }],
    ['/_local/api/v1/payments?status=paid', { path: 'api/v1/payments', query: 'status=paid' }],
  ])('the path %s goes to the console', async (path, request) => {
    expect((await ask(path, 'POST')).passedOn).toEqual([request]);
  });

  it.each(['/_local/api/nothing', '/_local/api/orders/1', '/_local/api/payments/nobody', '/_localhost'])(
    'the path %s is a 404',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, passedOn: [] });
    },
  );

  it('the paths under /_local only read, except to switch a fault and to listen', async () => {
    expect(await ask('/_local/api/payments', 'DELETE')).toMatchObject({ status: 405 });
    expect(await ask('/_local/api/listen', 'POST')).toMatchObject({ passedOn: ['listen'] });
    const faults = new Faults();
    const off = await ask('/_local/api/faults/sqs', 'PUT', 'down', { faults });
    expect([off.status, off.json().sqs, faults.get('sqs')]).toEqual([200, 'down', 'down']);
  });

  it('/_local/api/listen answers the address of a listening service, or null', async () => {
    expect((await ask('/_local/api/listen')).json()).toEqual({ sendsTo: null });
    const sendsTo = () => 'http://localhost:3000';
    expect((await ask('/_local/api/listen', 'GET', '', { sendsTo })).json()).toEqual({ sendsTo: sendsTo() });
  });

  it('an answer under /_local has cache-control no-store', async () => {
    expect((await ask('/_local/api/accounts')).headers).toMatchObject({ 'cache-control': 'no-store' });
  });
});

describe('payments under /_local/api/payments', () => {
  it('payments are listed with the newest change first', async () => {
    const listed = (await ask('/_local/api/payments')).json() as readonly { readonly key: string }[];
    expect(listed.map(({ key }) => key)).toEqual([...keys].reverse());
    expect(listed[0]).toMatchObject({ status: 'paid', holds: [], test: false });
  });

  it('a payment shows notification, effects and the shop’s receipts in order of time, and nothing sealed', async () => {
    const [key = ''] = keys;
    const answer = await ask(`/_local/api/payments/${encodeURIComponent(key)}`);
    const { timeline, effects, status } = answer.json();
    expect(status).toBe('paid');
    expect(effects.map(({ type }: { readonly type: string }) => type)).toContain('fulfil');
    const moments = timeline as readonly { readonly at: string; readonly what: string }[];
    expect(moments.map(({ at }) => at)).toEqual(moments.map(({ at }) => at).toSorted());
    expect(moments[0]?.what).toBe('notification');
    expect(moments.at(-1)).toMatchObject({ what: 'received', detail: { via: 'bus', copies: 1 } });
    const sealed = rows.flatMap(({ data }) => (data as { readonly sealed?: string }).sealed ?? []);
    expect(sealed.length).toBeGreaterThan(0);
    for (const text of sealed) expect(answer.body).not.toContain(text);
  });
});
