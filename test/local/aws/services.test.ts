import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventBus } from '../../../local/aws/eventbridge.ts';
import { Faults } from '../../../local/aws/faults.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { rateMs, startScheduler } from '../../../local/aws/schedules.ts';
import { SecretStore } from '../../../local/aws/secrets-manager.ts';
import { plainValue } from '../../../local/aws/tables.ts';
import { Shop } from '../../../local/demo/shop.ts';
import {
  CredentialsError,
  prepareCredentials,
  readCredentials,
  secretText,
} from '../../../local/template/credentials.ts';

const secrets = [
  'trustly-americas/demo',
  'trustly-europe/demo',
  'paymentwall/goods',
  'envelope-key',
  'target',
].map((name) => ({ name: `payhooks/sandbox/${name}`, generate: undefined, value: undefined }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-local-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('credentials', () => {
  it('are generated once, kept for this user only, and ignored by git', async () => {
    const kept = join(folder, 'kept');
    const first = await prepareCredentials(secrets, { folder: kept });
    expect(await prepareCredentials(secrets, { folder: kept })).toEqual(first);
    expect(statSync(join(kept, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(kept, '.gitignore'), 'utf8')).toBe('*\n');
    expect(first['trustly-europe/demo']).toMatchObject({
      current: { privateKey: expect.stringContaining('BEGIN PRIVATE KEY') },
      trustly: { current: expect.stringContaining('BEGIN PUBLIC KEY') },
      demo: { trustlyPrivateKey: expect.stringContaining('BEGIN PRIVATE KEY') },
    });
  });

  it("never put the demo Trustly's private key into the secret store", async () => {
    const { 'trustly-europe/demo': europe } = await prepareCredentials(secrets, {});
    expect(Object.keys(JSON.parse(secretText(europe ?? {})))).toEqual(['current', 'trustly']);
  });

  it('that are given win, and are not kept', async () => {
    const given = { 'paymentwall/goods': { current: { secretKey: 'published' } } };
    const credentials = await prepareCredentials(secrets, { given, folder });
    expect(credentials['paymentwall/goods']).toEqual(given['paymentwall/goods']);
    expect(existsSync(join(folder, 'credentials.json'))).toBe(true);
    expect(readFileSync(join(folder, 'credentials.json'), 'utf8')).not.toContain('published');
  });

  it("keep Trustly's published key in force for a given European account, and generate our own if it is missing", async () => {
    const { 'trustly-europe/demo': europe } = await prepareCredentials(secrets, {
      given: { 'trustly-europe/demo': {} },
    });
    expect(europe?.trustly).toBeUndefined();
    expect(europe?.current).toMatchObject({ privateKey: expect.stringContaining('BEGIN PRIVATE KEY') });
  });

  it('for a secret that does not exist are refused by name', async () => {
    await expect(prepareCredentials(secrets, { given: { 'paymentwall/godos': {} } })).rejects.toThrow(
      /paymentwall\/godos.*known: trustly-americas\/demo/,
    );
  });

  it('in a broken file are refused without a stack of JSON', () => {
    expect(() => readCredentials(join(folder, 'nowhere.json'))).toThrow(CredentialsError);
  });
});

describe('the secret store', () => {
  const store = () => new SecretStore({ 'payhooks/sandbox/target': '{"current":"x"}' });

  it('gives a secret by name and by ARN', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:payhooks/sandbox/target';
    for (const SecretId of ['payhooks/sandbox/target', arn]) {
      expect(store().call('GetSecretValue', { SecretId })).toMatchObject({ SecretString: '{"current":"x"}' });
    }
  });

  it('does not know what is not there', () => {
    expect(() => store().call('GetSecretValue', { SecretId: 'payhooks/live/target' })).toThrow(AwsError);
  });

  it('shows a rotation at the next call', () => {
    const rotated = store();
    rotated.put('payhooks/sandbox/target', '{"current":"y"}');
    expect(rotated.call('GetSecretValue', { SecretId: 'payhooks/sandbox/target' })).toMatchObject({
      SecretString: '{"current":"y"}',
    });
  });
});

describe('the secret store, as Secrets Manager', () => {
  const SecretId = 'payhooks/sandbox/target';
  let store: SecretStore;
  beforeEach(() => {
    store = new SecretStore({ [SecretId]: 'first' });
  });
  const token = (n: number) => `token-${String(n).padStart(26, '0')}`;
  const put = (SecretString: string, ClientRequestToken = token(1)) =>
    store.call('PutSecretValue', { SecretId, SecretString, ClientRequestToken });
  const get = (more: Readonly<Record<string, string>> = {}) =>
    store.call('GetSecretValue', { SecretId, ...more });

  it('takes a value of 64 KB, and no more', () => {
    put('x'.repeat(65_536));
    expect(() => put('x'.repeat(65_537), token(2))).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    );
    expect(() => put('', token(3))).toThrow(AwsError);
  });

  it('the same token is the same call again, with the same value only', () => {
    put('second');
    put('third', token(2));
    expect(put('second')).toMatchObject({ VersionId: token(1), VersionStages: ['AWSPREVIOUS'] });
    expect(get()).toMatchObject({ SecretString: 'third' });
    expect(() => put('another')).toThrow(expect.objectContaining({ code: 'ResourceExistsException' }));
    expect(() => put('x', 'short')).toThrow(AwsError);
  });

  it('the newest is current, the one before it previous, and each is found by its version', () => {
    put('second');
    put('third', token(2));
    expect(get()).toMatchObject({ SecretString: 'third', VersionStages: ['AWSCURRENT'] });
    expect(get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'second' });
    expect(get({ VersionId: token(1) })).toMatchObject({ SecretString: 'second' });
    expect(() => get({ VersionStage: 'AWSPENDING' })).toThrow(AwsError);
  });

  it('takes a hundred versions a day', () => {
    for (let n = 1; n <= 100; n++) put(`value ${n}`, token(n));
    expect(() => put('one more', token(101))).toThrow(
      expect.objectContaining({ code: 'LimitExceededException' }),
    );
    expect(get()).toMatchObject({ SecretString: 'value 100' });
  });
});

