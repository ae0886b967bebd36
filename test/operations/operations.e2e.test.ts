/**
 * The whole stack with good and bad events: every metric of a dashboard or an alarm is emitted, every accepted
 * notification is settled, and one correlation id leads from the request to the shop.
 */
import { randomInt } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { AROUND_EDGE_HEADER } from '../../local/aws/edge.ts';
import { runStory } from '../../local/demo/run-story.ts';
import { sampleRequest } from '../../local/demo/samples.ts';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import {
  type Json as SignedJson,
  signNotification as signEurope,
} from '../../local/demo/senders/trustly-europe.ts';
import { signFor } from '../../local/demo/sign.ts';
import { stories } from '../../local/demo/stories.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { EDGE_HEADER } from '../../shared/app/platform/edge.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { edgeSecretName } from '../../shared/app/platform/secrets.ts';
import type { Store } from '../../shared/app/ports.ts';
import { effectKey, hashText, quarantineCountKey } from '../../shared/app/table/keys.ts';
import { effectItem, effectOf, quarantineCountItem } from '../../shared/app/table/rows.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { synthesizeStubs } from '../infra/support.ts';
import { accountOf, isWorkedOff, paymentOf, received, send, sendOnce } from '../local/client.ts';
import { type EmfLine, emfOf, emittedIn, wanted, watchedBy } from './watched.ts';

const settings = {
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  publicUrl: 'https://pay.shop.example',
  edgeHeader: 'require',
  policy: { amountCheck: 'when-present', unknownOrder: 'trust' },
  accounts: [
    { provider: 'trustly-americas', account: 'demo', expectedEveryHours: 1 },
    { provider: 'trustly-europe', account: 'demo', expectedEveryHours: 24 },
    {
      provider: 'paymentwall',
      account: 'goods',
      api: 'digital_goods',
      signatureVersion: 3,
      expectedEveryHours: 6,
    },
  ],
};
const config = parseConfig(settings);
const WAIT = { timeout: 120_000, interval: 100 };
const seed = randomInt(10_000_000, 99_999_999);

let stack: LocalStack;
let store: Store;
beforeAll(async () => {
  stack = await startLocalStack({ config });
  const { endpoint, name } = stack.table;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  store = dynamoStore({
    client: new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }),
    table: name,
  });
});
afterAll(() => stack?.stop());

const emf = (): readonly EmfLine[] => emfOf(stack.functions.logs().map(({ line }) => line));
const sumOf = (metric: string): number => emf().reduce((sum, line) => sum + Number(line[metric] ?? 0), 0);
const becomes = (metric: string, atLeast = 1) =>
  expect.poll(() => sumOf(metric), WAIT).toBeGreaterThanOrEqual(atLeast);

let ids = 0;
/** A new id at each call, which no story uses. */
const newId = (): string => `9${seed}${String(++ids).padStart(2, '0')}`;

function credit(over: Readonly<Record<string, SignedJson>> = {}) {
  const account = accountOf(stack, 'trustly-europe/demo');
  const uuid = '258a2184-2842-4485-85ca-293525152425';
  const id = newId();
  const data = {
    amount: '902.50',
    currency: 'EUR',
    messageid: `order-${id}`,
    orderid: id,
    enduserid: '32123',
    notificationid: newId(),
    timestamp: '2010-01-20 14:42:04.675645+01',
    attributes: {},
    ...over,
  };
  const signed = signEurope(
    { method: 'credit', uuid, data },
    account.credentials.demo?.trustlyPrivateKey ?? '',
  );
  return {
    request: { method: 'POST', url: account.url, ...signed } as const,
    data,
    key: `trustly-europe:demo:${data.orderid}`,
  };
}

const sampleOf = (name: string) => {
  const request = sampleRequest(accountOf(stack, name));
  if (request === undefined) throw new Error(`no sample for ${name}`);
  return request;
};

/** The envelope that intake would queue. */
function envelopeOf(account: string, message: string): string {
  const digest = hashText(message);
  const keys = parseEnvelopeKeys(stack.credentials['envelope-key']);
  return JSON.stringify({
    version: 1,
    kind: 'notification',
    correlationId: `queued-${newId()}`,
    provider: 'trustly-europe',
    account,
    receivedAt: new Date().toISOString(),
    keyId: 'current',
    variant: 'sha1',
    sealed: seal(message, notificationContext('trustly-europe', account, digest), keys),
    digest,
  });
}

const invokeWith = (name: string, body: string) =>
  stack.functions.invoke(name, {
    Records: [
      {
        messageId: 'm',
        receiptHandle: 'none',
        body,
        attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:q',
        awsRegion: 'us-east-1',
      },
    ],
  });

