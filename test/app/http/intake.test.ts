/** The decision table, the deadline, and what intake hands to the queue. */

import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIntake, type IntakeDeps } from '../../../shared/app/http/intake.ts';
import { BUDGET_MS } from '../../../shared/app/http/intake-http.ts';
import { createLog } from '../../../shared/app/platform/log.ts';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../../shared/app/platform/message-schema.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';
import { open, parseEnvelopeKeys } from '../../../shared/app/platform/seal.ts';
import {
  createSecrets,
  FORCED_INTERVAL_MS,
  MAX_AGE_MS,
  SOFT_AGE_MS,
  SOFT_WAIT_MS,
} from '../../../shared/app/platform/secrets.ts';
import type { Account, RegisteredProvider } from '../../../shared/providers/index.ts';
import { NOT_A_NOTIFICATION, type Verdict } from '../../../shared/providers/provider.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/trustly-americas/account.ts';
import { type EventFields, httpEvent } from '../../support/http-event.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import {
  policy,
  type ToyNotification,
  toyAccount,
  toyMessage,
  toyProvider,
} from '../../support/toy-provider.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const ENVELOPE = { current: 'e'.repeat(64) };
const never = () => new Promise<never>(() => undefined);

function bench(
  provider: RegisteredProvider = toyProvider as RegisteredProvider,
  account: Account = toyAccount,
  quarantineIsFull?: IntakeDeps['quarantineIsFull'],
  edge?: IntakeDeps['edge'],
) {
  const queue = new MemoryQueue();
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  const clock = () => Date.now();
  const log = createLog({ service: 'test', functionName: 'test', clock, sink });
  const values: Record<string, string> = {
    [`payhooks/sandbox/${account.provider}/toy`]: JSON.stringify({ keys: ['good'] }),
    'payhooks/sandbox/envelope-key': JSON.stringify(ENVELOPE),
  };
  const fetched: string[] = [];
  let fetchSecret = async (name: string): Promise<string> => values[name] ?? '';
  const secrets = createSecrets({
    fetch: (name) => {
      fetched.push(name);
      return fetchSecret(name);
    },
    clock,
    report: (sentence, error) => log.error('secret problem', { sentence, error }),
  });
  const intake = createIntake(provider, {
    accounts: [account],
    environment: 'sandbox',
    edge,
    queue,
    ...(quarantineIsFull === undefined ? {} : { quarantineIsFull }),
    secrets,
    clock,
    log,
    metrics: createMetrics({ namespace: 'Test', service: 'test', clock, sink }),
  });
  const send = (fields: Partial<EventFields> = {}) =>
    intake(httpEvent({ timeEpoch: Date.now(), rawQueryString: toyMessage(), ...fields }));
  const metric = (name: string) =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => name in line);
  return {
    ...{ queue, lines, values, fetched, send, metric },
    secretsBy(fetch: (name: string) => Promise<string>) {
      fetchSecret = fetch;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what did not come through the edge', () => {
  const SECRET = 'payhooks/sandbox/edge';
  const [current, previous] = ['c'.repeat(40), 'p'.repeat(40)];
  const at = (edge: IntakeDeps['edge']) => {
    const made = bench(toyProvider as RegisteredProvider, toyAccount, undefined, edge);
    made.values[SECRET] = JSON.stringify({ current, previous });
    return made;
  };
  const through = (value: string) => ({ headers: { 'x-payhooks-edge': value } });

  it('is refused before anything else is looked at, and without a call', async () => {
    const { send, queue, fetched, metric } = at('require');
    const others = [{ account: 'none' }, { proxy: 'toy/elsewhere' }];
    for (const fields of [{}, { method: 'PUT' }, { body: 'x'.repeat(70_000) }, ...others])
      expect(await send(fields)).toMatchObject({ statusCode: 403, body: 'forbidden' });
    expect([queue.sent, fetched]).toEqual([[], []]);
    // What leads to no account is no provider that still has the old address.
    expect(metric('Refused').map(({ reason }) => reason)).toEqual([
      ...Array(3).fill('no_edge_header'),
      ...['unknown_account', 'unknown_path'],
    ]);
    expect(metric('BadSignatures')).toEqual([]);
  });

  it('with a wrong header is refused with a reason of its own; the store is asked again once', async () => {
    const { send, fetched, metric, lines } = at('require');
    for (let sent = 0; sent < 3; sent++)
      expect(await send(through('w'.repeat(40)))).toMatchObject({ statusCode: 403 });
    expect(fetched).toEqual([SECRET, SECRET]);
    expect(metric('Refused').map(({ reason }) => reason)).toEqual(Array(3).fill('wrong_edge_header'));
    expect(lines.join()).not.toMatch(/w{40}|c{40}|p{40}/);
  });

  it('and what did is accepted, with the current and the previous value; the previous one is counted', async () => {
    const { send, queue, metric } = at('require');
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    expect(metric('Remarks')).toEqual([]);
    expect(await send(through(previous))).toMatchObject({ statusCode: 200 });
    expect(metric('Remarks')).toMatchObject([{ reason: 'previous_edge_header' }]);
    expect(queue.sent).toHaveLength(2);
  });

  it('follows a rotation at the first request with the new value', async () => {
    const { send, values } = at('require');
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    values[SECRET] = JSON.stringify({ current: 'n'.repeat(40), previous: current });
    expect(await send(through('n'.repeat(40)))).toMatchObject({ statusCode: 200 });
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    expect(await send(through(previous))).toMatchObject({ statusCode: 403 });
  });

  it('comes again when the secret cannot be read, or holds nothing usable: 503', async () => {
    const { send, values, metric } = at('require');
    values[SECRET] = '{}';
    expect(await send(through(current))).toMatchObject({ statusCode: 503 });
    expect(metric('IntakeFailures')).toMatchObject([{ reason: 'secret_unusable' }]);
    const down = at('require');
    down.secretsBy(() => Promise.reject(new Error('down')));
    expect(await down.send(through(current))).toMatchObject({ statusCode: 503 });
    expect(down.metric('IntakeFailures')).toMatchObject([{ reason: 'secret_unavailable' }]);
  });

  it('is only counted where nothing else is asked for, whatever the secret holds', async () => {
    const { send, values, queue, metric } = at('count');
    expect(await send()).toMatchObject({ statusCode: 200 });
    expect(await send(through('w'.repeat(40)))).toMatchObject({ statusCode: 200 });
    expect(metric('Remarks').map(({ reason }) => reason)).toEqual(['no_edge_header', 'wrong_edge_header']);
    values[SECRET] = '{}';
    const unusable = at('count');
    unusable.values[SECRET] = '{}';
    expect(await unusable.send(through(current))).toMatchObject({ statusCode: 200 });
    expect(queue.sent).toHaveLength(2);
  });

  it('is not asked for without the key of the configuration, and its header reaches no provider', async () => {
    const seen: object[] = [];
    const watching = {
      ...toyProvider,
      verify: (...asked: Parameters<typeof toyProvider.verify>) => {
        seen.push({ headers: asked[0].headers, sourceIp: asked[0].sourceIp });
        return toyProvider.verify(...asked);
      },
    } as RegisteredProvider;
    const headers = { 'x-payhooks-edge': current, 'x-forwarded-for': '10.0.0.1, 198.51.100.9, 192.0.2.1' };
    const off = bench(watching);
    expect(await off.send({ headers })).toMatchObject({ statusCode: 200 });
    expect(off.fetched).not.toContain(SECRET);
    const on = bench(watching, toyAccount, undefined, 'require');
    on.values[SECRET] = JSON.stringify({ current });
    await on.send({ headers });
    const others = { 'x-forwarded-for': headers['x-forwarded-for'] };
    expect(seen).toEqual([
      { headers: others, sourceIp: '192.0.2.1' },
      // Only what came through the edge is believed about its sender.
      { headers: others, sourceIp: '198.51.100.9' },
    ]);
  });
});

