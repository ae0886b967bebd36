/** The page's request for every action of the console, against the whole stack on this computer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectionTo } from '../../cli/connect.ts';
import { envelopeKeysOf } from '../../cli/deps.ts';
import { EXIT } from '../../cli/problem.ts';
import type {
  ActionName,
  ActionResult,
  Actions,
  ApiError,
  Capabilities,
  DashboardDetail,
  DeadLettersView,
  FaultsView,
  HoldsView,
  OrderDetail,
  PaymentDetail,
  PaymentsView,
  QuarantineView,
  RequestDetail,
  RequestsView,
  SentResult,
  UndeliveredView,
} from '../../console/contract.ts';
import { queueUrl } from '../../local/aws/sqs.ts';
import type { LocalStack } from '../../local/stack.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import { seal } from '../../shared/app/platform/seal.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import { quarantineItem } from '../../shared/app/table/rows.ts';
import {
  copies,
  failFulfil,
  newRef,
  paid,
  pingback,
  pingbackQuery,
  settled,
  startStack,
  WAIT,
} from '../cli/stack.ts';
import { deskAt } from '../cli/terminal.ts';
import { type CloudWatchFake, cloudWatchFake } from './cloudwatch-fake.ts';
import { ACTIONS } from './console-bench.ts';

let stack: LocalStack;
let token: string;
beforeAll(async () => {
  stack = await startStack();
  token = (await view<Capabilities>('capabilities')).token;
});
afterAll(() => stack?.stop());

const NOTE = { by: 'ada', note: 'a test' };
const QUEUE = queueUrl('payhooks-sandbox-notifications');
const DEAD = queueUrl('payhooks-sandbox-notifications-dlq');

async function view<T>(path: string): Promise<T> {
  const response = await fetch(`${stack.baseUrl}/_local/api/v1/${path}`);
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  return JSON.parse(text) as T;
}

const tried = new Set<string>();

async function post<N extends ActionName>(name: N, body: Actions[N]) {
  tried.add(name);
  const response = await fetch(`${stack.baseUrl}/_local/api/v1/actions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-payhooks-token': token },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as ActionResult & { error?: string } };
}

async function act<N extends ActionName>(name: N, body: Actions[N]): Promise<ActionResult> {
  const answer = await post(name, body);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { done: true } });
  return answer.body;
}

/** The stack's table and secrets, as the command line reaches them. */
const reached = () => connectionTo(stack, undefined, '');

/** Pays, writes the state `failed` into the fulfil, and returns the id of the fulfil. */
async function givenUp(): Promise<string> {
  const key = await paid(stack, { ref: newRef() });
  return failFulfil(reached().store, key);
}

const payment = (key: string) => view<PaymentDetail>(`payments/${encodeURIComponent(key)}`);
const held = (goods = `order-${newRef()}`) => paid(stack, { ref: newRef(), account: 'strict', goods });

async function holdOf(key: string) {
  const found = (await view<HoldsView>('holds')).held.find((each) => each.payment === key);
  const [hold] = found?.holds ?? [];
  if (hold === undefined) throw new Error(`${key} is not held`);
  return { payment: key, ...hold };
}

describe('a held payment', () => {
  it('a held payment that is released gets one fulfil, and its timeline names operator and note', async () => {
    const key = await held();
    await act('release', { ...(await holdOf(key)), ...NOTE });
    await settled(stack, key);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(1);
    const { timeline, received = [] } = await payment(key);
    expect(timeline).toContainEqual(expect.objectContaining({ what: 'release', ...NOTE }));
    expect(received.map(({ type }) => type)).toContain('fulfil');
  });

  it('a held payment that is rejected gets no fulfil, and an answer with another digest gets 409', async () => {
    const key = await held();
    const hold = await holdOf(key);
    const stale = await post('reject', { ...hold, digest: 'f'.repeat(32), ...NOTE });
    expect(stale).toMatchObject({ status: 409, body: { error: expect.stringMatching(/./) } });
    await act('reject', { ...hold, ...NOTE });
    await settled(stack, key);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(0);
  });
});