describe('good and bad days', () => {
  it('every story of the demo without a question ends without a problem', async () => {
    for (const story of stories(seed).filter(({ poll }) => poll === undefined)) {
      const account = stack.accounts.find(({ provider }) => provider === story.provider);
      if (account === undefined) throw new Error(story.provider);
      expect((await runStory(stack, account, story)).problems).toEqual([]);
    }
  });

  it('an event Complete ends as payment.paid, and a later event Refund as payment.refunded', async () => {
    const { url, credentials } = accountOf(stack, 'trustly-americas/demo');
    const payment = newId();
    const parentObjectId = newId();
    const event = (eventType: string, status: string, statusMessage: string) => ({
      merchantId: '1002463580',
      merchantReference: `order-${payment}`,
      paymentType: '2',
      transactionType: '3',
      eventId: newId(),
      eventType,
      objectId: payment,
      objectType: 'Transaction',
      parentObjectId,
      message: '',
      timeZone: 'Etc/UTC',
      createdAt: '1701986450000',
      fiName: 'Demo Bank',
      status,
      statusMessage,
    });
    const key = credentials.current as Parameters<typeof signAmericas>[1];
    const hears = async (fields: ReturnType<typeof event>, type: string) => {
      expect((await send({ method: 'POST', url, ...signAmericas(fields, key) })).status).toBe(200);
      const payments = `trustly-americas:demo:${payment}`;
      await expect.poll(() => received(stack, payments, type).length, WAIT).toBe(1);
    };
    await hears(event('Complete', '4', 'Completed'), 'payment.paid');
    await hears(event('Refund', '12', 'Refunded'), 'payment.refunded');
  });

  it('a payment of another amount than its order ends as payment.held', async () => {
    const { request, data, key } = credit();
    const order = { reference: data.messageid, kind: 'payment', use: 'once' };
    const body = JSON.stringify({ ...order, amounts: [{ currency: 'EUR', exact: '1.00' }] });
    const headers = { 'content-type': 'application/json' };
    const registered = await send({ method: 'POST', url: `${stack.baseUrl}/checkout/orders`, headers, body });
    expect(registered.status).toBeLessThan(300);
    await send(request);
    await expect.poll(() => received(stack, key, 'payment.held').length, WAIT).toBe(1);
  });

  it('a credit with a known id and another amount counts ConflictingDuplicates', async () => {
    const first = credit();
    await send(first.request);
    await expect.poll(() => paymentOf(stack, first.key), WAIT).toBeDefined();
    await send(credit({ ...first.data, amount: '1.00' }).request);
    await becomes('ConflictingDuplicates');
  });

  it('an unreadable amount counts Quarantined; beyond 10,000 a month QuarantineOverflow, and the answer is 503', async () => {
    await send(credit({ amount: 'much' }).request);
    await becomes('Quarantined');
    const scope = { provider: 'trustly-europe', account: 'demo' } as const;
    const now = new Date().toISOString();
    const counter = quarantineCountKey(scope, now.slice(0, 7));
    await store.write([{ put: quarantineCountItem(counter, 10_000, now, 1), when: 'always' }]);
    await send(credit({ amount: 'more' }).request);
    await becomes('QuarantineOverflow');
    // The worker has reported the full quarantine, so intake answers 503 and the provider keeps the notification.
    expect((await sendOnce(credit({ amount: 'even more' }).request)).status).toBe(503);
  });

  it('a message without envelope counts Parked, and an envelope of an unknown account counts NotificationsParked', async () => {
    await stack.sqs.call('SendMessage', {
      QueueUrl: `${stack.baseUrl}/000000000000/payhooks-sandbox-notifications`,
      MessageBody: 'not ours',
    });
    await becomes('Parked');
    // An earlier configuration, which still had the account, accepted this notification.
    await invokeWith('transition-worker', envelopeOf('gone', credit().request.body));
    await becomes('NotificationsParked');
  });

  it('a second receive of the same envelope by the transition-worker counts Redelivered', async () => {
    const envelope = envelopeOf('demo', credit().request.body);
    for (let time = 0; time < 2; time++) await invokeWith('transition-worker', envelope);
    await becomes('Redelivered');
  });

  it('a failing event bus counts DeliveryRetries, and the last failed attempt counts EffectsFailed', async () => {
    stack.setFault('events', 'failing');
    const { request, key } = credit();
    await send(request);
    await becomes('DeliveryRetries', 2);
    const name = '1#fulfil';
    const item = await store.get(effectKey(key, name));
    if (item === undefined) throw new Error('no effect');
    const { effect, version } = effectOf(item);
    const { notBefore: _due, ...rest } = effect;
    const last = { effect: { ...rest, attempts: 55, state: 'queued' as const }, version: version + 1 };
    await store.write([{ put: effectItem(last, new Date().toISOString()), when: 'always' }]);
    const correlationId = `last-${seed}`;
    await invokeWith(
      'fulfilment-worker',
      JSON.stringify({ version: 1, kind: 'effect', correlationId, payment: key, effect: name }),
    );
    await becomes('EffectsFailed');
    stack.setFault('events', undefined);
  });

  it('the sweeper publishes an undelivered fulfil again and counts EffectsRepublished', async () => {
    const { request, key } = credit();
    stack.setFault('events', 'failing');
    await send(request);
    const tried = async () => {
      const item = await store.get(effectKey(key, '1#fulfil'));
      return item === undefined ? undefined : effectOf(item);
    };
    await expect.poll(async () => (await tried())?.effect.state === 'queued', WAIT).toBe(true);
    await expect.poll(async () => (await tried())?.effect.attempts ?? 0, WAIT).toBeGreaterThan(0);
    stack.setFault('events', undefined);
    const found = await tried();
    if (found === undefined) throw new Error('no effect');
    const { effect, version } = found;
    const old = new Date(Date.now() - 86_400_000).toISOString();
    await store.write([{ put: effectItem({ effect, version: version + 1 }, old), when: 'always' }]);
    await stack.runSchedule('sweeper');
    await becomes('EffectsRepublished');
  });

  it('a request without a known account is answered 404 and counts Refused with unknown_path or unknown_account', async () => {
    const { url } = accountOf(stack, 'paymentwall/goods');
    const statusOf = async (address: string) =>
      (await send({ method: 'GET', url: address, headers: {}, body: '' })).status;
    expect(await statusOf(`${url}s`)).toBe(404);
    expect(await statusOf(url.replace('/goods/', '/gods/'))).toBe(404);
    expect(await statusOf(url.replace('/paymentwall/', '/somewhere/'))).toBe(404);
    // API Gateway itself refuses the third request: no function counts it.
    await becomes('Refused', 2);
    const reasons = emf().flatMap(({ Refused, reason, account }) =>
      Refused === 1 ? [[reason, account]] : [],
    );
    expect(reasons).toContainEqual(['unknown_path', 'goods']);
    expect(reasons).toContainEqual(['unknown_account', 'unknown']);
  });

  it('a pingback is answered 503 and counts SecretFailures when the secret cannot be read', async () => {
    await stack.functions.kill('intake-paymentwall');
    stack.setFault('secrets', 'failing');
    expect((await sendOnce(sampleOf('paymentwall/goods'))).status).toBe(503);
    stack.setFault('secrets', undefined);
    await becomes('SecretFailures');
  });
});

