/** The probe with the real intakes, and with proxies in front of them. The probe moves no money and is not counted. */
import { describe, expect, it } from 'vitest';
import { createIntake } from '../../../shared/app/http/intake.ts';
import { ANSWERS } from '../../../shared/app/http/intake-http.ts';
import { isSelfTest, readLoggedRequest } from '../../../shared/app/http/request-log.ts';
import { createLog } from '../../../shared/app/platform/log.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';
import { accountSecretName } from '../../../shared/app/platform/secrets.ts';
import { probe } from '../../../shared/app/schedules/probe.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import type { ProviderName } from '../../../shared/providers/index.ts';
import { providers } from '../../../shared/providers/index.ts';
import { httpEvent } from '../../support/http-event.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { accounts, secretOf } from '../../support/probe-accounts.ts';
import { secretsOf } from '../../support/secrets.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const clock = () => NOW;
const PUBLIC_URL = 'https://pay.shop.example';
const SECRETS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    accounts.map((account) => [accountSecretName('sandbox', account), secretOf(account)]),
  ),
  'payhooks/sandbox/envelope-key': { current: 'e'.repeat(64) },
};

type Answer = { readonly status: number; readonly body?: string };
/** A proxy in front of the stack: it answers, or passes the request on, changed or unchanged. */
type Front = (request: Request) => Answer | Request | 'unreachable';

