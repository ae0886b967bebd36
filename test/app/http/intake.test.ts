/** The answers of intake, its deadline, and the message that intake sends to the queue. */

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

describe('the edge header', () => {
  const SECRET = 'payhooks/sandbox/edge';
  const [current, previous] = ['c'.repeat(40), 'p'.repeat(40)];
  const at = (edge: IntakeDeps['edge']) => {
    const made = bench(toyProvider as RegisteredProvider, toyAccount, undefined, edge);
    made.values[SECRET] = JSON.stringify({ current, previous });
    return made;
  };
  const through = (value: string) => ({ headers: { 'x-payhooks-edge': value } });

  it('a request without the edge header gets 403 before any other check, and no secret is fetched', async () => {
    const { send, queue, fetched, metric } = at('require');
    const others = [{ account: 'none' }, { proxy: 'toy/elsewhere' }];
    for (const fields of [{}, { method: 'PUT' }, { body: 'x'.repeat(70_000) }, ...others])
      expect(await send(fields)).toMatchObject({ statusCode: 403, body: 'forbidden' });
    expect([queue.sent, fetched]).toEqual([[], []]);
    // A request for an unknown account or path is not from a provider with an old address, so its reason differs.
    expect(metric('Refused').map(({ reason }) => reason)).toEqual([
      ...Array(3).fill('no_edge_header'),
      ...['unknown_account', 'unknown_path'],
    ]);
    expect(metric('BadSignatures')).toEqual([]);
  });

  it('a request with a wrong edge header gets 403 (wrong_edge_header), and the secret is read again only once', async () => {
    const { send, fetched, metric, lines } = at('require');
    for (let sent = 0; sent < 3; sent++)
      expect(await send(through('w'.repeat(40)))).toMatchObject({ statusCode: 403 });
    expect(fetched).toEqual([SECRET, SECRET]);
    expect(metric('Refused').map(({ reason }) => reason)).toEqual(Array(3).fill('wrong_edge_header'));
    expect(lines.join()).not.toMatch(/w{40}|c{40}|p{40}/);
  });

  it('the current and the previous edge header are accepted; the previous value is counted as previous_edge_header', async () => {
    const { send, queue, metric } = at('require');
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    expect(metric('Remarks')).toEqual([]);
    expect(await send(through(previous))).toMatchObject({ statusCode: 200 });
    expect(metric('Remarks')).toMatchObject([{ reason: 'previous_edge_header' }]);
    expect(queue.sent).toHaveLength(2);
  });

  it('a rotated edge header is accepted at the first request; the value before the previous value gets 403', async () => {
    const { send, values } = at('require');
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    values[SECRET] = JSON.stringify({ current: 'n'.repeat(40), previous: current });
    expect(await send(through('n'.repeat(40)))).toMatchObject({ statusCode: 200 });
    expect(await send(through(current))).toMatchObject({ statusCode: 200 });
    expect(await send(through(previous))).toMatchObject({ statusCode: 403 });
  });

  it('a request gets 503 with edgeHeader "require" when the secret cannot be read or is unusable', async () => {
    const { send, values, metric } = at('require');
    values[SECRET] = '{}';
    expect(await send(through(current))).toMatchObject({ statusCode: 503 });
    expect(metric('IntakeFailures')).toMatchObject([{ reason: 'secret_unusable' }]);
    const down = at('require');
    down.secretsBy(() => Promise.reject(new Error('down')));
    expect(await down.send(through(current))).toMatchObject({ statusCode: 503 });
    expect(down.metric('IntakeFailures')).toMatchObject([{ reason: 'secret_unavailable' }]);
  });

  it('a missing or wrong edge header is only counted with edgeHeader "count", also when the secret is unusable', async () => {
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

  it('no edge header is required or passed on without edgeHeader, and X-Forwarded-For is not believed', async () => {
    const seen: object[] = [];
    const watching = {
      ...toyProvider,
      verify: (...given: Parameters<typeof toyProvider.verify>) => {
        seen.push({ headers: given[0].headers, sourceIp: given[0].sourceIp });
        return toyProvider.verify(...given);
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
      // X-Forwarded-For is used only for a request that came through the edge.
      { headers: others, sourceIp: '198.51.100.9' },
    ]);
  });
});

describe('a full quarantine', () => {
  const AMBIGUOUS = { rawQueryString: toyMessage({ fact: 'ambiguous' }) };
  const quarantineReads: unknown[] = [];
  const answering = (full: () => Promise<boolean>) =>
    bench(toyProvider as RegisteredProvider, toyAccount, async (scope, month) => {
      quarantineReads.push([scope, month]);
      return full();
    });
  beforeEach(() => void quarantineReads.splice(0));

  it('an ambiguous message is answered 503 when the quarantine is full, so that the provider keeps the message', async () => {
    const { send, queue, metric } = answering(async () => true);
    expect(await send(AMBIGUOUS)).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toEqual([]);
    expect(metric('IntakeFailures')).toMatchObject([{ reason: 'quarantine_full' }]);
    expect(metric('QuarantineOverflow')).toMatchObject([{ provider: 'paymentwall', account: 'toy' }]);
    expect(metric('Accepted')).toEqual([]);
    expect(quarantineReads).toEqual([[{ provider: 'paymentwall', account: 'toy' }, '2026-03']]);
  });

  it('a full quarantine affects no unambiguous message, and its row is not read for such a message', async () => {
    const { send, queue } = answering(async () => true);
    expect(await send()).toMatchObject({ statusCode: 200 });
    expect(await send({ rawQueryString: toyMessage({ signature: 'bad' }) })).toMatchObject({
      statusCode: 401,
    });
    expect(queue.sent).toHaveLength(1);
    expect(quarantineReads).toEqual([]);
  });

  const room = async (): Promise<boolean> => false;
  const away = (): Promise<boolean> => Promise.reject(new Error('table is away'));
  it.each([
    ['has room', room],
    ['cannot be read (the worker keeps the bound)', away],
  ] as const)(
    'an ambiguous message is answered 200 and queued when the quarantine %s',
    async (_name, full) => {
      const { send, queue } = answering(full);
      expect(await send(AMBIGUOUS)).toMatchObject({ statusCode: 200 });
      expect(queue.drain()[0]).toMatchObject({ quarantine: 'ambiguous' });
    },
  );
});

describe('a message that is signed for another purpose', () => {
  it('a message signed for another purpose gets 401 (not_a_notification), is not queued and reads no secret again', async () => {
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

describe('the answers of intake', () => {
  const refusals: [string, Partial<EventFields>, number, string, string][] = [
    ['an unknown account', { account: 'nobody' }, 404, 'not found', 'unknown_account'],
    ['the account name __proto__', { account: '__proto__' }, 404, 'not found', 'unknown_account'],
    ['the account name constructor', { account: 'constructor' }, 404, 'not found', 'unknown_account'],
    [
      'a path that only begins like the path of an account',
      { proxy: 'toy/pingbacks' },
      404,
      'not found',
      'unknown_path',
    ],
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
    ['an unreadable query', { rawQueryString: 'nonsense' }, 400, 'bad request', 'unreadable'],
  ];
  for (const [name, fields, status, body, reason] of refusals) {
    it(`${name} gets ${status}: nothing is queued, and the log holds nothing of the request`, async () => {
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

  it('an answer 405 names the allowed method in the header allow', async () => {
    expect(await bench().send({ method: 'DELETE' })).toMatchObject({ headers: { allow: 'GET' } });
  });

  it('a genuine message gets the provider’s own answer and is queued sealed', async () => {
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

  it('an ambiguous message gets the provider’s answer 200, and its envelope says quarantine: ambiguous', async () => {
    const { send, queue, metric } = bench();
    expect(await send({ rawQueryString: toyMessage({ fact: 'ambiguous' }) })).toMatchObject({
      statusCode: 200,
    });
    expect(queue.drain()[0]).toMatchObject({ quarantine: 'ambiguous' });
    expect(metric('Notifications')[0]).toMatchObject({ outcome: 'quarantined', reason: 'ambiguous' });
  });

  it('a malformed request id is replaced by a UUID as the correlation id', async () => {
    const { send, queue } = bench();
    await send({ requestId: 'x"}\nCANARY' });
    expect(queue.drain()[0]?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a failure of Payhooks itself', () => {
  it('intake answers 503 when SQS refuses the message, and the retry gets 200', async () => {
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

  it('intake answers 503 at 2.5 s from the gateway’s time when SQS does not answer, and aborts the call', async () => {
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

  it('intake answers 503 at the deadline when the secret store does not answer on a cold start', async () => {
    const { send, secretsBy, queue } = bench();
    secretsBy(never);
    const answer = send();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await answer).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toEqual([]);
  });

  it('a request that waited 2450 ms for a cold start is still tried and gets 200', async () => {
    const { send } = bench();
    expect(await send({ timeEpoch: Date.now() - 2_450 })).toMatchObject({ statusCode: 200 });
  });

  it('intake answers 503 when a secret is malformed; the log names the fault, the answer does not', async () => {
    const { send, values, lines, metric } = bench();
    values['payhooks/sandbox/paymentwall/toy'] = '{"keys":"CANARY"}';
    expect(await send()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(lines.join()).toContain('secret payhooks/sandbox/paymentwall/toy: \\"keys\\" must be a list');
    expect(lines.join()).not.toContain('CANARY');
    expect(metric('Notifications')[0]).toMatchObject({ reason: 'secret_unusable' });
  });

  it('intake answers 503 when a secret is not JSON, and the log does not quote the secret', async () => {
    const { send, values, lines } = bench();
    values['payhooks/sandbox/paymentwall/toy'] = 'CANARY{';
    expect(await send()).toMatchObject({ statusCode: 503 });
    expect(lines.join()).toContain('is not JSON');
    expect(lines.join()).not.toContain('CANARY');
  });

  it('intake answers 503 when the provider code throws, and the log leaves out the message of the error', async () => {
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

  it('intake answers 200 only after the queue has accepted the message', async () => {
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

describe('the cached secrets', () => {
  it('secrets are fetched once for many requests', async () => {
    const { send, fetched } = bench();
    for (let n = 0; n < 5; n++) await send();
    expect(fetched).toHaveLength(2);
  });

  it('after a rotation the first wrong signature fetches the new key, and the same request is accepted', async () => {
    const { send, values, fetched } = bench();
    await send();
    values['payhooks/sandbox/paymentwall/toy'] = '{"keys":["rotated"]}';
    expect(await send({ rawQueryString: toyMessage({ signature: 'rotated' }) })).toMatchObject({
      statusCode: 200,
    });
    expect(fetched).toHaveLength(3);
  });

  it('forged requests force at most one fetch of the secret in a minute', async () => {
    const { send, fetched } = bench();
    await send();
    const forged = { rawQueryString: toyMessage({ signature: 'bad' }) };
    for (let n = 0; n < 20; n++) expect(await send(forged)).toMatchObject({ statusCode: 401 });
    expect(fetched).toHaveLength(3);
    vi.setSystemTime(START + FORCED_INTERVAL_MS);
    await send(forged);
    // Both secrets are past their soft age, and one fetch is forced.
    expect(fetched).toHaveLength(6);
  });

  it('a replaced key verifies for no longer than the soft age of 30 s while the secret store answers', async () => {
    const { send, values } = bench();
    await send();
    // The key is replaced at second 0, right after it was read. Requests keep the environment in use.
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

  it('cached secrets are used up to their maximum age while the secret store is down; then the answer is 503', async () => {
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

  it('an environment that was idle for six hours refreshes its secrets first: the old key gets 401', async () => {
    const { send, values } = bench();
    await send();
    values['payhooks/sandbox/paymentwall/toy'] = JSON.stringify({ keys: ['new'] });
    vi.setSystemTime(START + 6 * 3_600_000);
    expect(await send()).toMatchObject({ statusCode: 401 });
    expect(await send({ rawQueryString: toyMessage({ signature: 'new' }) })).toMatchObject({
      statusCode: 200,
    });
  });

  it('past the maximum age intake waits for a silent secret store until the deadline, then answers 503', async () => {
    const { send, queue, secretsBy } = bench();
    await send();
    vi.setSystemTime(START + MAX_AGE_MS);
    secretsBy(never);
    const answer = send();
    await vi.advanceTimersByTimeAsync(BUDGET_MS);
    expect(await answer).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toHaveLength(1);
  });

  it('within the maximum age a silent secret store delays a request by SOFT_WAIT_MS only', async () => {
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

  it('a splitToken travels sealed to the public key, as a JWE that any JOSE library opens', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const splitTokenKey = (await exportJWK(publicKey)) as Record<string, string>;
    const { send, queue, lines } = bench(provider, { ...americas, splitTokenKey });
    expect(await send({ method: 'POST', body: 'x' })).toMatchObject({ statusCode: 200 });
    expect(queue.bodies.join() + lines.join()).not.toContain('CANARY');
    const [envelope] = queue.drain() as unknown as NotificationEnvelope[];
    const { plaintext } = await compactDecrypt(envelope?.splitToken ?? '', privateKey);
    expect(Buffer.from(plaintext).toString()).toBe('CANARY');
  });

  it('a splitToken is dropped and counted as split_token_dropped when no splitTokenKey is configured', async () => {
    const { send, queue, lines, metric } = bench(provider, americas);
    await send({ method: 'POST', body: 'x' });
    expect(queue.drain()[0]).not.toHaveProperty('splitToken');
    expect(lines.join()).not.toContain('CANARY');
    expect(metric('Remarks')[0]).toMatchObject({ reason: 'split_token_dropped' });
  });
});