describe('the edge in front of the stack', () => {
  const answered = async (request: Parameters<typeof send>[0]) => (await send(request)).status;
  const around = (request: Parameters<typeof send>[0], headers: Readonly<Record<string, string>> = {}) => ({
    ...request,
    headers: { ...request.headers, ...headers, [AROUND_EDGE_HEADER]: 'yes' },
  });
  const wall = (uid: string) => {
    const account = accountOf(stack, 'paymentwall/goods');
    const ref = `b${newId()}`;
    const params = [
      ...([
        ['uid', uid],
        ['goodsid', `order-${ref}`],
        ['slength', ''],
        ['speriod', ''],
      ] as const),
      ...([
        ['type', '0'],
        ['ref', ref],
      ] as const),
    ];
    return signFor(account, { provider: 'paymentwall', params }).request;
  };
  /** A change of the query string by a proxy. */
  const changed = (request: ReturnType<typeof wall>, change: (query: string) => string) => {
    const [address, query = ''] = request.url.split('?');
    return { ...request, url: `${address}?${change(query)}` };
  };

  it('a request around the edge is answered 403, and the same request through the edge 200', async () => {
    for (const name of ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods']) {
      const request = sampleOf(name);
      expect(await answered(around(request)), name).toBe(403);
      expect(await answered(around(request, { [EDGE_HEADER]: 'a'.repeat(64) })), name).toBe(403);
      // CloudFront replaces the sender's own value of the header.
      expect(await answered({ ...request, headers: { ...request.headers, [EDGE_HEADER]: 'x' } }), name).toBe(
        200,
      );
    }
    const reasons = emf().flatMap(({ Refused, reason }) => (Refused === 1 ? [reason] : []));
    expect(reasons).toEqual(expect.arrayContaining(['no_edge_header', 'wrong_edge_header']));
    const value = String(stack.credentials.edge?.current);
    expect(value).toHaveLength(64);
    expect(stack.functions.logs().filter(({ line }) => line.includes(value))).toEqual([]);
  });

  it('a request through the edge is answered 200, and 401 when the edge changes the query or drops Authorization', async () => {
    const uid = 'A+b c/ü=1&2';
    expect(await answered(wall(uid))).toBe(200);
    const fronts: Readonly<Record<string, (query: string) => string>> = {
      'a list of query strings': (query) => query.replace(/&?ref=[^&]*/, ''),
      'escapes are resolved': (query) => query.replaceAll('%2B', '+'),
      'lower case': (query) => query.toLowerCase(),
      'nothing is handed on': () => '',
    };
    for (const [name, change] of Object.entries(fronts))
      expect(await answered(changed(wall(uid), change)), name).toBe(401);
    const { Authorization: _, authorization: __, ...headers } = sampleOf('trustly-americas/demo').headers;
    expect(await answered({ ...sampleOf('trustly-americas/demo'), headers })).toBe(401);
  });

  it('the previous edge header is accepted with a remark while the secret has it, and answered 403 afterwards', async () => {
    const name = edgeSecretName('sandbox');
    const deployed = String(stack.credentials.edge?.current);
    const store = async (value: object) => {
      stack.secrets.put(name, JSON.stringify(value));
      await stack.functions.kill('intake-paymentwall');
    };
    await store({ current: 'n'.repeat(64), previous: deployed });
    expect(await answered(wall('u'))).toBe(200);
    const remarks = emf().filter(({ Remarks, reason }) => Remarks === 1 && reason === 'previous_edge_header');
    expect(remarks.length).toBeGreaterThan(0);
    await store({ current: 'n'.repeat(64) });
    expect(await answered(wall('u'))).toBe(403);
    await store({ current: deployed });
    expect(await answered(wall('u'))).toBe(200);
  });
});

