/** One attempt to pay through the whole local stack: order, signed establishData, redirects, events, vault. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { signNotification } from '../../local/demo/senders/trustly-americas.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOnFile } from '../../shared/app/transition/account-on-file.ts';
import { openSplitToken, splitTokenSecret } from '../../shared/app/transition/split-token.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { requestSignature } from '../../shared/providers/trustly-americas/establish.ts';
import { secretsOf } from '../support/secrets.ts';
import { engineClient } from '../support/table.ts';
import { accountOf, paymentOf, read, received, send } from './client.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateJwk = privateKey.export({ format: 'jwk' });
const { d: _, ...publicJwk } = privateJwk;
const page = (name: string) => `https://shop.example/${name}`;
const CANARY = 'CANARY+token/value=';
const WAIT = { timeout: 120_000, interval: 50 };

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({
    config: parseConfig({
      environment: 'sandbox',
      target: { type: 'eventbridge' },
      policy: { amountCheck: 'when-present' },
      accounts: [
        {
          provider: 'trustly-americas',
          account: 'shop',
          splitTokenKey: publicJwk,
          checkout: {
            merchantId: '1002463580',
            pages: {
              pending: page('pending'),
              confirmed: page('thanks'),
              selection: page('checkout'),
              declined: page('declined'),
            },
          },
        },
      ],
    }),
    credentials: { 'split-token-key': { current: privateJwk } },
  });
});
afterAll(() => stack?.stop());

type Data = Readonly<
  Record<'merchantReference' | 'returnUrl' | 'cancelUrl' | 'notificationUrl' | 'requestSignature', string>
>;

const keyOf = (): { accessId: string; accessKey: string } =>
  accountOf(stack, 'trustly-americas/shop').credentials.current as never;

async function checkout(reference: string): Promise<Data> {
  const reply = await send({
    method: 'POST',
    url: `${stack.baseUrl}/checkout/orders`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      reference,
      amounts: [{ currency: 'USD', exact: '902.50' }],
      provider: 'trustly-americas',
      account: 'shop',
      establish: {
        paymentType: 'Deferred',
        customer: { name: 'Canary Shopper', email: 'canary@shop.example' },
      },
    }),
  });
  expect(reply.status, reply.body).toBe(201);
  return (JSON.parse(reply.body) as { establishData: Data }).establishData;
}

function signedRedirect(url: string, fields: Record<string, string>): string {
  const query = new URLSearchParams(fields).toString();
  const signature = createHmac('sha1', keyOf().accessKey).update(`${url}?${query}`).digest('base64');
  return `${url}?${query}&requestSignature=${encodeURIComponent(signature)}&instantPayoutAvail=true`;
}

const visit = (url: string) => send({ method: 'GET', url, headers: {} });
const notify = (url: string, fields: Record<string, string>) =>
  send({ method: 'POST', url, ...signNotification({ objectType: 'Transaction', ...fields }, keyOf()) });

describe('an attempt to pay', () => {
  const authorization = '1002633191';
  const capture = '1002633200';
  let data: Data;

  it('the server signs establishData with the access key of the account', async () => {
    data = await checkout('e2e-1');
    const { requestSignature: signature, ...signed } = data;
    expect(signature).toBe(requestSignature(signed, keyOf().accessKey));
    expect(data.returnUrl.startsWith(`${stack.baseUrl}/trustly/americas/shop/return/`)).toBe(true);
    expect(data.notificationUrl).toBe(accountOf(stack, 'trustly-americas/shop').url);
  });

  it('the return redirect of a pending payment leads to the pending page at every refresh, and grants nothing', async () => {
    const address = signedRedirect(data.returnUrl, {
      transactionId: authorization,
      transactionType: '1',
      merchantReference: data.merchantReference,
      status: '2',
      'payment.paymentType': '2',
      'payment.account.verified': 'true',
      panel: '1',
    });
    for (let n = 0; n < 3; n += 1) {
      const reply = await visit(address);
      expect(reply.status).toBe(303);
      expect(reply.headers.location).toBe(`${page('pending')}?order=e2e-1`);
    }
    expect((await visit(address.replace('status=2', 'status=4'))).status).toBe(401);
    expect(stack.shop.list()).toEqual([]);
  });

  it('an Authorize event with accountVerified stores the account on file and the splitToken of the authorization', async () => {
    const reply = await notify(data.notificationUrl, {
      eventId: '9001',
      eventType: 'Authorize',
      objectId: authorization,
      transactionType: '1',
      paymentType: '2',
      status: '2',
      merchantReference: data.merchantReference,
      createdAt: '1701986450064',
      fiName: 'Demo Bank',
      paymentProviderType: 'PWMB',
      accountVerified: 'true',
      splitToken: CANARY,
    });
    expect(reply.status).toBe(200);
    const key = `trustly-americas:shop:${authorization}`;
    await expect.poll(() => received(stack, key, 'account.received').length, WAIT).toBe(1);
    expect(await paymentOf(stack, key)).toMatchObject({ status: 'authorized', orderReference: 'e2e-1' });

    const { endpoint, name: table } = stack.table;
    const client = engineClient(endpoint);
    const store = dynamoStore({ client, table, vault: 'payhooks-sandbox-vault' });
    const scope = { provider: 'trustly-americas', account: 'shop' } as const;
    expect(await accountOnFile(store, scope, authorization)).toMatchObject({
      orderReference: 'e2e-1',
      account: { bankName: 'Demo Bank', provider: 'PWMB', verified: true },
      complete: true,
    });
    const secrets = secretsOf({ [splitTokenSecret('sandbox').name]: { current: privateJwk } });
    const opening = { store, secrets, environment: 'sandbox' } as const;
    expect(await openSplitToken({ account: 'shop', transactionId: authorization }, opening)).toBe(CANARY);
    client.destroy();
    expect(await read(stack, 'accounts-on-file')).toMatchObject([
      { transactionId: authorization, source: 'event' },
      { transactionId: authorization, source: 'redirect' },
    ]);
  });

  it('the Complete event of a capture makes the payment paid, with one fulfil', async () => {
    await notify(data.notificationUrl, {
      eventId: '9002',
      eventType: 'Complete',
      objectId: capture,
      parentObjectId: authorization,
      transactionType: '3',
      paymentType: '2',
      status: '4',
      merchantReference: data.merchantReference,
      createdAt: '1701986460064',
    });
    const key = `trustly-americas:shop:${capture}`;
    await expect.poll(() => received(stack, key, 'fulfil').length, WAIT).toBe(1);
    expect(await paymentOf(stack, key)).toMatchObject({ status: 'paid', orderReference: 'e2e-1' });
  });
});

describe('an attempt to pay that is cancelled or declined', () => {
  it('the cancel redirect leads to the selection page, with a message code only when the signature verifies', async () => {
    const data = await checkout('e2e-2');
    expect((await visit(`${data.cancelUrl}?status=2&requestSignature=x`)).headers.location).toBe(
      page('checkout'),
    );
    const fields = {
      transactionId: '1002633300',
      merchantReference: data.merchantReference,
      status: '7',
      'payment.paymentProviderTransaction.status': 'UC12',
    };
    const reply = await visit(signedRedirect(data.cancelUrl, fields));
    expect(reply.headers.location).toBe(`${page('checkout')}?order=e2e-2&message=try_another_bank`);
  });

  it('the cancel redirect of a declined attempt leads to the declined page with a message code', async () => {
    const data = await checkout('e2e-3');
    const fields = {
      transactionId: '1002633400',
      merchantReference: data.merchantReference,
      status: '8',
      'payment.paymentProviderTransaction.status': 'SW021',
    };
    const reply = await visit(signedRedirect(data.cancelUrl, fields));
    expect(reply.headers.location).toBe(`${page('declined')}?order=e2e-3&message=not_enough_funds`);
  });
});

it('the checkout logs no personal data and no splitToken, and sends neither to the shop', () => {
  const logs = stack.functions.logs().map(({ line }) => line);
  const texts = [...logs, JSON.stringify(stack.shop.list())].join('\n');
  for (const word of ['Canary', 'canary@', 'CANARY', 'requestSignature']) expect(texts).not.toContain(word);
});
