/** The fakes of the providers' APIs: which requests they answer, and which payments they know. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ProviderFakes, pollingFakes, pollsProviders } from '../../../local/demo/fakes/index.ts';
import type { FunctionSpec } from '../../../local/template/template.ts';

const KEYS = { accessId: 'id', accessKey: 'key:with:colons', secretKey: 'secret', projectKey: 'project' };
const fakes = () =>
  new ProviderFakes({
    'trustly-americas/demo': { current: { accessId: KEYS.accessId, accessKey: KEYS.accessKey } },
    'paymentwall/goods': { current: { secretKey: KEYS.secretKey, projectKey: KEYS.projectKey } },
    'envelope-key': { current: KEYS.secretKey },
  });
const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();

describe('the fake API of Trustly Americas', () => {
  const url = 'https://fake.invalid/api/v1/transactions';
  const basic = (id: string, key: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`,
  });
  const own = basic(KEYS.accessId, KEYS.accessKey);
  const event = { objectId: '501', transactionType: '3', status: '4', merchantReference: 'order-501' };
  const intake = 'payhooks-sandbox-intake-trustly-americas';

  it('the fake of Trustly Americas answers 200 to the key of its account, and 401 to every other key', async () => {
    const { trustlyAmericas } = fakes();
    expect((await trustlyAmericas.fetch(url, { headers: own })).status).toBe(200);
    for (const headers of [{}, basic(KEYS.accessId, 'other'), basic('project', KEYS.secretKey)])
      expect((await trustlyAmericas.fetch(url, { headers })).status).toBe(401);
  });

  it('the fake of Trustly Americas has the transaction of each event that intake accepted, in clear or as base64', async () => {
    const all = fakes();
    all.accepted(intake, { body: form(event) });
    const body = Buffer.from(form({ ...event, objectId: '502', status: '12' })).toString('base64');
    all.accepted(intake, { body, isBase64Encoded: true });
    all.accepted('payhooks-sandbox-checkout', { body: form({ ...event, objectId: '503' }) });
    const get = async (id: string) => {
      const answer = await all.trustlyAmericas.fetch(`${url}/${id}`, { headers: own });
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    expect(await get('501')).toMatchObject({
      transaction: {
        status: 4,
        paid: '10.00',
        refunded: '0.00',
        payment: { merchantReference: 'order-501' },
      },
    });
    expect(await get('502')).toMatchObject({ transaction: { status: 12, refunded: '10.00' } });
    expect(await get('503')).toMatchObject({ status: 400 });
  });

  it('the fake of Trustly Americas answers also in the bare shape, with names instead of numbers', async () => {
    const { trustlyAmericas } = fakes();
    trustlyAmericas.did({ transactionId: '501', status: '4' });
    trustlyAmericas.shape = 'bare';
    const answer = await trustlyAmericas.fetch(`${url}/501`, { headers: own });
    expect(await answer.json()).toMatchObject({ status: 'Completed', transactionType: 'Capture' });
  });

  it('the fake of Trustly Americas lists transactions in pages, by time and by merchantReference', async () => {
    const { trustlyAmericas } = fakes();
    for (const transactionId of ['1', '2', '3']) trustlyAmericas.did({ transactionId });
    trustlyAmericas.maxCount = 2;
    const page = async (query: string) => {
      const answer = await trustlyAmericas.fetch(`${url}?${query}`, { headers: own });
      const listed = Object.values((await answer.json()) as Record<string, { transaction: object }>);
      return listed.map(({ transaction }) => (transaction as { transactionId: string }).transactionId);
    };
    expect(await page('startIndex=0&count=50')).toEqual(['1', '2']);
    expect(await page('startIndex=2&count=50')).toEqual(['3']);
    expect(await page('updatedAt.end=1')).toEqual([]);
    expect(await page('payment.merchantReference=order-3')).toEqual(['3']);
  });
});

describe('the fake API of Paymentwall', () => {
  const intake = 'payhooks-sandbox-intake-paymentwall';
  const signed = (fields: Readonly<Record<string, string>>, secret = KEYS.secretKey) => {
    const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = sorted.map(([name, value]) => `${name}=${value}`).join('');
    const sign = createHash('sha256').update(`${text}${secret}`).digest('hex');
    return `https://fake.invalid/api/rest/payment?${form({ ...fields, sign })}`;
  };
  const query = { key: KEYS.projectKey, ref: 'b1', sign_version: '3' };
  const pingback = (type: string) => ({ rawQueryString: form({ uid: 'u1', goodsid: 'g', type, ref: 'b1' }) });

  it('the fake of Paymentwall answers signed requests only, by ref or by uid and order', async () => {
    const all = fakes();
    all.accepted(intake, pingback('0'));
    const status = async (url: string) => (await all.paymentwall.fetch(url)).status;
    expect(await status(signed(query, 'other'))).toBe(403);
    expect(await status(signed({ ...query, key: 'nobody' }))).toBe(403);
    const found = await all.paymentwall.fetch(signed(query));
    expect(await found.json()).toMatchObject([{ id: 'b1', uid: 'u1', refunded: false, risk: 'approved' }]);
    const { ref: _, ...byOrder } = { ...query, uid: 'u1', ag_external_id: 'g' };
    expect(await (await all.paymentwall.fetch(signed(byOrder))).json()).toHaveLength(1);
  });

  it.each([
    ['2', { refunded: true }],
    ['202', { refunded: true }],
    ['200', { risk: 'pending' }],
    ['201', { risk: 'approved' }],
  ])('a pingback of type %s changes the payment in the fake of Paymentwall', async (type, expected) => {
    const all = fakes();
    all.accepted(intake, pingback('0'));
    all.accepted(intake, pingback(type));
    const found = await all.paymentwall.fetch(signed(query));
    expect(await found.json()).toMatchObject([expected]);
  });

  it('the fake of Paymentwall accepts a Delivery Confirmation of a payment that it has, with a key of a project', async () => {
    const all = fakes();
    all.paymentwall.did({ id: 'b1' });
    const report = async (key: string, payment: string) => {
      const answer = await all.paymentwall.fetch('https://fake.invalid/api/delivery', {
        ...{ method: 'POST', headers: { 'X-ApiKey': key }, body: form({ payment_id: payment }) },
      });
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    expect(await report('other', 'b1')).toMatchObject({ status: 403 });
    expect(await report(KEYS.secretKey, 'b2')).toMatchObject({ success: 0 });
    expect(await report(KEYS.secretKey, 'b1')).toMatchObject({ success: 1 });
    expect(all.paymentwall.deliveries).toEqual([{ payment_id: 'b1' }]);
  });
});

describe('a fake with a fault', () => {
  it('a fake with a fault answers 503, 429, half an answer or nothing, and counts each call', async () => {
    const { paymentwall } = fakes();
    const statusWith = async (fault: typeof paymentwall.fault) => {
      paymentwall.fault = fault;
      return (await paymentwall.fetch('https://fake.invalid/')).status;
    };
    expect([await statusWith('failing'), await statusWith('throttled'), await statusWith('garbled')]).toEqual(
      [503, 429, 200],
    );
    await expect(statusWith('down')).rejects.toThrow(TypeError);
    expect(await statusWith(undefined)).toBe(404);
    expect(paymentwall.calls).toBe(5);
  });
});

it('a function that polls providers gets the addresses of the fakes instead', () => {
  const spec = { environment: { PAYHOOKS_PROVIDER_APIS: '{}', OTHER: '1' } } as unknown as FunctionSpec;
  const urls = { 'trustly-americas': 'http://127.0.0.1:1', paymentwall: 'http://127.0.0.1:2' };
  expect(pollsProviders(spec)).toBe(true);
  expect(pollsProviders({ ...spec, environment: {} })).toBe(false);
  const { OTHER, PAYHOOKS_PROVIDER_APIS = '' } = pollingFakes(spec, urls).environment;
  expect({ OTHER, apis: JSON.parse(PAYHOOKS_PROVIDER_APIS) }).toEqual({ OTHER: '1', apis: urls });
});
