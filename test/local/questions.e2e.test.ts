/** Questions of Trustly Europe through the whole stack: HTTP, the bundle, the table, the merchant, the worker. */

import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { houseRules } from '../../local/demo/decider.ts';
import { checkReply, type Json, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, isWorkedOff, paymentOf, received, send, sendOnce } from './client.ts';

const decision = { url: 'https://shop.example/decide' };
const trustly = { provider: 'trustly-europe' };
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { ...trustly, account: 'plain', policy: { unknownOrder: 'trust' } },
    { ...trustly, account: 'bank', withdrawals: true, kyc: true, decision, replyAlgorithm: 'RS256' },
  ],
});

let stack: LocalStack;
let next = 7_000_000_000;
const id = () => String(next++);

beforeAll(async () => {
  stack = await startLocalStack({ config });
});
afterAll(() => stack?.stop());

interface Sent {
  readonly status: number;
  readonly data?: Readonly<Record<string, Json>>;
  readonly algorithm?: string;
  readonly milliseconds: number;
}

/** Signs as Trustly does, and verifies the answer as Trustly would. */
async function notify(
  method: string,
  data: Readonly<Record<string, Json>>,
  account = 'bank',
  how = send,
): Promise<Sent> {
  const { url, credentials } = accountOf(stack, `trustly-europe/${account}`);
  const uuid = `258a2184-2842-b485-25ca-${String(data.notificationid).padStart(12, '0')}`;
  const key = credentials.demo?.trustlyPrivateKey ?? '';
  const reply = await how({ method: 'POST', url, ...signNotification({ method, uuid, data }, key) });
  const { status, milliseconds } = reply;
  if (status !== 200) return { status, milliseconds };
  const merchant = createPublicKey((credentials.current as { privateKey: string }).privateKey)
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const check = checkReply(reply.body, { method, uuid }, merchant);
  if (!check.accepted) throw new Error(check.problem);
  return { status, data: check.data, algorithm: check.algorithm, milliseconds };
}

/** Sends once, for tests that expect 503. */
const notifyOnce: typeof notify = (method, data, account) => notify(method, data, account, sendOnce);

const TIMESTAMP = '2026-11-20 14:42:04.675645+01';