describe('a payment that waits', () => {
  const processing = async (): Promise<string> => {
    const { result } = await act('trigger', { story: 'trustly-americas/Process' });
    const key = `trustly-americas:demo:${(result as { readonly id: string }).id}`;
    await settled(stack, key);
    return key;
  };
  const digestOf = async (key: string) => (await payment(key)).waiting?.digest ?? '';

  it('a waiting payment is confirmed with a sum, and a sum that cannot be read gets 400', async () => {
    const key = await processing();
    const wrong = { payment: key, digest: await digestOf(key), paid: '12,00 EURO', ...NOTE };
    expect(await post('confirm', wrong)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^Paid "12,00 EURO": allowed is an amount and a currency/) },
    });
    await act('confirm', { payment: key, digest: await digestOf(key), paid: '12.00 EUR', ...NOTE });
    expect((await payment(key)).money.moved).toEqual([{ amount: '12.00', currency: 'EUR' }]);
  });

  it('a waiting payment that is rejected waits for nothing any more', async () => {
    const key = await processing();
    await act('reject-payment', { payment: key, digest: await digestOf(key), ...NOTE });
    expect((await payment(key)).waiting).toBeUndefined();
  });
});

it('fault switches a fault of a service on and off', async () => {
  const faults = async () =>
    (await view<FaultsView>('faults')).services.flatMap(({ service, fault }) =>
      fault === null ? [] : [[service, fault]],
    );
  await act('fault', { service: 'events', fault: 'down' });
  expect(await faults()).toEqual([['events', 'down']]);
  await act('fault', { service: 'events', fault: null });
  expect(await faults()).toEqual([]);
});

it('redeliver sends one given-up event, redeliver-failed sends the others, and an unknown event gets 404', async () => {
  const events = [await givenUp(), await givenUp(), await givenUp()];
  const [first = '', ...others] = events;
  const undelivered = async () =>
    (await view<UndeliveredView>('undelivered')).events.map(({ id }) => id).sort();
  await expect.poll(undelivered, WAIT).toEqual(events.toSorted());
  await act('redeliver', { event: first, ...NOTE });
  await expect.poll(() => copies(stack, first), WAIT).toBe(2);
  await expect.poll(undelivered, WAIT).toEqual(others.toSorted());
  await act('redeliver-failed', NOTE);
  for (const event of others) await expect.poll(() => copies(stack, event), WAIT).toBe(2);
  await expect.poll(undelivered, WAIT).toEqual([]);
  const unknown = await post('redeliver', { event: `${first.split('#')[0]}#9#fulfil`, ...NOTE });
  expect(unknown.status).toBe(404);
});

