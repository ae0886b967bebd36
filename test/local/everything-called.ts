/** Makes the functions call AWS in every way that their roles allow. */
import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { queueUrl } from '../../local/aws/sqs.ts';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import { signFor } from '../../local/demo/sign.ts';
import type { LocalStack } from '../../local/stack.ts';
import { effectKey } from '../../shared/app/table/keys.ts';
import { confirmItem, effectItem, effectOf } from '../../shared/app/table/rows.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import { engineClient } from '../support/table.ts';
import { accountOf, isWorkedOff, paymentOf, received, send } from './client.ts';

const PATIENCE = { timeout: 300_000, interval: 50 };
const AMERICAS = 'trustly-americas/shop';

type Fields = Readonly<Record<string, string>>;

export async function playEverything(stack: LocalStack): Promise<void> {
  await checkoutAndRedirect(stack);
  await questions(stack);
  await confirmations(stack);
  await shipments(stack);
  await sendToQuarantine(stack);
  await registerOrderAfterPayment(stack);
  await sweepOverdueRows(stack);
  await causeFailures(stack);
}

async function post(stack: LocalStack, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const reply = await send({
    ...{ method: 'POST', url: `${stack.baseUrl}/checkout/${path}`, headers },
    body: JSON.stringify(body),
  });
  expect(reply.status, reply.body).toBeLessThan(300);
  return JSON.parse(reply.body);
}

const order = (stack: LocalStack, reference: string, amount: string, more: object = {}) =>
  post(stack, 'orders', { reference, amounts: [{ currency: 'USD', exact: amount }], ...more });

const keyOf = (stack: LocalStack) =>
  accountOf(stack, AMERICAS).credentials.current as { readonly accessId: string; readonly accessKey: string };

const americas = async (stack: LocalStack, fields: Fields) => {
  const { url } = accountOf(stack, AMERICAS);
  const signed = signAmericas({ objectType: 'Transaction', ...fields }, keyOf(stack));
  expect((await send({ method: 'POST', url, ...signed })).status).toBe(200);
};

const becomes = (stack: LocalStack, key: string, status: string) =>
  expect.poll(async () => (await paymentOf(stack, key))?.status, PATIENCE).toBe(status);

async function checkoutAndRedirect(stack: LocalStack): Promise<void> {
  const establish = { paymentType: 'Deferred', customer: { name: 'A Shopper' } };
  const made = (await order(stack, 'o-1', '902.50', {
    provider: 'trustly-americas',
    account: 'shop',
    establish,
  })) as {
    readonly establishData: { readonly merchantReference: string; readonly returnUrl: string };
  };
  const { merchantReference, returnUrl } = made.establishData;
  const query = new URLSearchParams({
    ...{ transactionId: '1001', transactionType: '1', merchantReference, status: '2' },
    ...{ 'payment.paymentType': '2', 'payment.account.verified': 'true', panel: '1' },
  }).toString();
  const signature = createHmac('sha1', keyOf(stack).accessKey)
    .update(`${returnUrl}?${query}`)
    .digest('base64');
  // The signature is over the public address; the request goes to this computer.
  const here = returnUrl.replace(/^https:\/\/[^/]+/, stack.baseUrl);
  const url = `${here}?${query}&requestSignature=${encodeURIComponent(signature)}&instantPayoutAvail=true`;
  expect((await send({ method: 'GET', url, headers: {} })).status).toBe(303);
  const about = { merchantReference, createdAt: '1701986450064', paymentType: '2' };
  await americas(stack, {
    ...{
      ...about,
      eventId: '9001',
      eventType: 'Authorize',
      objectId: '1001',
      transactionType: '1',
      status: '2',
    },
    ...{ fiName: 'Demo Bank', paymentProviderType: 'PWMB', accountVerified: 'true', splitToken: 'a-token' },
  });
  await becomes(stack, 'trustly-americas:shop:1001', 'authorized');
}

