/** The whole stack, from a signed request to the event at the shop. All tests of the file share one stack. */
import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { QueueDepth } from '../../local/aws/sqs.ts';
import { type SignedRequest, sampleRequest } from '../../local/demo/samples.ts';
import { checkReply, signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import {
  accountOf,
  isWorkedOff,
  type PaymentView,
  paymentOf,
  read,
  received,
  send,
  sendOnce,
} from './client.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
});
afterAll(() => stack?.stop());

const sample = (account: string): SignedRequest => {
  const request = sampleRequest(accountOf(stack, account));
  if (request === undefined) throw new Error(`no sample for ${account}`);
  return request;
};

const WAIT = { timeout: 120_000, interval: 50 };
/** Intake's own deadline is half a second shorter, since a busy computer needs some of the time. */
const PROVIDER_WAITS_MS = 3_000;

/** The key of the sample's payment: each provider has the id in another field. */
function paymentKeyOf(account: string, { url, body = '' }: SignedRequest): string {
  const [provider, name] = account.split('/');
  const id =
    provider === 'trustly-americas'
      ? new URLSearchParams(body).get('objectId')
      : provider === 'trustly-europe'
        ? JSON.parse(body).params.data.orderid
        : new URL(url).searchParams.get('ref');
  return `${provider}:${name}:${id}`;
}

async function becomes(key: string, status: string): Promise<PaymentView> {
  await expect.poll(async () => (await paymentOf(stack, key))?.status, WAIT).toBe(status);
  return (await paymentOf(stack, key)) as PaymentView;
}

/** Waits until every effect is delivered and no notification is on its way. */
async function settles(key: string): Promise<void> {
  await expect
    .poll(async () => (await paymentOf(stack, key))?.effects.map(({ state }) => state), WAIT)
    .toSatisfy((states: string[] | undefined) => states?.every((state) => state === 'delivered') === true);
  await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
}

const ACCOUNTS = [
  'trustly-americas/demo',
  'trustly-europe/demo',
  'paymentwall/goods',
  'paymentwall/goods-v2',
  'paymentwall/goods-v1',
  'paymentwall/coins',
  'paymentwall/coins-v2',
  'paymentwall/coins-v1',
  'paymentwall/cart',
  'paymentwall/cart-v3',
];

describe('a signed notification', () => {
  it.each(ACCOUNTS)('a signed notification of %s becomes a paid payment with one fulfil', async (account) => {
    const request = sample(account);
    const reply = await send(request);
    expect(reply.status).toBe(200);
    if (account.startsWith('paymentwall/')) expect(reply.body).toBe('OK');

    const key = paymentKeyOf(account, request);
    const payment = await becomes(key, 'paid');
    await settles(key);
    expect(payment.holds).toEqual([]);
    expect(received(stack, key, 'fulfil')).toMatchObject([{ id: `${key}#1#fulfil`, copies: 1, via: 'bus' }]);
    expect(payment.timeline.some(({ what }) => what === 'notification')).toBe(true);
  });

  it('the answer to Trustly Europe is signed so that Trustly accepts the answer', async () => {
    const account = accountOf(stack, 'trustly-europe/demo');
    const request = sample('trustly-europe/demo');
    const { params, method } = JSON.parse(request.body ?? '');
    const { privateKey } = account.credentials.current as { privateKey: string };
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    const reply = await send(request);
    expect(checkReply(reply.body, { method, uuid: params.uuid }, publicKey)).toMatchObject({
      accepted: true,
      data: { status: 'OK' },
    });
  });
});

describe('duplicates', () => {
  it.each(['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'])(
    'twelve copies of a notification of %s are all answered 200, and cause one fulfil',
    async (account) => {
      const request = sample(account);
      const replies = await Promise.all(Array.from({ length: 12 }, () => send(request)));
      expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
      const key = paymentKeyOf(account, request);
      await becomes(key, 'paid');
      await settles(key);
      expect(received(stack, key, 'fulfil')).toHaveLength(1);
      expect(received(stack, key, 'payment.paid')).toHaveLength(1);
    },
  );
});