describe('messages that wait for an operator', () => {
  const letters = async () => (await view<DeadLettersView>('dead-letters')).letters;

  it('a dead letter is redriven, a parked message is discarded, and a message that is gone gets 404', async () => {
    for (const [url, body] of [
      [DEAD, 'neither JSON nor ours'],
      [QUEUE, 'not ours either'],
    ] as const) {
      await stack.sqs.call('SendMessage', { QueueUrl: url, MessageBody: body });
    }
    await expect.poll(async () => (await letters()).length, WAIT).toBe(2);
    const dead = (await letters()).find(({ from }) => from === 'dead-letter queue');
    await act('redrive', { ids: [dead?.id ?? ''], ...NOTE });
    const parked = async () => (await letters()).filter(({ from }) => from === 'parked');
    await expect.poll(async () => (await parked()).length, WAIT).toBe(2);
    for (const { id } of await parked()) await act('discard-parked', { id, ...NOTE });
    expect(await letters()).toEqual([]);
    const gone = await post('discard-parked', { id: dead?.id ?? '', ...NOTE });
    expect(gone.status).toBe(404);
  });

  it('an ambiguous message in quarantine is not applied by quarantine-apply, and can be discarded', async () => {
    const kept = async () => (await view<QuarantineView>('quarantine')).messages;
    const ref = newRef();
    // The signature is also valid for goodsid "gold" and is_test "1": the pingback is genuine and ambiguous.
    expect((await pingback(stack, { ref, goods: 'goldis_test=1' })).status).toBe(200);
    await expect.poll(async () => (await kept()).length, WAIT).toBe(1);
    const [message] = await kept();
    expect(message).toMatchObject({ today: 'unreadable', reason: 'ambiguous' });
    const id = message?.id ?? '';
    const applied = await post('quarantine-apply', { ids: [id], ...NOTE });
    expect(applied).toMatchObject({ status: 200, body: { done: false } });
    await act('quarantine-discard', { id, ...NOTE });
    expect(await kept()).toEqual([]);
  });

  it('a message in quarantine that today’s code can read is applied by quarantine-apply', async () => {
    const [ref, connection] = [newRef(), reached()];
    const scope = { provider: 'paymentwall', account: 'goods' } as const;
    const [message, keys] = [pingbackQuery(stack, { ref }), await envelopeKeysOf(connection)(false)];
    const digest = hashText(message);
    // As a version that could not read it has left it.
    const row = {
      ...{ reason: 'unreadable', digest, variant: 'v3', correlationId: `aside-${ref}` },
      sealed: seal(message, notificationContext(scope.provider, scope.account, digest), keys),
      receivedAt: new Date().toISOString(),
      keyId: 'current' as const,
    };
    await connection.store.write([{ put: quarantineItem(scope, digest, row, 400), when: 'absent' }]);
    // After an action the console reads the quarantine anew.
    await act('fault', { service: 'events', fault: null });
    const found = async () =>
      (await view<QuarantineView>('quarantine')).messages.find((each) => each.digest === digest);
    await expect.poll(async () => (await found())?.today, WAIT).toBe('readable');
    const { id = '' } = (await found()) ?? {};
    await act('quarantine-apply', { ids: [id], ...NOTE });
    const key = `paymentwall:goods:${ref}`;
    await expect.poll(() => copies(stack, `${key}#1#fulfil`), WAIT).toBe(1);
    expect((await payment(key)).payment.status).toBe('paid');
  });
});

it('rederive is a dry run first, and apply: true without an operator note gets 400', async () => {
  const key = await paid(stack, { ref: newRef() });
  const before = (await payment(key)).payment.version;
  const dry = await act('rederive', { payments: [key] });
  expect(dry.result).toMatchObject({ dryRun: true, examined: 1, changed: [] });
  expect((await post('rederive', { payments: [key], apply: true } as Actions['rederive'])).status).toBe(400);
  expect((await act('rederive', { payments: [key], apply: true, ...NOTE })).result).toMatchObject({
    dryRun: false,
  });
  expect((await payment(key)).payment.version).toBe(before);
});

it('an order is closed and reopened with by and note in its ledger, and an old version gets 409', async () => {
  const reference = `order-${newRef()}`;
  const order = JSON.stringify({ reference, amounts: [{ currency: 'EUR', exact: '12.50' }] });
  const registered = await fetch(`${stack.baseUrl}/checkout/orders`, { method: 'POST', body: order });
  expect(registered.ok).toBe(true);
  await act('close-order', { reference, ...NOTE });
  expect((await view<OrderDetail>(`orders/${reference}`)).order?.state).toBe('closed');
  const stale = await post('reopen-order', { reference, version: 1, ...NOTE });
  expect(stale.status).toBe(409);
  await act('reopen-order', { reference, version: 2, ...NOTE });
  expect(await view<OrderDetail>(`orders/${reference}`)).toMatchObject({
    order: { state: 'open' },
    ledger: [{ what: 'close', ...NOTE }, { what: 'reopen' }],
  });
});

it('reconcile gets 404 in a stack whose providers are not polled', async () => {
  expect(await post('reconcile', { dryRun: true })).toMatchObject({ status: 404 });
});