interface Options {
  readonly front?: Front;
  /** The secrets of the probe and of intake. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly queueIsDown?: boolean;
}

function world({
  front = (request) => request,
  secrets: stored = SECRETS,
  queueIsDown = false,
}: Options = {}) {
  const queue = new MemoryQueue();
  if (queueIsDown)
    queue.fails = () => {
      throw new Error('down');
    };
  const lines: string[] = [];
  const mine: string[] = [];
  const requests: Request[] = [];
  const secrets = secretsOf(stored);
  const telemetry = (to: string[]) => ({
    clock,
    log: createLog({ service: 'test', functionName: 'test', clock, sink: (line) => to.push(line) }),
    metrics: createMetrics({ namespace: 'Test', service: 'test', clock, sink: (line) => to.push(line) }),
  });
  const deps = { accounts, environment: 'sandbox', queue, secrets, ...telemetry(lines) } as const;
  const intakes = Object.fromEntries(
    Object.entries(providers).map(([name, provider]) => [name, createIntake(provider, deps)]),
  ) as Record<ProviderName, ReturnType<typeof createIntake>>;

  const arrived = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const [account = ''] = pathname.split('/').slice(-2);
    const name = accounts.find(({ provider }) =>
      pathname.startsWith(`/${provider.replace('-', '/')}/`),
    )?.provider;
    const { statusCode, body } = (await intakes[name as ProviderName](
      httpEvent({
        ...{ account, method: request.method, rawQueryString: search.slice(1), timeEpoch: NOW },
        ...{ body: await request.text(), headers: Object.fromEntries(request.headers) },
      }),
    )) as { statusCode: number; body: string };
    return new Response(body, { status: statusCode });
  };
  const get: typeof fetch = async (input, init) => {
    const request = new Request(input as string, init);
    requests.push(request.clone() as Request);
    const passed = front(request);
    if (passed === 'unreachable') throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
    if (passed instanceof Request) return arrived(passed);
    return new Response(passed.body ?? '', { status: passed.status });
  };
  const run = () =>
    probe({
      ...{
        accounts,
        environment: 'sandbox',
        publicUrl: PUBLIC_URL,
        providers,
        secrets,
        ownAnswers: ANSWERS,
        fetch: get,
      },
      ...telemetry(mine),
    });
  const parsed = (all: readonly string[]) => all.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    ...{ run, queue, requests },
    counted: () => parsed(mine).find((line) => 'ProbesSent' in line),
    failures: () => parsed(mine).filter(({ message }) => message === 'probe failed'),
    all: () => [...lines, ...mine].join('\n'),
    intake: () => parsed(lines),
  };
}

const FORGED = accounts.length;
const SIGNED = accounts.filter(
  ({ provider, account }) => provider !== 'trustly-europe' && account !== 'checked',
).length;
const SENT = FORGED + SIGNED;

describe('an address that passes every request on unchanged', () => {
  it('the probe tests each account, with a signed request where the key is shared, and no probe fails', async () => {
    const { run, counted, failures, requests } = world();
    expect(await run()).toEqual({ sent: SENT, failed: 0 });
    expect(counted()).toMatchObject({ ProbesSent: SENT, ProbesFailed: 0 });
    expect(failures()).toEqual([]);
    expect(requests.every(({ url }) => url.startsWith(`${PUBLIC_URL}/`))).toBe(true);
    expect(new Set(requests.map(({ url }) => url)).size).toBeGreaterThan(accounts.length);
  });

  it('intake writes no metric for a probe and logs the reason own_probe', async () => {
    const { run, intake } = world();
    await run();
    expect(intake().filter((line) => '_aws' in line)).toEqual([]);
    const reasons = intake().map(({ reason }) => reason);
    expect(reasons).toEqual(Array(SENT).fill('own_probe'));
  });

  it('intake logs a forged probe as refused with 401 and a signed probe as self_test with 200', async () => {
    const { run, intake } = world();
    await run();
    const read = intake().map((line) => readLoggedRequest(JSON.stringify(line)));
    expect(read.every(isSelfTest)).toBe(true);
    const of = (outcome: string) => read.filter((each) => each?.outcome === outcome);
    expect(of('refused').map((each) => each?.status)).toEqual(Array(FORGED).fill('401'));
    expect(of('self_test').map((each) => each?.status)).toEqual(Array(SIGNED).fill('200'));
    expect(new Set(of('self_test').map((each) => `${each?.provider}/${each?.account}`)).size).toBe(SIGNED);
  });

  it('a queued probe is taken by the worker without a read, a write or a count', async () => {
    const { run, queue } = world();
    await run();
    expect(queue.bodies).toHaveLength(SIGNED);
    // The worker has no dependencies: any use of one throws.
    const nothing = new Proxy({} as Parameters<typeof createApply>[0], {
      get: (_, name) => {
        throw new Error(`the worker touched ${String(name)}`);
      },
    });
    for (const body of queue.bodies) await createApply(nothing)(body);
  });

  it('a probe shows no key in a request, a log line or a metric', async () => {
    const { run, all, requests } = world();
    await run();
    const sent = requests.map(({ url, headers }) => `${url} ${headers.get('authorization')}`).join('\n');
    for (const key of ['a-key-of-trustly', 'a-secret-of-paymentwall', 'PRIVATE']) {
      expect(all()).not.toContain(key);
      expect(sent).not.toContain(key);
    }
  });
});

describe('an address where the stack itself does not answer', () => {
  const strip = (request: Request) => {
    const headers = new Headers(request.headers);
    headers.delete('authorization');
    return new Request(request, { headers });
  };
  const reordered = (request: Request) => {
    const url = new URL(request.url);
    url.searchParams.append('utm_source', 'cdn');
    return new Request(url, request);
  };
  it.each<[string, Front, { failed: number; reason?: string; status?: string }]>([
    ['a CDN answers 200 by itself', () => ({ status: 200 }), { failed: SENT, status: '200' }],
    [
      'a CDN answers 200 and OK by itself',
      () => ({ status: 200, body: 'OK' }),
      { failed: FORGED, status: '200' },
    ],
    ['a WAF answers 403 by itself', () => ({ status: 403 }), { failed: SENT, status: '403' }],
    ['a WAF answers 401 by itself', () => ({ status: 401 }), { failed: SENT, status: '401' }],
    ['the address answers 301', () => ({ status: 301 }), { failed: SENT, status: '301' }],
    ['another web server answers 404', () => ({ status: 404 }), { failed: SENT, status: '404' }],
    ['no server answers', () => 'unreachable', { failed: SENT, reason: 'ECONNREFUSED' }],
    [
      'another web server answers 503',
      () => ({ status: 503, body: 'maintenance' }),
      { failed: SENT, status: '503' },
    ],
  ])('the probe counts ProbesFailed and logs the cause when %s', async (_, front, { failed, ...line }) => {
    const { run, counted, failures } = world({ front });
    expect((await run()).failed).toBe(failed);
    expect(counted()).toMatchObject({ ProbesFailed: failed });
    expect(failures()).toHaveLength(failed);
    expect(failures()[0]).toMatchObject(line);
  });

  it('the probe fails for each Trustly Americas account when the Authorization header is removed on the way', async () => {
    const { run, failures } = world({ front: strip });
    const americas = accounts.filter(({ provider }) => provider === 'trustly-americas').length;
    // The forged request is refused too, for another reason, so only the signed request fails.
    expect((await run()).failed).toBe(americas);
    expect(failures().map(({ provider }) => provider)).toEqual(Array(americas).fill('trustly-americas'));
  });

  it('the probe fails for goods-3 and cart-3 when a query parameter is added on the way', async () => {
    const { run, failures } = world({ front: reordered });
    await run();
    const accountsNamed = failures().map(({ account }) => account);
    expect(accountsNamed).toContain('goods-3');
    expect(accountsNamed).toContain('cart-3');
  });

  it('every signed probe fails when the queue refuses messages', async () => {
    expect(await world({ queueIsDown: true }).run()).toEqual({ sent: SENT, failed: SIGNED });
  });
});

it('the probe sends only the forged requests to Trustly Europe when no key is set, and no probe fails', async () => {
  const stored = { 'payhooks/sandbox/envelope-key': { current: 'e'.repeat(64) } };
  const { run, requests } = world({ secrets: stored });
  const europe = accounts.filter(({ provider }) => provider === 'trustly-europe').length;
  // The probe cannot know whether an account of Trustly Europe has a key: intake's 503 is no failure of the probe.
  expect(await run()).toEqual({ sent: europe, failed: 0 });
  expect(requests).toHaveLength(europe);
});