describe('the event bus', () => {
  const delivered: unknown[] = [];
  const put = eventBus({ buses: ['shop'], deliver: (event) => delivered.push(event) });
  const entry = { EventBusName: 'shop', Source: 'payhooks', DetailType: 'fulfil', Detail: '{"id":"1"}' };
  beforeEach(() => {
    delivered.length = 0;
  });

  it('delivers what it accepts, and says which entries it did not', () => {
    const answer = put('PutEvents', {
      Entries: [entry, { ...entry, Detail: '[]' }, { ...entry, Source: '' }],
    });
    expect(answer).toMatchObject({
      FailedEntryCount: 2,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'InvalidArgument' },
      ],
    });
    expect(delivered).toMatchObject([{ bus: 'shop', detailType: 'fulfil', detail: { id: '1' } }]);
  });

  it('refuses a bus that is not in the template', () => {
    expect(put('PutEvents', { Entries: [{ ...entry, EventBusName: 'other' }] })).toMatchObject({
      FailedEntryCount: 1,
    });
  });

  it('takes 1 MB in one request, counted as EventBridge counts, and no more', () => {
    const beside = 'payhooks'.length + 'fulfil'.length + JSON.stringify({ x: '' }).length;
    const of = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ x: 'x'.repeat(bytes - beside) }) });
    expect(put('PutEvents', { Entries: [of(1_048_576)] })).toMatchObject({ FailedEntryCount: 0 });
    expect(() => put('PutEvents', { Entries: [of(600_000), of(448_577)] })).toThrow(AwsError);
  });

  it('refuses what is no object, or is nested too deeply', () => {
    const nested = `${'{"a":'.repeat(1_101)}1${'}'.repeat(1_101)}`;
    for (const Detail of ['"text"', 'null', '[]', '{', nested]) {
      expect(put('PutEvents', { Entries: [{ ...entry, Detail }] })).toMatchObject({ FailedEntryCount: 1 });
    }
  });

  it('takes at most ten entries', () => {
    expect(() => put('PutEvents', { Entries: Array(11).fill(entry) })).toThrow(AwsError);
  });
});

