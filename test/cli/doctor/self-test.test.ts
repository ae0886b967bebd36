/** The self-tests of `doctor`, against a server that gives every kind of wrong answer. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../../cli/connect.ts';
import { examine, type Finding } from '../../../cli/doctor/finding.ts';
import { secrets } from '../../../cli/doctor/secrets.ts';
import { selfTestIn } from '../../../cli/doctor/self-test.ts';
import { parseConfig } from '../../../infra/config.ts';
import { intakePath } from '../../../infra/names.ts';
import { TRUSTLY_PUBLIC_KEYS } from '../../../shared/providers/trustly-europe/keys.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const KEY = 'a-secret-of-paymentwall';
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
});

/**
 * No test waits: a pause ends at once, and a request times out as soon as the server has received it and does not
 * answer.
 */
let limit = new AbortController();
const pauses: number[] = [];
const selfTest = selfTestIn({
  sleep: async (ms) => pauses.push(ms),
  limit: () => {
    limit = new AbortController();
    return limit.signal;
  },
});
const tooLate = () => limit.abort(new DOMException('too late', 'TimeoutError'));

const servers: (() => void)[] = [];
afterEach(() => {
  pauses.length = 0;
  for (const close of servers.splice(0)) close();
});

/** The statuses of the answers to a notification, one after another (the last status repeats), or no answer. */
type Answer = number | 'none' | readonly (number | 'none')[];

/** @param answers to the forged notification, then to the signed notification */
async function examined(answers: readonly Answer[], secret: object = { current: { secretKey: KEY } }) {
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const answer = answers[url.includes('ref=payhooks-probe-') ? 0 : 1] ?? 500;
    const all: readonly (number | 'none')[] = Array.isArray(answer) ? answer : [answer];
    const status = all[Math.min(requests.filter((each) => each === url).length, all.length) - 1];
    if (status === 'none') tooLate();
    else response.writeHead(status ?? 500).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new MemoryStore();
  // The store has a row for every notification.
  store.get = async (key) => ({ ...key, schema: 1, data: {} });
  const connection = {
    ...{ kind: 'deployed', config, store, environment: 'sandbox', selector: '--stack PayhooksSandbox' },
    clients: { secrets: { send: async () => ({ SecretString: JSON.stringify(secret) }) } },
    intakeUrl: (account: (typeof config.accounts)[number]) => base + intakePath(account),
  } as unknown as Connection;
  const patient = { connection, world: {} as never, quiet: false, url: undefined };
  return { findings: await examine([selfTest], patient), patient, requests };
}

const verdicts = (findings: readonly Finding[]) => findings.map(({ verdict }) => verdict);