describe('a quarantine that is full', () => {
  const AMBIGUOUS = { rawQueryString: toyMessage({ fact: 'ambiguous' }) };
  const asked: unknown[] = [];
  const answering = (full: () => Promise<boolean>) =>
    bench(toyProvider as RegisteredProvider, toyAccount, async (scope, month) => {
      asked.push([scope, month]);
      return full();
    });
  beforeEach(() => void asked.splice(0));

  it('is answered 503, so that the provider keeps what has no room', async () => {
    const { send, queue, metric } = answering(async () => true);
    expect(await send(AMBIGUOUS)).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toEqual([]);
    expect(metric('IntakeFailures')).toMatchObject([{ reason: 'quarantine_full' }]);
    expect(metric('QuarantineOverflow')).toMatchObject([{ provider: 'paymentwall', account: 'toy' }]);
    expect(metric('Accepted')).toEqual([]);
    expect(asked).toEqual([[{ provider: 'paymentwall', account: 'toy' }, '2026-03']]);
  });

  it('does not affect messages that need no quarantine, and is not even read for them', async () => {
    const { send, queue } = answering(async () => true);
    expect(await send()).toMatchObject({ statusCode: 200 });
    expect(await send({ rawQueryString: toyMessage({ signature: 'bad' }) })).toMatchObject({
      statusCode: 401,
    });
    expect(queue.sent).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  const room = async (): Promise<boolean> => false;
  const away = (): Promise<boolean> => Promise.reject(new Error('table is away'));
  it.each([
    ['has room', room],
    ['cannot be asked: the worker keeps the bound', away],
  ] as const)('that %s takes it', async (_name, full) => {
    const { send, queue } = answering(full);
    expect(await send(AMBIGUOUS)).toMatchObject({ statusCode: 200 });
    expect(queue.drain()[0]).toMatchObject({ quarantine: 'ambiguous' });
  });
});

describe('what the key signed for another purpose', () => {
  it('is refused with its own reason, leaves no row, and causes no read of the secret store', async () => {
    const verdict: Verdict<never> = { authentic: false, status: 401, reason: NOT_A_NOTIFICATION };
    const { send, queue, fetched, metric } = bench({
      ...toyProvider,
      verify: () => verdict,
    } as RegisteredProvider);
    expect(await send()).toMatchObject({ statusCode: 401, body: 'unauthorized' });
    expect(queue.sent).toEqual([]);
    expect(metric('Refused')).toMatchObject([{ reason: NOT_A_NOTIFICATION }]);
    const before = fetched.length;
    await send();
    expect(fetched).toHaveLength(before);
  });
});

describe('the decision table', () => {
  const refusals: [string, Partial<EventFields>, number, string, string][] = [
    ['an unknown account', { account: 'nobody' }, 404, 'not found', 'unknown_account'],
    ['the name of an object’s own member', { account: '__proto__' }, 404, 'not found', 'unknown_account'],
    ['another one', { account: 'constructor' }, 404, 'not found', 'unknown_account'],
    ['a path that only begins like ours', { proxy: 'toy/pingbacks' }, 404, 'not found', 'unknown_path'],
    ['a wrong method', { method: 'POST' }, 405, 'method not allowed', 'wrong_method'],
    ['a query over 64 KB', { rawQueryString: 'x'.repeat(65_537) }, 413, 'payload too large', 'too_large'],
    ['a body over 64 KB', { body: 'x'.repeat(65_537) }, 413, 'payload too large', 'too_large'],
    [
      'a base64 body over 64 KB',
      { body: Buffer.alloc(65_537).toString('base64'), isBase64Encoded: true },
      413,
      'payload too large',
      'too_large',
    ],
    [
      'a wrong signature',
      { rawQueryString: toyMessage({ signature: 'bad' }) },
      401,
      'unauthorized',
      'wrong_signature',
    ],
    ['what cannot be read', { rawQueryString: 'nonsense' }, 400, 'bad request', 'unreadable'],
  ];
  for (const [name, fields, status, body, reason] of refusals) {
    it(`${name}: ${status}, nothing queued, nothing of it written down`, async () => {
      const { send, queue, metric, lines } = bench();
      const answer = await send({ ...fields, headers: { 'x-canary': 'CANARY' } });
      expect(answer).toMatchObject({
        statusCode: status,
        body,
        headers: { 'cache-control': 'no-store', 'content-type': 'text/plain' },
      });
      expect(queue.sent).toEqual([]);
      expect(metric('Notifications')).toHaveLength(1);
      expect(metric('Notifications')[0]).toMatchObject({ outcome: 'refused', reason });
      expect(lines.join()).not.toContain('CANARY');
    });
  }

  it('names the allowed method', async () => {
    expect(await bench().send({ method: 'DELETE' })).toMatchObject({ headers: { allow: 'GET' } });
  });

  it("genuine: the provider's own answer, and the message sealed on the queue", async () => {
    const { send, queue, lines } = bench();
    const rawQueryString = toyMessage({ note: 'CANARY' });
    expect(await send({ rawQueryString })).toEqual({
      statusCode: 200,
      headers: { 'cache-control': 'no-store', 'content-type': 'text/plain' },
      body: 'OK',
    });
    expect(queue.sent).toHaveLength(1);
    expect(queue.sent[0]?.group).toBe('paymentwall.toy');
    expect(queue.bodies.join() + lines.join()).not.toContain('CANARY');
    const [envelope] = queue.drain() as unknown as NotificationEnvelope[];
    expect(envelope).toMatchObject({
      version: 1,
      kind: 'notification',
      keyId: 'current',
      correlationId: 'request-1',
    });
    expect(envelope?.receivedAt).toBe('2026-03-01T12:00:00.000Z');
    const context = notificationContext('paymentwall', 'toy', envelope?.digest ?? '');
    expect(open(envelope?.sealed ?? '', context, parseEnvelopeKeys(ENVELOPE))).toBe(rawQueryString);
  });

  it("ambiguous: the provider's answer, and the envelope says quarantine", async () => {
    const { send, queue, metric } = bench();
    expect(await send({ rawQueryString: toyMessage({ fact: 'ambiguous' }) })).toMatchObject({
      statusCode: 200,
    });
    expect(queue.drain()[0]).toMatchObject({ quarantine: 'ambiguous' });
    expect(metric('Notifications')[0]).toMatchObject({ outcome: 'quarantined', reason: 'ambiguous' });
  });

  it('a strange request id is replaced, not passed on', async () => {
    const { send, queue } = bench();
    await send({ requestId: 'x"}\nCANARY' });
    expect(queue.drain()[0]?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('our own failure is 503 in time, and the retry succeeds', () => {
  it('when SQS refuses', async () => {
    const { send, queue, metric } = bench();
    queue.fails = () => {
      throw new Error('down, says CANARY');
    };
    expect(await send()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(metric('Notifications')[0]).toMatchObject({ outcome: 'failed', reason: 'queue_unavailable' });
    queue.fails = undefined;
    expect(await send()).toMatchObject({ statusCode: 200 });
    expect(queue.sent).toHaveLength(1);
  });

  it('when SQS is silent: at 2.5 s from the gateway, with the call aborted', async () => {
    const { send, queue, metric } = bench();
    let signal: AbortSignal | undefined;
    queue.fails = (given) => {
      signal = given;
      return never();
    };
    let answered = false;
    const answer = send({ timeEpoch: Date.now() - 400 }).finally(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(2_099);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ statusCode: 503 });
    expect(signal?.aborted).toBe(true);
    expect(metric('Notifications')[0]).toMatchObject({ reason: 'deadline', IntakeDuration: 2_500 });
  });

  it('when the secret store is silent on a cold start', async () => {
    const { send, secretsBy, queue } = bench();
    secretsBy(never);
    const answer = send();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await answer).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toEqual([]);
  });

  it('a request that waited for a cold start still gets a try', async () => {
    const { send } = bench();
    expect(await send({ timeEpoch: Date.now() - 2_450 })).toMatchObject({ statusCode: 200 });
  });

  it('when a secret is half-filled: the log says what is wrong, the response does not', async () => {
    const { send, values, lines, metric } = bench();
    values['payhooks/sandbox/paymentwall/toy'] = '{"keys":"CANARY"}';
    expect(await send()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(lines.join()).toContain('secret payhooks/sandbox/paymentwall/toy: \\"keys\\" must be a list');
    expect(lines.join()).not.toContain('CANARY');
    expect(metric('Notifications')[0]).toMatchObject({ reason: 'secret_unusable' });
  });

  it('when a secret is not JSON, without quoting it', async () => {
    const { send, values, lines } = bench();
    values['payhooks/sandbox/paymentwall/toy'] = 'CANARY{';
    expect(await send()).toMatchObject({ statusCode: 503 });
    expect(lines.join()).toContain('is not JSON');
    expect(lines.join()).not.toContain('CANARY');
  });

  it('when the provider code breaks, without its message in the log', async () => {
    const broken = {
      ...toyProvider,
      verify: () => {
        throw new Error('CANARY');
      },
    } as RegisteredProvider;
    const { send, lines } = bench(broken);
    expect(await send()).toMatchObject({ statusCode: 503 });
    expect(lines.join()).not.toContain('CANARY');
  });

  it('answers only after the queue has accepted', async () => {
    const { send, queue } = bench();
    let accept: (() => void) | undefined;
    queue.fails = () =>
      new Promise<void>((resolve) => {
        accept = resolve;
      });
    let answered = false;
    const answer = send().then((value) => {
      answered = true;
      return value;
    });
    await vi.waitFor(() => expect(accept).toBeDefined());
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    accept?.();
    expect(await answer).toMatchObject({ statusCode: 200 });
  });
});

describe('secrets in a request', () => {
  it('are fetched once for many requests', async () => {
    const { send, fetched } = bench();
    for (let n = 0; n < 5; n++) await send();
    expect(fetched).toHaveLength(2);
  });

  it('rotated: the first mismatch fetches the new key and the same request passes', async () => {
    const { send, values, fetched } = bench();
    await send();
    values['payhooks/sandbox/paymentwall/toy'] = '{"keys":["rotated"]}';
    expect(await send({ rawQueryString: toyMessage({ signature: 'rotated' }) })).toMatchObject({
      statusCode: 200,
    });
    expect(fetched).toHaveLength(3);
  });

  it('forged requests force at most one fetch a minute', async () => {
    const { send, fetched } = bench();
    await send();
    const forged = { rawQueryString: toyMessage({ signature: 'bad' }) };
    for (let n = 0; n < 20; n++) expect(await send(forged)).toMatchObject({ statusCode: 401 });
    expect(fetched).toHaveLength(3);
    vi.setSystemTime(START + FORCED_INTERVAL_MS);
    await send(forged);
    // Two because both secrets are past their soft age, one that is forced.
    expect(fetched).toHaveLength(6);
  });

  it('that were replaced verify for no longer than the soft age while the store answers', async () => {
    const { send, values } = bench();
    await send();
    // Environment in steady use; the key is replaced at second 0, right after it was read.
    values['payhooks/sandbox/paymentwall/toy'] = JSON.stringify({ keys: ['new'] });
    const statusAt = async (seconds: number, signature: string) => {
      vi.setSystemTime(START + seconds * 1_000);
      return (await send({ rawQueryString: toyMessage({ signature }) })).statusCode;
    };
    expect(SOFT_AGE_MS).toBe(30_000);
    expect(await statusAt(1, 'good')).toBe(200);
    expect(await statusAt(33, 'good')).toBe(401);
    expect(await statusAt(95, 'good')).toBe(401);
    expect(await statusAt(95, 'new')).toBe(200);
  });

  it('are used up to their maximum age while the store is down; then the answer is 503', async () => {
    const { send, queue, secretsBy } = bench();
    await send();
    secretsBy(async () => {
      throw new Error('down');
    });
    for (const ms of [1_000, SOFT_AGE_MS, 95_000, MAX_AGE_MS - 1]) {
      vi.setSystemTime(START + ms);
      expect(await send()).toMatchObject({ statusCode: 200 });
    }
    const accepted = queue.sent.length;
    for (const ms of [MAX_AGE_MS, 3_600_000, 30 * 86_400_000]) {
      vi.setSystemTime(START + ms);
      expect(await send()).toMatchObject({ statusCode: 503 });
    }
    expect(queue.sent).toHaveLength(accepted);
  });

  it('are refreshed first by an environment that wakes after hours', async () => {
    const { send, values } = bench();
    await send();
    values['payhooks/sandbox/paymentwall/toy'] = JSON.stringify({ keys: ['new'] });
    vi.setSystemTime(START + 6 * 3_600_000);
    expect(await send()).toMatchObject({ statusCode: 401 });
    expect(await send({ rawQueryString: toyMessage({ signature: 'new' }) })).toMatchObject({
      statusCode: 200,
    });
  });

  it('a silent store past the maximum age is waited for until the deadline, then the answer is 503', async () => {
    const { send, queue, secretsBy } = bench();
    await send();
    vi.setSystemTime(START + MAX_AGE_MS);
    secretsBy(never);
    const answer = send();
    await vi.advanceTimersByTimeAsync(BUDGET_MS);
    expect(await answer).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toHaveLength(1);
  });

  it('a silent store within it holds an answer up for a moment only', async () => {
    const { send, queue, secretsBy } = bench();
    await send();
    vi.setSystemTime(START + SOFT_AGE_MS);
    secretsBy(never);
    const answer = send();
    await vi.advanceTimersByTimeAsync(SOFT_WAIT_MS);
    await vi.waitFor(() => expect(queue.sent).toHaveLength(2));
    await vi.advanceTimersByTimeAsync(250);
    expect(await answer).toMatchObject({ statusCode: 200 });
  });
});

describe('a splitToken', () => {
  const verdict: Verdict<ToyNotification> = {
    authentic: true,
    keyId: 'current',
    variant: 'sha1',
    message: 'splitToken=',
    splitToken: 'CANARY',
    remarks: [],
  };
  const americas: TrustlyAmericasAccount = { provider: 'trustly-americas', account: 'toy', policy };
  const provider = {
    ...toyProvider,
    ...{ name: 'trustly-americas', method: 'POST', verify: () => verdict },
  } as unknown as RegisteredProvider;

  it('travels sealed to the public key, as a JWE that any JOSE library opens', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const splitTokenKey = (await exportJWK(publicKey)) as Record<string, string>;
    const { send, queue, lines } = bench(provider, { ...americas, splitTokenKey });
    expect(await send({ method: 'POST', body: 'x' })).toMatchObject({ statusCode: 200 });
    expect(queue.bodies.join() + lines.join()).not.toContain('CANARY');
    const [envelope] = queue.drain() as unknown as NotificationEnvelope[];
    const { plaintext } = await compactDecrypt(envelope?.splitToken ?? '', privateKey);
    expect(Buffer.from(plaintext).toString()).toBe('CANARY');
  });

  it('is dropped and counted where no key is configured', async () => {
    const { send, queue, lines, metric } = bench(provider, americas);
    await send({ method: 'POST', body: 'x' });
    expect(queue.drain()[0]).not.toHaveProperty('splitToken');
    expect(lines.join()).not.toContain('CANARY');
    expect(metric('Remarks')[0]).toMatchObject({ reason: 'split_token_dropped' });
  });
});
