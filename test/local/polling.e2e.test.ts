/** The bundled confirmer and reconciler poll fakes of the providers' APIs on this computer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../infra/config.ts';
import { signFor } from '../../local/demo/sign.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { announce, deskAt } from '../cli/terminal.ts';
import { everything } from '../infra/everything.ts';
import { smallest, synthesizeStubs } from '../infra/support.ts';
import { emfOf, emittedIn, wanted, watchedBy } from '../operations/watched.ts';
import { accountOf, isWorkedOff, paymentOf, received, send } from './client.ts';

const PATIENCE = { timeout: 300_000 };
const AMERICAS = 'trustly-americas/shop';
const WALL = 'paymentwall/shop';

const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  // The probe must send to this computer and not to `publicUrl`.
  publicUrl: 'https://pay.shop.example',
  accounts: [
    { provider: 'trustly-europe', account: 'shop' },
    { provider: 'trustly-americas', account: 'shop', confirm: true },
    { provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3, confirm: true },
    {
      ...{ provider: 'paymentwall', account: 'boxes', api: 'digital_goods', signatureVersion: 3 },
      goods: 'physical',
      policy: { grantOn: 'authorized', unknownOrder: 'trust', amountCheck: 'when-present' },
    },
  ],
});

describe('polls of the providers', () => {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocalStack({ config });
  });
  afterAll(() => stack?.stop());

  const status = async (key: string) => (await paymentOf(stack, key))?.status;
  const order = async (reference: string, amount: string, more: object = {}) => {
    const body = JSON.stringify({
      reference,
      kind: 'payment',
      use: 'once',
      amounts: [{ currency: 'USD', exact: amount }],
      ...more,
    });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${stack.baseUrl}/checkout/orders`, { method: 'POST', headers, body });
    expect(response.status).toBeLessThan(300);
  };
  const capture = async (id: string, eventId: string, eventType: string, state: string) => {
    const fields = {
      ...{ merchantId: '1', merchantReference: `order-${id}`, paymentType: '2', transactionType: '3' },
      ...{ eventId, eventType, objectId: id, objectType: 'Transaction', status: state },
    };
    const { request } = signFor(accountOf(stack, AMERICAS), { provider: 'trustly-americas', fields });
    expect((await send(request)).status).toBe(200);
  };

  it('the probe gets the expected answers of the stack, and leaves no metric and no payment behind', async () => {
    // Trustly Europe gets only the forged request. On a busy computer the first answer may be 503; the next run tries
    // again.
    const run = async () =>
      (await stack.runSchedule('probe')).map((result) => (result.ok ? result.payload : result));
    await expect.poll(run, PATIENCE).toEqual([JSON.stringify({ sent: 7, failed: 0 })]);
    await expect.poll(() => isWorkedOff(stack), PATIENCE).toBe(true);
    const lines = stack.functions.logs().map(({ line }) => line);
    const counted = (name: string) => lines.filter((line) => line.includes(`"${name}":1`));
    for (const name of ['Accepted', 'BadSignatures', 'Refused', 'Applied', 'Settled'])
      expect(counted(name), name).toEqual([]);
    expect(await (await fetch(`${stack.baseUrl}/_local/api/payments`)).json()).toEqual([]);
  });

  it('a capture without an amount awaits confirmation during an outage of the API, and is paid after a poll', async () => {
    const key = 'trustly-americas:shop:501';
    await order('order-501', '10.00');
    stack.providers.trustlyAmericas.fault = 'failing';
    await capture('501', '5011', 'Complete', '4');
    await expect.poll(() => status(key), PATIENCE).toBe('awaiting_confirmation');
    await stack.runSchedule('confirmer');
    expect(stack.providers.trustlyAmericas.calls).toBe(1);
    expect(await status(key)).toBe('awaiting_confirmation');
    stack.providers.trustlyAmericas.fault = undefined;
    const answer = await stack.functions.invoke('reconciler', { since: '2020-01-01T00:00:00Z' });
    expect(answer).toMatchObject({ ok: true });
    await expect.poll(() => status(key), PATIENCE).toBe('paid');
    await expect.poll(() => received(stack, key, 'fulfil').length, PATIENCE).toBe(1);
  });

  const pingback = async (account: string, ref: string) => {
    const params = [
      ['uid', 'u1'],
      ['goodsid', `order-${ref}`],
      ['slength', ''],
      ['speriod', ''],
      ['type', '0'],
      ['ref', ref],
    ] as const;
    const { request } = signFor(accountOf(stack, account), { provider: 'paymentwall', params });
    expect((await send(request)).status).toBe(200);
  };

  it('a poll of Payment Status confirms the amount of a pingback, and the payment is paid', async () => {
    const key = 'paymentwall:shop:b601';
    await order('order-b601', '9.99', { endUser: 'u1' });
    await pingback(WALL, 'b601');
    await expect.poll(() => status(key), PATIENCE).toBe('awaiting_confirmation');
    const [run] = await stack.runSchedule('confirmer');
    expect(run).toMatchObject({ ok: true });
    await expect.poll(() => status(key), PATIENCE).toBe('paid');
  });

  it('the reconciler finds a missed reversal: the payment is reversed and gets one revoke', async () => {
    const key = 'trustly-americas:shop:501';
    stack.providers.trustlyAmericas.did({ transactionId: '501', status: '10' });
    const [night] = await stack.runSchedule('reconciler');
    expect(night).toMatchObject({ ok: true });
    await expect.poll(() => status(key), PATIENCE).toBe('reversed');
    await expect.poll(() => received(stack, key, 'revoke').length, PATIENCE).toBe(1);
  });

  it('payhooks reconcile --dry-run reads the providers, and stores and queues nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'payhooks-asking-'));
    announce(folder, stack);
    stack.providers.trustlyAmericas.did({ transactionId: '777', status: '4' });
    const { code, out, err } = await deskAt(folder).run(['reconcile', '--dry-run']);
    rmSync(folder, { recursive: true });
    expect(err).not.toContain('failed');
    expect(out).toContain('Nothing was stored or queued.');
    expect(out).toContain(AMERICAS);
    expect(code).toBe(0);
    expect(await status('trustly-americas:shop:777')).toBeUndefined();
  });

  it('the confirmer sends a shipping report to Paymentwall, and the payment is paid', async () => {
    const key = 'paymentwall:boxes:b701';
    await pingback('paymentwall/boxes', 'b701');
    await expect.poll(() => status(key), PATIENCE).toBe('authorized');
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
    await expect.poll(() => status(key), PATIENCE).toBe('paid');
    expect(
      stack.functions
        .logs()
        .map(({ line }) => line)
        .join(),
    ).not.toContain('somebody@');
  });

  it('every metric that alarms and dashboards of polling accounts name is emitted', () => {
    const own = (of: Config) =>
      watchedBy(synthesizeStubs(of)).filter(({ namespace }) => namespace === 'Payhooks');
    const names = (of: Config) => new Set(own(of).map(({ name }) => name));
    // test/operations proves that the metrics of every stack are emitted.
    const usual = names(parseConfig(smallest));
    const more = own(config).filter(({ name }) => !usual.has(name));
    expect(new Set(more.map(({ name }) => name)).size).toBe(11);
    const emitted = emittedIn(emfOf(stack.functions.logs().map(({ line }) => line)));
    expect(more.map(wanted).filter((name) => !emitted.has(name))).toEqual([]);
    // No other configuration has a metric that is in neither test.
    const seen = new Set([...usual, ...names(config)]);
    expect([...names(parseConfig(everything))].filter((name) => !seen.has(name))).toEqual([]);
  });
});