it('a kept request sent again is a duplicate, and with one changed field is refused as wrong_signature', async () => {
  const { result } = await act('trigger', { story: 'paymentwall/regular', account: 'goods' });
  const { id } = result as { readonly id: string };
  const found = async () => (await view<PaymentsView>(`payments?q=${id}`)).payments;
  await expect.poll(async () => (await found()).length, WAIT).toBe(1);
  const [shown] = await found();
  await settled(stack, shown?.payment ?? '');
  const { timeline } = await payment(shown?.payment ?? '');
  const notification = timeline.find((moment) => moment.what === 'notification');
  const correlationId = notification?.what === 'notification' ? (notification.correlationId ?? '') : '';
  const detail = await view<RequestDetail>(`requests/${correlationId}`);
  expect(detail.payments).toEqual([shown?.payment]);
  expect(detail.request).toMatchObject({ status: '200', kept: true, ms: expect.any(Number) });
  const fields = detail.content?.fields ?? [];
  expect(fields.find(({ name }) => name === 'sig')?.value).toBe('not shown');
  expect((await act('send-again', { correlationId })).result).toMatchObject({
    answers: [{ status: 200, settledAs: 'duplicate', payment: shown?.payment }],
    isExpected: true,
  });
  const changed = { correlationId, field: 'goodsid', value: 'diamonds' };
  const refused = (await act('send-changed', changed)).result as SentResult;
  expect(refused).toMatchObject({
    answers: [{ status: 401, reason: 'wrong_signature' }],
    says: 'Refused, as it should be: 401, reason wrong_signature.',
  });
  const again = await view<RequestDetail>(`requests/${refused.answers[0]?.correlationId}`);
  expect(again).toMatchObject({
    request: { summary: { id: `b${id}`, verified: false } },
    named: { payments: [shown?.payment] },
  });
  await expect
    .poll(async () => (await view<RequestsView>('requests?status=401')).requests[0]?.reason, WAIT)
    .toBe('wrong_signature');
  expect((await post('send-changed', { ...changed, field: 'nothing' })).status).toBe(404);
  expect((await post('send-again', { correlationId: 'nothing' })).status).toBe(404);
});

it('the engineering dashboard shows the accepted notifications that the functions counted', async () => {
  const { widgets } = await view<DashboardDetail>('dashboards/engineering');
  const answers = widgets.find(({ title }) => title === 'Answers by account and outcome');
  const series = answers?.series.find(({ label }) => label === 'paymentwall goods accepted');
  expect(series?.points.reduce((sum, [, value]) => sum + value, 0)).toBeGreaterThan(0);
});

it('the business dashboard computes "Accepted and not settled" from several metrics, with nothing unsettled', async () => {
  const unsettled = async () => {
    // The range of a stack that is a week old: without `from` the dashboard of a young stack begins with the stack.
    const from = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const { widgets } = await view<DashboardDetail>(`dashboards/business?from=${from}`);
    const notes = widgets.flatMap(({ note }) => note ?? []);
    expect(notes.filter((note) => note.includes('expression'))).toEqual([]);
    const { series = [] } = widgets.find(({ title }) => title.startsWith('Accepted and not settled')) ?? {};
    return series.map(({ points }) => points.map(([, value]) => value));
  };
  // A message that the worker receives twice counts twice in Settled, so an hour may settle more than it accepts.
  await expect.poll(async () => Math.max(...(await unsettled()).flat()), WAIT).toBeLessThanOrEqual(0);
  const [hours = [], ...others] = await unsettled();
  expect(others).toEqual([]);
  expect(hours.length).toBeGreaterThan(7 * 24 - 2);
});