/** A withdrawal of 100 EUR, registered before the merchant would call Trustly. */
async function withdrawal(change: object = {}) {
  const reference = `withdrawal-${id()}`;
  const orderid = id();
  const order = {
    ...{ reference, kind: 'withdrawal', provider: 'trustly-europe', account: 'bank', endUser: 'user-1' },
    amounts: [{ currency: 'EUR', exact: '100.00' }],
    ...change,
  };
  const register = async () => {
    const body = JSON.stringify(order);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${stack.baseUrl}/checkout/orders`, { method: 'POST', headers, body })).status).toBe(
      201,
    );
  };
  const about = { messageid: reference, orderid, enduserid: 'user-1', timestamp: TIMESTAMP };
  const money = { amount: '100.00', currency: 'EUR' };
  const debit = { ...about, ...money, notificationid: id(), attributes: {} };
  return { register, reference, debit, about, money, payment: `trustly-europe:bank:${orderid}` };
}

const status = async (payment: string) => (await paymentOf(stack, payment))?.status;
const settles = (payment: string, expected: string) =>
  expect.poll(() => status(payment), { timeout: 300_000 }).toBe(expected);
const questionsAbout = (notificationid: string) =>
  stack.decider.asked.filter((question) => question.id.endsWith(`:${notificationid}`));

describe('the question debit of a withdrawal', () => {
  it('debit answered OK: every copy gets OK, the decision hook is asked once, and the payout makes the payment paid', async () => {
    const { register, reference, debit, about, money, payment } = await withdrawal();
    await register();
    const first = await notify('debit', debit);
    expect(first).toMatchObject({ status: 200, data: { status: 'OK' }, algorithm: 'RS256' });
    expect((await notify('debit', debit)).data).toEqual({ status: 'OK' });
    expect(questionsAbout(debit.notificationid)).toMatchObject([
      { asks: 'debit', orderReference: reference, amount: '100.00', currency: 'EUR', endUser: 'user-1' },
    ]);
    expect(stack.decider.refused).toBe(0);
    await settles(payment, 'processing');
    expect(await notify('payoutconfirmation', { ...about, ...money, notificationid: id() })).toMatchObject({
      data: { status: 'OK' },
    });
    await settles(payment, 'paid');
    expect(received(stack, payment, 'balance.restore')).toEqual([]);
  });

  it('debit answered FAILED: the answer stays FAILED, the payment is denied, and a later cancel changes nothing', async () => {
    const { register, debit, about, payment } = await withdrawal({
      amounts: [{ currency: 'EUR', open: true }],
    });
    await register();
    const large = { ...debit, amount: '1000.01' };
    expect((await notify('debit', large)).data).toEqual({ status: 'FAILED' });
    stack.decider.rule = () => ({ status: 'OK' });
    expect((await notify('debit', large)).data).toEqual({ status: 'FAILED' });
    stack.decider.rule = houseRules;
    expect(questionsAbout(debit.notificationid)).toHaveLength(1);
    await settles(payment, 'denied');
    await notify('cancel', { ...about, notificationid: id() });
    await expect.poll(() => isWorkedOff(stack), { timeout: 300_000 }).toBe(true);
    expect(await status(payment)).toBe('denied');
    expect(received(stack, payment, 'balance.restore')).toEqual([]);
  });

  it('a withdrawal that fails after debit was answered OK gets one balance.restore', async () => {
    const { register, debit, about, money, payment } = await withdrawal();
    await register();
    await notify('debit', debit);
    await notify('credit', { ...about, ...money, notificationid: id(), attributes: {} });
    await settles(payment, 'failed');
    await expect
      .poll(() => received(stack, payment, 'balance.restore'), { timeout: 300_000 })
      .toMatchObject([{ copies: 1 }]);
  });

  it('debit before its order is answered 503 without a question, and OK after the order is registered', async () => {
    const { register, debit, payment } = await withdrawal();
    expect(await notifyOnce('debit', debit)).toMatchObject({ status: 503 });
    expect(questionsAbout(debit.notificationid)).toEqual([]);
    await register();
    expect((await notify('debit', debit)).data).toEqual({ status: 'OK' });
    await settles(payment, 'processing');
  });

  it.each(['silent', 'down', 'failing'] as const)(
    'a decision hook that is %s: debit is answered 503 in time, never OK',
    async (fault) => {
      const { register, debit, payment } = await withdrawal();
      await register();
      stack.setFault('decider', fault);
      const sent = await notifyOnce('debit', debit);
      expect(sent.status).toBe(503);
      expect(sent.milliseconds).toBeLessThan(2_900);
      stack.setFault('decider', undefined);
      expect((await notify('debit', debit)).data).toEqual({ status: 'OK' });
      await settles(payment, 'processing');
    },
  );

  it('SQS fails after the decision OK: debit is answered 503, then OK without a second question to the hook', async () => {
    const { register, debit, payment } = await withdrawal();
    await register();
    stack.setFault('sqs', 'failing');
    expect((await notifyOnce('debit', debit)).status).toBe(503);
    stack.setFault('sqs', undefined);
    expect((await notify('debit', debit)).data).toEqual({ status: 'OK' });
    expect(questionsAbout(debit.notificationid)).toHaveLength(1);
    await settles(payment, 'processing');
  });

  it('DynamoDB fails: debit is answered 503, and the decision hook is not asked', async () => {
    const { register, debit } = await withdrawal();
    await register();
    stack.setFault('dynamodb', 'failing');
    expect((await notifyOnce('debit', debit)).status).toBe(503);
    stack.setFault('dynamodb', undefined);
    expect(questionsAbout(debit.notificationid)).toEqual([]);
  });
});

describe('debit of a deposit in an account with withdrawals', () => {
  it('debit of a deposit is answered OK without the decision hook, and the payment is reversed', async () => {
    const { register, debit, about, money, payment } = await withdrawal({ kind: 'payment' });
    await register();
    await notify('credit', { ...about, ...money, notificationid: id(), attributes: {} });
    await settles(payment, 'paid');
    expect((await notify('debit', debit)).data).toEqual({ status: 'OK' });
    await settles(payment, 'reversed');
    expect(questionsAbout(debit.notificationid)).toEqual([]);
  });
});

describe('the question kyc', () => {
  const person = {
    ...{ personid: 'SE196512171957', firstname: 'Joe', lastname: 'Johnson', dob: '1965-12-17' },
    ...{ street: 'Street 10', zipcode: '11253', city: 'STOCKHOLM', country: 'Sweden' },
  };
  const kyc = (attributes: Readonly<Record<string, Json>>, more = {}) => ({
    ...{ orderid: id(), messageid: `deposit-${id()}`, notificationid: id(), kycentityid: 'entity-1' },
    attributes,
    ...more,
  });

  it('kyc of an adult is answered CONTINUE with the merchant’s limit, equal in every copy', async () => {
    const data = kyc(person);
    const limited = { status: 'CONTINUE', limit: '500.00' };
    expect((await notify('kyc', data)).data).toEqual(limited);
    stack.decider.rule = () => ({ status: 'CONTINUE', limit: '9999' });
    expect((await notify('kyc', data)).data).toEqual(limited);
    stack.decider.rule = houseRules;
    expect(questionsAbout(data.notificationid)).toMatchObject([{ kyc: { attributes: person } }]);
  });

  it('kyc of a minor is answered FINISH, and an abort is answered FINISH without the decision hook', async () => {
    const minor = kyc({ ...person, dob: '2020-01-01' });
    expect((await notify('kyc', minor)).data).toEqual({ status: 'FINISH' });
    for (const data of [kyc({}, { abort: '1', abortmessage: 'underage' }), kyc({ abort: '1' })]) {
      expect((await notify('kyc', data)).data).toEqual({ status: 'FINISH' });
      expect(questionsAbout(data.notificationid)).toEqual([]);
    }
  });

  it('the logs have no personal data of a kyc question', () => {
    const logs = stack.functions.logs().map(({ line }) => line);
    expect(logs.length).toBeGreaterThan(0);
    for (const value of ['SE196512171957', 'Johnson', 'Street 10', '1965-12-17']) {
      expect(logs.filter((line) => line.includes(value))).toEqual([]);
    }
  });
});

describe('the routes of the intakes of Trustly Europe', () => {
  it('an account without questions is answered OK by the intake without a table while DynamoDB fails', async () => {
    const deposit = {
      orderid: id(),
      messageid: 'm',
      notificationid: id(),
      enduserid: 'u',
      timestamp: TIMESTAMP,
    };
    const debit = { ...deposit, amount: '1', currency: 'EUR' };
    stack.setFault('dynamodb', 'failing');
    expect((await notify('debit', debit, 'plain')).data).toEqual({ status: 'OK' });
    stack.setFault('dynamodb', undefined);
  });

  it('a path with an encoded account name is a 404, and a GET of an intake is a 405', async () => {
    const { url, credentials } = accountOf(stack, 'trustly-europe/bank');
    const data = { messageid: 'm', orderid: id(), notificationid: id() };
    const signed = signNotification(
      { method: 'cancel', uuid: '258a2184-2842-b485-25ca-293525152425', data },
      credentials.demo?.trustlyPrivateKey ?? '',
    );
    // Decoded, the path has the account's name and matches the route with a parameter.
    const disguised = url.replace('/bank/', '/b%61nk/');
    expect((await send({ method: 'POST', url: disguised, ...signed })).status).toBe(404);
    expect((await send({ method: 'GET', url, headers: {} })).status).toBe(405);
  });
});