async function questions(stack: LocalStack): Promise<void> {
  await order(stack, 'w-1', '100.00', {
    ...{ kind: 'withdrawal', provider: 'trustly-europe', account: 'bank', endUser: 'user-1' },
    amounts: [{ currency: 'EUR', exact: '100.00' }],
  });
  const timestamp = '2026-11-20 14:42:04.675645+01';
  const about = { messageid: 'w-1', orderid: '7001', enduserid: 'user-1', timestamp };
  const { url, credentials } = accountOf(stack, 'trustly-europe/bank');
  const data = { ...about, amount: '100.00', currency: 'EUR', notificationid: '7002', attributes: {} };
  const uuid = '258a2184-2842-b485-25ca-000000007002';
  const signed = signEurope({ method: 'debit', uuid, data }, credentials.demo?.trustlyPrivateKey ?? '');
  expect((await send({ method: 'POST', url, ...signed })).status).toBe(200);
  await becomes(stack, 'trustly-europe:bank:7001', 'processing');
}

const pingback = async (stack: LocalStack, account: string, ref: string) => {
  const params = [
    ...[['uid', 'u1'] as const, ['goodsid', `order-${ref}`] as const, ['slength', ''] as const],
    ...[['speriod', ''] as const, ['type', '0'] as const, ['ref', ref] as const],
  ];
  const { request } = signFor(accountOf(stack, account), { provider: 'paymentwall', params });
  expect((await send(request)).status).toBe(200);
};

async function confirmations(stack: LocalStack): Promise<void> {
  await order(stack, 'order-501', '10.00');
  await americas(stack, {
    ...{ merchantReference: 'order-501', paymentType: '2', transactionType: '3', eventId: '5011' },
    ...{ eventType: 'Complete', objectId: '501', status: '4', createdAt: '1701986450064' },
  });
  await becomes(stack, 'trustly-americas:shop:501', 'awaiting_confirmation');
  await stack.runSchedule('confirmer');
  await becomes(stack, 'trustly-americas:shop:501', 'paid');
  await expect.poll(() => received(stack, 'trustly-americas:shop:501', 'fulfil').length, PATIENCE).toBe(1);
  stack.providers.trustlyAmericas.did({ transactionId: '501', status: '10' });
  await stack.runSchedule('reconciler');
  await becomes(stack, 'trustly-americas:shop:501', 'reversed');
}

async function shipments(stack: LocalStack): Promise<void> {
  await pingback(stack, 'paymentwall/boxes', 'b701');
  await becomes(stack, 'paymentwall:boxes:b701', 'authorized');
  const delivery = {
    ...{ status: 'delivering', merchantReference: 'order-b701', refundable: true },
    estimatedDeliveryAt: new Date(Date.now() + 86_400_000).toISOString(),
    carrier: { type: 'UPS', trackingId: 'T1' },
    shippingAddress: {
      ...{ email: 'somebody@example.com', country: 'US', city: 'C', zip: '1', state: 'S' },
      ...{ street: 'X', phone: '1', firstname: 'Somebody', lastname: 'L' },
    },
  };
  const detail = { account: 'boxes', ref: 'b701', delivery };
  const kept = await stack.functions.invoke('confirmer', { 'detail-type': 'delivery.reported', detail });
  expect(kept).toMatchObject({ ok: true, payload: '"kept"' });
  await stack.runSchedule('confirmer');
  await becomes(stack, 'paymentwall:boxes:b701', 'paid');
  await stack.runSchedule('sweeper');
}

/** A genuine notification outside the schema: intake reads whether the quarantine is full. */
async function sendToQuarantine(stack: LocalStack): Promise<void> {
  await americas(stack, { eventId: '9100', eventType: 'Complete', transactionType: '3' });
  const { url, credentials } = accountOf(stack, 'trustly-europe/plain');
  const uuid = '258a2184-2842-b485-25ca-000000009100';
  const key = credentials.demo?.trustlyPrivateKey ?? '';
  const signed = signEurope(
    { method: 'credit', uuid, data: { notificationid: '9100', orderid: '9101' } },
    key,
  );
  expect((await send({ method: 'POST', url, ...signed })).status).toBe(200);
  const params = [['uid', 'u1'] as const, ['type', 'x'] as const, ['ref', 'b9100'] as const];
  const { request } = signFor(accountOf(stack, 'paymentwall/boxes'), { provider: 'paymentwall', params });
  expect((await send(request)).status).toBe(200);
  await expect.poll(() => isWorkedOff(stack), PATIENCE).toBe(true);
}