describe('an error of AWS in the console of a deployed stack', () => {
  let fake: CloudWatchFake;
  let folder: string;
  beforeAll(async () => {
    fake = await cloudWatchFake(stack);
    folder = mkdtempSync(join(tmpdir(), 'payhooks-console-refused-'));
    const config = {
      ...{ environment: 'sandbox', target: { type: 'eventbridge' } },
      accounts: [{ provider: 'trustly-europe', account: 'demo' }],
    };
    writeFileSync(join(folder, 'sandbox.json'), JSON.stringify(config));
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', fake.url);
    vi.stubEnv('AWS_ENDPOINT_URL', stack.awsEndpoint);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', stack.awsCredentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', stack.awsCredentials.secretAccessKey);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await fake?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const words = (...named: readonly string[]) => [
    ...['console', ...named, '--config', join(folder, 'sandbox.json')],
  ];

  /** The answer of a view while the change that `during` makes is in force. */
  async function answerOf(path: string, during: () => unknown = () => {}) {
    const running = deskAt(folder).start(words('--stack', 'PayhooksSandbox'));
    const url = () => /http:\S+/.exec(running.printed.out)?.[0] ?? running.printed.err;
    await expect.poll(url, WAIT).toMatch(/^http:/);
    await during();
    const response = await fetch(`${url()}api/v1/${path}`);
    const body = (await response.json()) as ApiError;
    await running.stop();
    return { status: response.status, ...body };
  }

  it('payhooks console says to add --stack NAME when no stack is named and no local stack runs', async () => {
    expect(await deskAt(folder).run(words())).toMatchObject({
      code: EXIT.usage,
      err: expect.stringMatching(/--stack is missing\.\nNext: Add --stack NAME/),
    });
    expect(await deskAt(folder).run(['console'])).toMatchObject({
      code: EXIT.unreachable,
      err: expect.stringMatching(/^No local stack is running\.\nNext: .*name a deployed stack with --stack/),
    });
    expect(await deskAt(folder).run(['console', '--stack'])).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('--stack'),
    });
  });

  it('payhooks console says to check AWS_PROFILE and AWS_REGION when no stack has the name', async () => {
    expect(await deskAt(folder).run(words('--stack', 'PayhooksNone'))).toMatchObject({
      code: EXIT.notFound,
      err: expect.stringMatching(
        /^There is no stack PayhooksNone in this AWS account and region\.\nNext: Check AWS_PROFILE and AWS_REGION/,
      ),
    });
  });

  it('payhooks console says to sign in again when the AWS session has expired before the start', async () => {
    fake.expired.add(stack.awsCredentials.accessKeyId);
    const result = await deskAt(folder).run(words('--stack', 'PayhooksSandbox'));
    fake.expired.clear();
    expect(result).toMatchObject({
      code: EXIT.unreachable,
      err: expect.stringMatching(/^AWS got no valid credentials from you: .*expired\nNext: .*sign in again/),
    });
  });

  it('a view answers 503 and says to sign in again when AWS does not know the credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAOFANOTHERACCOUNT');
    const refused = await answerOf('holds');
    vi.stubEnv('AWS_ACCESS_KEY_ID', stack.awsCredentials.accessKeyId);
    expect(refused).toMatchObject({
      status: 503,
      error: expect.stringMatching(/^AWS got no valid credentials from you: /),
      next: expect.stringMatching(/sign in again .* the page goes on by itself/),
    });
  });

  it('a view answers 502 "The table is busy" while DynamoDB throttles, and 200 afterwards', async () => {
    const refused = await answerOf('holds', () => act('fault', { service: 'dynamodb', fault: 'throttled' }));
    await act('fault', { service: 'dynamodb', fault: null });
    expect(refused).toMatchObject({
      status: 502,
      error: expect.stringMatching(/^The table is busy: /),
      next: expect.stringMatching(
        /^The page asks again by itself\. An action that was refused can be repeated/,
      ),
    });
    expect(await answerOf('holds')).toMatchObject({ status: 200 });
  });
});

it('every action of the console is tried by a test of this file', () => {
  expect([...tried].sort()).toEqual(Object.keys(ACTIONS).sort());
});