describe('the demo shop', () => {
  const event = { id: 'p#1#fulfil', type: 'fulfil', payment: 'p', orderReference: 'o', status: 'paid' };

  it('counts copies of one event instead of fulfilling twice, across a restart too', () => {
    const file = join(folder, 'shop.jsonl');
    const shop = new Shop({ faults: new Faults(), file });
    shop.receive(event, 'bus');
    shop.receive(event, 'bus');
    expect(shop.list()).toMatchObject([{ id: 'p#1#fulfil', copies: 2, orderReference: 'o' }]);
    expect(new Shop({ faults: new Faults(), file }).list()).toEqual(shop.list());
  });

  describe('at its endpoint', () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef');
    const faults = new Faults();
    let shop: Shop;
    let post: (headers: Record<string, string>) => Promise<number>;
    let close: () => void;
    const body = JSON.stringify(event);

    beforeEach(async () => {
      shop = new Shop({ faults, signingSecrets: () => [`whsec_${key.toString('base64')}`] });
      const server = createServer(shop.listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      post = async (headers) =>
        (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })).status;
      close = () => {
        server.closeAllConnections();
        server.close();
      };
    });
    afterEach(() => {
      faults.set('shop', undefined);
      close();
    });

    const signed = (text: string) => ({
      'webhook-id': 'm',
      'webhook-timestamp': '1',
      'webhook-signature': `v1,bm8= v1,${createHmac('sha256', key).update(`m.1.${text}`).digest('base64')}`,
    });

    it('takes a signed event and no other', async () => {
      expect(await post(signed(body))).toBe(204);
      expect(await post(signed(`${body} `))).toBe(401);
      expect(await post({})).toBe(401);
      expect(shop.list()).toMatchObject([{ via: 'endpoint', copies: 1 }]);
      expect(shop.refused).toBe(2);
    });

    it('can be told to fail', async () => {
      faults.set('shop', 'failing');
      expect(await post(signed(body))).toBe(500);
      expect(shop.list()).toEqual([]);
    });
  });
});

describe('schedules', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
    ['cron(0 12 * * ? *)', undefined],
  ])('%s is every %s ms', (expression, interval) => expect(rateMs(expression)).toBe(interval));

  it('that are no rate are named instead of forgotten, and run when asked', async () => {
    const skipped: string[] = [];
    const invoked: unknown[] = [];
    const scheduler = startScheduler(
      [
        {
          name: 'nightly',
          functionName: 'f',
          expression: 'cron(0 1 * * ? *)',
          input: { a: 1 },
          enabled: true,
        },
      ],
      {
        invoke: async (name, event) => {
          invoked.push([name, event]);
          return { ok: true, payload: 'null' };
        },
        onError: () => {},
        onSkipped: (name) => skipped.push(name),
      },
    );
    await scheduler.runNow('f');
    scheduler.stop();
    expect(skipped).toEqual(['nightly']);
    expect(invoked).toEqual([['f', { a: 1 }]]);
  });
});

describe("DynamoDB's JSON", () => {
  it('becomes plain JSON', () => {
    const value = {
      M: { s: { S: 'x' }, n: { N: '1.5' }, l: { L: [{ BOOL: true }, { NULL: true }] }, set: { SS: ['a'] } },
    };
    expect(plainValue(value)).toEqual({ s: 'x', n: 1.5, l: [true, null], set: ['a'] });
  });
});