describe('the self-test through the public URL', () => {
  it('the self-test is ok when the forged notification is answered 401 and the signed notification 200', async () => {
    const { findings, requests } = await examined([401, 200]);
    expect(verdicts(findings)).toEqual(['ok', 'ok', 'unknown']);
    // The self-test signs and verifies with the stored key, so it passes even if the stored key is wrong.
    expect(findings[2]?.detail).toContain('only a notification from the provider shows');
    expect(requests).toHaveLength(2);
    expect(requests.join()).not.toContain(KEY);
  });

  it.each([
    ['accepts a forged notification', [200, 200], ['fail', 'ok'], 'a forged notification was answered 200'],
    ['does not know the account', [404, 404], ['fail', 'fail'], 'answered 404'],
    ['has no secret yet', [503, 503], ['fail', 'fail'], 'answered 503, 3 times'],
    ['refuses a genuine notification', [401, 401], ['ok', 'fail'], 'answered 401'],
    ['answers 500', [500, 500], ['fail', 'fail'], 'answered 500'],
  ])(
    'the self-test fails on an address that %s, and names a next step',
    async (_, answers, expected, detail) => {
      const { findings } = await examined(answers);
      expect(verdicts(findings.filter(({ check }) => check !== 'keys'))).toEqual(expected);
      const failed = findings.filter(({ verdict }) => verdict === 'fail');
      expect(failed.map((finding) => finding.detail)).toContain(detail);
      for (const { next } of failed) expect(next).toMatch(/\S/);
    },
  );

  it('the self-test sends a notification again after 503 and after a late answer, as a provider does', async () => {
    const { findings, requests } = await examined([
      [503, 'none', 401],
      [503, 503, 200],
    ]);
    expect(verdicts(findings)).toEqual(['ok', 'ok', 'unknown']);
    expect(requests).toHaveLength(6);
    expect(pauses).toEqual([500, 500, 500, 500]);
  });

  it('the self-test warns when the signed notification gets no answer in time, and says to try again', async () => {
    const { findings, requests } = await examined([401, 'none']);
    expect(verdicts(findings)).toEqual(['ok', 'warn']);
    expect(requests).toHaveLength(4);
    expect(findings[1]?.detail).toMatch(/the secret was not tested/);
    expect(findings[1]?.next).toMatch(/^Try again/);
    expect(findings[1]?.next).not.toContain('secrets check');
  });

  it('the self-test names secrets check only when the secret is unusable', async () => {
    const steps = async (answers: readonly number[], secret?: object) =>
      (await examined(answers, secret)).findings.map(({ next }) => next ?? '').join(' ');
    expect(await steps([503, 503])).toContain('docs/runbooks/secret-failures.md');
    expect(await steps([401, 503])).toContain('docs/runbooks/own-5xx.md');
    expect(await steps([401, 503])).not.toContain('secrets check');
    expect(await steps([503, 503], { current: {} })).toContain('payhooks secrets check paymentwall/goods');
  });

  it('the self-test with --quiet sends nothing, and names the address', async () => {
    const { patient, requests } = await examined([401, 200]);
    requests.length = 0;
    const findings = await examine([selfTest], { ...patient, quiet: true });
    expect(findings).toMatchObject([{ check: 'paymentwall/goods', verdict: 'unknown' }]);
    expect(findings[0]?.detail).toMatch(/nothing was sent .+\/paymentwall\/goods\/pingback$/);
    expect(requests).toEqual([]);
  });

  it('the self-test does not wait for a paused queue, and names payhooks resume', async () => {
    const { patient } = await examined([401, 200, 401, 200]);
    const lambda = { send: async () => ({ EventSourceMappings: [{ State: 'Disabled' }] }) };
    const store = new MemoryStore();
    const looks = vi.spyOn(store, 'get');
    const connection = {
      ...patient.connection,
      store,
      clients: { ...patient.connection.clients, lambda },
      resource: (name: string) => name,
    } as unknown as Connection;
    const [, sent] = await examine([selfTest], { ...patient, connection });
    expect(sent).toMatchObject({ verdict: 'warn', next: 'payhooks resume --stack PayhooksSandbox' });
    // The self-test stops after a few reads of the table; with an open queue it would read forty times.
    expect(looks.mock.calls.length).toBeLessThan(5);
  });

  it('doctor makes the other checks when the table or a secret cannot be read', async () => {
    const { patient } = await examined([401, 200, 401, 200]);
    const broken = async () => {
      throw Object.assign(new Error('down'), { $metadata: { httpStatusCode: 500 } });
    };
    const store = { get: broken };
    const withoutTable = { ...patient.connection, store } as unknown as Connection;
    expect(verdicts(await examine([selfTest], { ...patient, connection: withoutTable }))).toEqual([
      'ok',
      'unknown',
    ]);
    const clients = { ...patient.connection.clients, secrets: { send: broken } };
    const withoutSecrets = { ...patient.connection, clients } as unknown as Connection;
    const findings = await examine([secrets], { ...patient, connection: withoutSecrets });
    expect(findings.map(({ check }) => check)).toEqual([
      'paymentwall/goods',
      'envelope-key',
      'target',
      'no shared key',
      'environment of shared secrets',
    ]);
  });

  it('the self-test fails with "no answer" when no server listens', async () => {
    const { patient } = await examined([401, 200]);
    for (const close of servers.splice(0)) close();
    const intakeUrl = () => 'http://127.0.0.1:1/paymentwall/goods/pingback';
    const findings = await examine([selfTest], {
      ...patient,
      connection: { ...patient.connection, intakeUrl },
    });
    expect(verdicts(findings)).toEqual(['fail', 'fail']);
    expect(findings[0]?.detail).toContain('no answer from http://127.0.0.1:1');
  });
});

describe('secrets', () => {
  it.each([
    ['a usable secret is ok', { current: { secretKey: KEY } }, 'ok'],
    ['a secret without a key fails', { current: {} }, 'fail'],
    ['a secret that is no object fails', 'text', 'fail'],
  ])('doctor judges a secret: %s', async (_, secret, verdict) => {
    const { patient } = await examined([401, 200], secret as object);
    const [account] = await examine([secrets], patient);
    expect(account).toMatchObject({ check: 'paymentwall/goods', verdict });
    if (verdict === 'fail')
      expect(account?.next).toContain('payhooks secrets set paymentwall/goods --file FILE');
  });

  it.each([
    ['sandbox', 'ok'],
    ['live', 'fail'],
  ] as const)("doctor judges Trustly's published %s key in the sandbox: %s", async (environment, verdict) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const secret = {
      current: { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      trustly: { current: TRUSTLY_PUBLIC_KEYS[environment] },
    };
    const { patient } = await examined([], secret);
    const europe = parseConfig({
      environment: 'sandbox',
      target: { type: 'eventbridge' },
      accounts: [{ provider: 'trustly-europe', account: 'shop' }],
    });
    const connection = { ...patient.connection, config: europe };
    const [found] = await examine([secrets], { ...patient, connection });
    expect(found).toMatchObject({ check: 'trustly-europe/shop', verdict });
    if (verdict === 'fail') expect(found?.detail).toContain("Trustly's LIVE key");
  });
});