describe('the answers to refused requests', () => {
  const payments = async () => (await read<PaymentView[]>(stack, 'payments'))?.length;
  const americas = () => sample('trustly-americas/demo');
  const europe = () => sample('trustly-europe/demo');
  const goods = () => sample('paymentwall/goods');

  const bad: readonly [name: string, status: number, make: () => SignedRequest][] = [
    ['an unknown account', 404, () => ({ ...americas(), url: americas().url.replace('demo', 'nobody') })],
    ['an unknown path', 404, () => ({ ...americas(), url: `${stack.baseUrl}/trustly/americas/demo` })],
    ['GET instead of POST', 405, () => ({ method: 'GET', url: americas().url, headers: {} })],
    ['POST instead of GET', 405, () => ({ ...goods(), method: 'POST', body: 'x' })],
    [
      'Americas: no signature',
      401,
      () => ({ ...americas(), headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
    [
      'Americas: a changed field',
      401,
      () => ({ ...americas(), body: americas().body?.replace('status=4', 'status=5') ?? '' }),
    ],
    [
      "Americas: another account's key",
      401,
      () => ({
        ...americas(),
        headers: { ...americas().headers, authorization: 'Basic bm9ib2R5OnNpZ25hdHVyZQ==' },
      }),
    ],
    ['Americas: broken escapes', 400, () => ({ ...americas(), body: 'eventId=%E0%A4%A' })],
    ['Americas: no body', 401, () => ({ ...americas(), body: '' })],
    ['Europe: no JSON', 400, () => ({ ...europe(), body: '{' })],
    [
      'Europe: a changed amount',
      401,
      () => ({ ...europe(), body: europe().body?.replace('902.50', '902.51') ?? '' }),
    ],
    ['Europe: a truncated body', 400, () => ({ ...europe(), body: europe().body?.slice(0, 200) ?? '' })],
    [
      'Europe: another version',
      400,
      () => ({ ...europe(), body: europe().body?.replace('"1.1"', '"2.0"') ?? '' }),
    ],
    [
      'Europe: no uuid',
      400,
      () => ({ ...europe(), body: europe().body?.replace(/"uuid":"[^"]+"/, '"uuid":"x"') ?? '' }),
    ],
    ['Paymentwall: no query', 401, () => ({ ...goods(), url: goods().url.split('?')[0] ?? '' })],
    [
      'Paymentwall: a changed user',
      401,
      () => ({ ...goods(), url: goods().url.replace(/uid=[^&]+/, 'uid=thief') }),
    ],
    ['Paymentwall: no signature', 401, () => ({ ...goods(), url: goods().url.replace(/&?sig=[^&]+/, '') })],
    ['a body over 64 KB', 413, () => ({ ...americas(), body: 'a'.repeat(64 * 1024 + 1) })],
  ];

  it.each(bad)('%s: the answer is %i, and no payment is written', async (_, status, make) => {
    const before = await payments();
    const reply = await send(make());
    expect(reply.status).toBe(status);
    expect(await isWorkedOff(stack)).toBe(true);
    expect(await payments()).toBe(before);
  });

  it('an account that checks source addresses answers 401 to an address that Paymentwall does not publish', async () => {
    const request = sample('paymentwall/goods-checked');
    const from = (address: string) =>
      send({ ...request, headers: { ...request.headers, 'x-payhooks-local-source-ip': address } });
    expect((await from('192.0.2.1')).status).toBe(401);
    expect((await from('216.127.71.25')).status).toBe(200);
  });

  it('a verified notification without its content type is answered 200', async () => {
    const request = europe();
    const { 'content-type': _, ...headers } = request.headers as Record<string, string>;
    expect((await send({ ...request, headers })).status).toBe(200);
  });

  it('an authentic notification of an unknown method is answered 200 and causes no fulfil', async () => {
    const { demo } = accountOf(stack, 'trustly-europe/demo').credentials;
    const uuid = '258a2184-2842-4485-85ca-293525152425';
    const data = { orderid: '7000000001', messageid: 'm', notificationid: '7000000002' };
    const signed = signEurope({ method: 'brandnew', uuid, data }, demo?.trustlyPrivateKey ?? '');
    const reply = await send({ method: 'POST', url: europe().url, ...signed });
    expect(reply.status).toBe(200);
    await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
    expect(received(stack, 'trustly-europe:demo:7000000001', 'fulfil')).toEqual([]);
  });
});

describe('a failing service of AWS', () => {
  afterEach(() => {
    for (const service of ['sqs', 'secrets', 'events', 'dynamodb'] as const)
      stack.setFault(service, undefined);
  });

  it.each(['silent', 'down', 'failing'] as const)(
    'SQS %s: the answer is 503 within the time the provider waits, and the retry causes one fulfil',
    async (fault) => {
      const request = sample('paymentwall/goods');
      stack.setFault('sqs', fault);
      const refused = await sendOnce(request);
      expect(refused.status).toBe(503);
      expect(refused.milliseconds).toBeLessThan(PROVIDER_WAITS_MS);
      stack.setFault('sqs', undefined);
      expect((await send(request)).status).toBe(200);
      const key = paymentKeyOf('paymentwall/goods', request);
      await becomes(key, 'paid');
      await settles(key);
      expect(received(stack, key, 'fulfil')).toHaveLength(1);
    },
  );

  it('a silent Secrets Manager before any secret is cached: the answer is 503, and the retry succeeds', async () => {
    await stack.functions.kill('intake-trustly-americas');
    const request = sample('trustly-americas/demo');
    stack.setFault('secrets', 'silent');
    const refused = await sendOnce(request);
    expect(refused.status).toBe(503);
    expect(refused.milliseconds).toBeLessThan(PROVIDER_WAITS_MS);
    stack.setFault('secrets', undefined);
    expect((await send(request)).status).toBe(200);
    await becomes(paymentKeyOf('trustly-americas/demo', request), 'paid');
  });

  it('Secrets Manager down after the secret is cached: the answer is 200', async () => {
    const request = sample('paymentwall/goods');
    expect((await send(request)).status).toBe(200);
    stack.setFault('secrets', 'down');
    expect((await send(sample('paymentwall/goods'))).status).toBe(200);
  });

  it('each call of AWS throttled at its first try: the answer is 200, or 503 and a retry; one fulfil each', async () => {
    for (const service of ['sqs', 'secrets', 'events', 'dynamodb'] as const) stack.setFault(service, 'busy');
    const accounts = ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'];
    const requests = accounts.flatMap((account) =>
      [0, 1, 2].map(() => ({ account, request: sample(account) })),
    );
    await Promise.all(
      requests.map(async ({ request }) => {
        let answer = await sendOnce(request);
        for (let again = 0; answer.status !== 200 && again < 20; again++) {
          // A provider sends again after a 503.
          expect(answer.status).toBe(503);
          expect(answer.milliseconds).toBeLessThan(PROVIDER_WAITS_MS);
          answer = await sendOnce(request);
        }
        expect(answer.status).toBe(200);
        expect(answer.milliseconds).toBeLessThan(PROVIDER_WAITS_MS);
      }),
    );
    for (const { account, request } of requests) {
      const key = paymentKeyOf(account, request);
      await becomes(key, 'paid');
      await settles(key);
      expect(received(stack, key, 'fulfil')).toMatchObject([{ id: `${key}#1#fulfil`, copies: 1 }]);
    }
    const depths = await stack.queues();
    expect(Object.values(depths).map(({ dlq }) => dlq?.visible ?? 0)).toEqual(
      Object.values(depths).map(() => 0),
    );
  });

  it('DynamoDB down: the answer is 200, and the notification is applied when DynamoDB works again', async () => {
    const request = sample('trustly-europe/demo');
    stack.setFault('dynamodb', 'down');
    expect((await send(request)).status).toBe(200);
    stack.setFault('dynamodb', undefined);
    const key = paymentKeyOf('trustly-europe/demo', request);
    await becomes(key, 'paid');
  });
});

describe('a merchant’s order', () => {
  it('POST /checkout/orders registers an order', async () => {
    const reference = `checkout-${Date.now()}`;
    const reply = await send({
      method: 'POST',
      url: `${stack.baseUrl}/checkout/orders`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        reference,
        kind: 'payment',
        amounts: [{ currency: 'EUR', exact: '902.50' }],
        use: 'once',
      }),
    });
    expect(reply.status, reply.body).toBeLessThan(300);
    const orders = (await read<{ reference: string }[]>(stack, 'orders')) ?? [];
    expect(orders.map((order) => order.reference)).toContain(reference);
  });
});

describe('the inspection under /_local', () => {
  it('/_local/api/queues shows queues with their dead-letter queues', async () => {
    const queues = (await read<Record<string, QueueDepth>>(stack, 'queues')) ?? {};
    const sources = Object.values(queues).filter(({ dlq }) => dlq !== undefined);
    expect(sources).toHaveLength(2);
    for (const { dlq } of sources) expect(queues).toHaveProperty([dlq?.name ?? '']);
  });

  it('an unknown path or payment under /_local/api is not found, and DELETE is answered 405', async () => {
    expect(await read(stack, 'payments/trustly-europe%3Ademo%3A1')).toBeUndefined();
    expect(await read(stack, 'secrets')).toBeUndefined();
    const reply = await fetch(`${stack.baseUrl}/_local/api/payments`, { method: 'DELETE' });
    expect(reply.status).toBe(405);
  });

  it('the console under /_local loads nothing from another host', async () => {
    const page = await fetch(`${stack.baseUrl}/_local/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    // Names of XML namespaces are the only URLs on the page.
    expect((await page.text()).replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    for (const file of ['page.css', 'page.js']) {
      expect((await fetch(`${stack.baseUrl}/_local/${file}`)).status).toBe(200);
    }
  });

  it('the answers under /_local/api have no secret', async () => {
    const texts = await Promise.all(
      ['payments', 'orders', 'fulfilments', 'queues', 'accounts'].map(async (path) =>
        (await fetch(`${stack.baseUrl}/_local/api/${path}`)).text(),
      ),
    );
    for (const { credentials } of stack.accounts) {
      for (const secret of Object.values(credentials.current as Record<string, string>)) {
        if (secret.startsWith('demo-')) continue;
        for (const text of texts) expect(text).not.toContain(secret);
      }
    }
  });
});

it('the demo shop received every effect of the tests above once', () => {
  expect(stack.shop.list().filter(({ copies }) => copies > 1)).toEqual([]);
});

it('no log has a field value or a signature of a notification', () => {
  const logs = stack.functions
    .logs()
    .map(({ line }) => line)
    .join('\n');
  // Values of the samples: a name of a bank, users, signatures.
  for (const word of ['Demo Bank', 'Demo+Bank', 'shopper-7', 'thief', 'sig='])
    expect(logs).not.toContain(word);
});