/** The payment comes before its order: the registration of the order makes the worker derive the payment anew. */
async function registerOrderAfterPayment(stack: LocalStack): Promise<void> {
  const key = 'paymentwall:shop:b800';
  await pingback(stack, 'paymentwall/shop', 'b800');
  await expect.poll(async () => (await paymentOf(stack, key))?.holds.length, PATIENCE).toBe(1);
  await order(stack, 'order-b800', '9.99', { endUser: 'u1' });
  await becomes(stack, key, 'awaiting_confirmation');
  await stack.runSchedule('confirmer');
  await becomes(stack, key, 'paid');
  await order(stack, 'order-closed', '1.00');
  await post(stack, 'orders/changes', { reference: 'order-closed', action: 'close', note: 'a note' });
}

/** Writes overdue rows directly into the table: an effect, an answered question, a payment to derive anew. */
async function sweepOverdueRows(stack: LocalStack): Promise<void> {
  const payment = 'trustly-americas:shop:501' as PaymentKey;
  await expect.poll(() => received(stack, payment, 'revoke').length, PATIENCE).toBe(1);
  const { endpoint, name: table } = stack.table;
  const client = engineClient(endpoint);
  const store = dynamoStore({ client, table });
  const found = await store.get(effectKey(payment, '1#revoke'));
  if (found === undefined) throw new Error('no revoke');
  const { effect } = effectOf(found);
  const past = '2020-01-01T00:00:00.000Z';
  const second = { name: '2#fulfil', type: 'fulfil', epoch: 2, id: `${payment}#2#fulfil` };
  // No delivery of this `fulfil` has begun. The transaction for the revoke has a condition check on that.
  const fulfil = { ...effect, ...second, state: 'superseded' as const, attempts: 0 };
  const open = { ...effect, state: 'queued' as const };
  const planted = await store.write([
    { put: effectItem({ effect: fulfil, version: 1 }, past), when: 'absent' },
    {
      put: effectItem({ effect: open, version: (found.version ?? 0) + 1 }, past),
      when: { versionIs: found.version ?? 0 },
    },
    { put: confirmItem({ payment, attempts: 1 }, 1_000, past), when: 'always' },
  ]);
  expect(planted).toEqual({ ok: true });
  client.destroy();
  await stack.runSchedule('sweeper');
  await stack.runSchedule('confirmer');
  await stack.runSchedule('probe');
  await expect.poll(() => isWorkedOff(stack), PATIENCE).toBe(true);
}

/** A message that is retried, and a message that can never succeed. After this step the queues are never empty. */
async function causeFailures(stack: LocalStack): Promise<void> {
  for (const name of Object.keys(await stack.queues()).filter((each) => !each.endsWith('dlq'))) {
    await stack.sqs.call('SendMessage', { QueueUrl: queueUrl(name), MessageBody: 'no message of ours' });
  }
  await expect.poll(() => isWorkedOff(stack), PATIENCE).toBe(true);
  stack.setFault('events', 'failing');
  await pingback(stack, 'paymentwall/boxes', 'b900');
  const hasCalled = (functionName: string, action: string) =>
    stack.authorizer.evaluations.some(
      ({ question }) => question.principal.sessionName.endsWith(functionName) && question.action === action,
    );
  await expect.poll(() => hasCalled('fulfilment-worker', 'sqs:ChangeMessageVisibility'), PATIENCE).toBe(true);
  stack.setFault('dynamodb', 'failing');
  // The worker delays a message from its third receive on, which takes minutes. So the test invokes the worker with a
  // ninth receive.
  const record = {
    ...{ messageId: 'm-1', receiptHandle: 'none', body: 'no message of ours', messageAttributes: {} },
    attributes: { ApproximateReceiveCount: '9' },
    ...{ md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:x:1:q', awsRegion: 'x' },
  };
  await stack.functions.invoke('transition-worker', { Records: [record] });
  expect(hasCalled('transition-worker', 'sqs:ChangeMessageVisibility')).toBe(true);
  stack.setFault('dynamodb', undefined);
  stack.setFault('events', undefined);
}
