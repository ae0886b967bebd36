/** The doctor's own notifications, against an address that answers wrongly in every way it can. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { intakePath } from '../../infra/names.ts';
import type { Connection } from '../../local/payhooks/connect.ts';
import { examine, type Finding } from '../../local/payhooks/doctor/finding.ts';
import { secrets } from '../../local/payhooks/doctor/secrets.ts';
import { selfTest } from '../../local/payhooks/doctor/self-test.ts';
import { TRUSTLY_PUBLIC_KEYS } from '../../shared/providers/trustly-europe/keys.ts';
import { MemoryStore } from '../support/memory-store.ts';

const KEY = 'a-secret-of-paymentwall';
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
});

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

/** @param answers the status of the forged notification, then of the signed one */
async function examined(answers: readonly number[], secret: object = { current: { secretKey: KEY } }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.writeHead(answers[asked.push(request.url ?? '') - 1] ?? 500).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new MemoryStore();
  // The notification was recorded, whatever its id.
  store.get = async (key) => ({ ...key, schema: 1, data: {} });
  const connection = {
    ...{ kind: 'deployed', config, store, environment: 'sandbox', selector: '--stack PayhooksSandbox' },
    clients: { secrets: { send: async () => ({ SecretString: JSON.stringify(secret) }) } },
    intakeUrl: (account: (typeof config.accounts)[number]) => base + intakePath(account),
  } as unknown as Connection;
  const patient = { connection, world: {} as never, quiet: false, url: undefined };
  return { findings: await examine([selfTest], patient), patient, asked };
}

const verdicts = (findings: readonly Finding[]) => findings.map(({ verdict }) => verdict);

describe('the self-test through the public URL', () => {
  it('is well when the forged one is refused, and the signed one accepted and recorded', async () => {
    const { findings, asked } = await examined([401, 200]);
    expect(verdicts(findings)).toEqual(['ok', 'ok']);
    expect(asked).toHaveLength(2);
    expect(asked.join()).not.toContain(KEY);
  });

  it.each([
    ['accepts what is forged', [200, 200], ['fail', 'ok'], 'a forged notification was answered 200'],
    ['does not know the account', [404, 404], ['fail', 'fail'], 'answered 404'],
    ['has no secret yet', [503, 503], ['fail', 'fail'], 'answered 503'],
    ['refuses what is genuine', [401, 401], ['ok', 'fail'], 'answered 401'],
    ['fails', [500, 500], ['fail', 'fail'], 'answered 500'],
  ])('fails on an address that %s, with the next step', async (_, answers, expected, detail) => {
    const { findings } = await examined(answers);
    expect(verdicts(findings)).toEqual(expected);
    const failed = findings.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map((finding) => finding.detail)).toContain(detail);
    for (const { next } of failed) expect(next).toMatch(/\S/);
  });

  it('that nobody answers says so', async () => {
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
    ['one that can be used', { current: { secretKey: KEY } }, 'ok'],
    ['one without a key', { current: {} }, 'fail'],
    ['one that is no object', 'text', 'fail'],
  ])('%s', async (_, secret, verdict) => {
    const { patient } = await examined([401, 200], secret as object);
    const [account] = await examine([secrets], patient);
    expect(account).toMatchObject({ check: 'paymentwall/goods', verdict });
    if (verdict === 'fail')
      expect(account?.next).toContain('payhooks secrets set paymentwall/goods --file FILE');
  });

  it.each([
    ['sandbox', 'ok'],
    ['live', 'fail'],
  ] as const)("Trustly's published %s key in the sandbox: %s", async (environment, verdict) => {
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