describe('metrics and logs after all days', () => {
  it('every metric of Payhooks that a dashboard or an alarm names was emitted', async () => {
    await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
    await stack.runSchedule('sweeper');
    await stack.runSchedule('probe');
    const own = watchedBy(synthesizeStubs(config)).filter(({ namespace }) => namespace === 'Payhooks');
    const emitted = emittedIn(emf());
    const missing = own.filter((metric) => !emitted.has(wanted(metric)));
    expect(missing.map((metric) => `${metric.where}: ${wanted(metric)}`)).toEqual([]);
    expect(new Set(own.map(({ name }) => name)).size).toBeGreaterThan(25);
  });

  it('every accepted notification is settled exactly once, with exactly one of five results', () => {
    const lines = emf();
    const ends = ['Applied', 'Duplicates', 'ConflictingDuplicates', 'Quarantined', 'NotificationsParked'];
    const accepted = lines.filter((line) => line.Accepted === 1);
    expect(accepted.length).toBeGreaterThan(20);
    const stampOf = ({ _aws }: EmfLine) => (_aws as { readonly Timestamp: number }).Timestamp;
    for (const line of accepted) {
      const mine = lines.filter(({ correlationId }) => correlationId === line.correlationId);
      const settled = mine.filter(({ Settled }) => Settled === 1);
      // All lines have the time of the request, so that accepted and settled notifications are equal in every hour.
      expect(settled.map(stampOf), String(line.correlationId)).toEqual([stampOf(line)]);
      const became = mine.filter((each) => ends.some((name) => each[name] === 1));
      expect(became.map(stampOf), String(line.correlationId)).toEqual([stampOf(line)]);
    }
  });

  it('one correlation id leads from the request through both queues to the shop', async () => {
    const { request, key } = credit();
    const before = stack.functions.logs().length;
    await send(request);
    await expect.poll(() => received(stack, key, 'fulfil').length, WAIT).toBe(1);
    const [correlationId = ''] = received(stack, key, 'fulfil').map(
      ({ event }) => (event as { readonly correlationId: string }).correlationId,
    );
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
    const follow = () =>
      stack.functions
        .logs()
        .slice(before)
        .filter(({ line }) => line.includes(`"correlationId":"${correlationId}"`))
        .map(({ functionName }) => functionName.replace('payhooks-sandbox-', ''));
    await expect
      .poll(() => [...new Set(follow())].sort(), WAIT)
      .toEqual(['fulfilment-worker', 'intake-trustly-europe', 'transition-worker']);
    await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
  });

  it('every log line of every function has a correlation id, except for unreadable_message', () => {
    const lines = stack.functions.logs().filter(({ line }) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(100);
    // Only an unreadable message has no correlation id.
    const anonymous = lines
      .map(({ line }) => JSON.parse(line) as { correlationId?: string; reason?: string })
      .filter(({ correlationId, reason }) => correlationId === undefined && reason !== 'unreadable_message');
    expect(anonymous).toEqual([]);
  });
});
