/** The example clients for merchants, against the local stack, which verifies their signatures. */
import { execFile, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, Payhooks, PayhooksError } from '../../examples/client-node/payhooks.ts';
import { parseConfig } from '../../infra/config.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({
    config: parseConfig({
      environment: 'sandbox',
      target: { type: 'eventbridge' },
      policy: { amountCheck: 'when-present' },
      accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
    }),
  });
});
afterAll(() => stack?.stop());

const region = 'eu-west-1';
const order = (reference: string, exact = '12.00') => ({ reference, amounts: [{ currency: 'EUR', exact }] });
const forged = (): Credentials => ({ ...stack.awsCredentials, secretAccessKey: 'x'.repeat(40) });

describe('the TypeScript client', () => {
  const client = (credentials: Credentials = stack.awsCredentials) =>
    new Payhooks({ apiUrl: stack.baseUrl, region, credentials: async () => credentials });

  it('the TypeScript client may register an order twice, and its second close changes nothing', async () => {
    expect(await client().registerOrder(order('ts-1'))).toMatchObject({ reference: 'ts-1' });
    expect(await client().registerOrder(order('ts-1'))).toMatchObject({ reference: 'ts-1' });
    const change = { reference: 'ts-1', action: 'close', note: 'cart abandoned' } as const;
    expect(await client().changeOrder(change)).toMatchObject({ state: 'closed', changed: true });
    expect(await client().changeOrder(change)).toMatchObject({ state: 'closed', changed: false });
  });

  it('the TypeScript client rejects a refund of an unknown payment with PayhooksError and status 404', async () => {
    const refund = { reference: 'r-1', payment: 'paymentwall:goods:b1', amount: '1.00', currency: 'EUR' };
    const error = await client()
      .registerRefund(refund)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PayhooksError);
    expect(error).toMatchObject({ status: 404 });
  });

  it('the TypeScript client gets 403 for an order that another key signed, and the order is not registered', async () => {
    await expect(client(forged()).registerOrder(order('ts-2'))).rejects.toMatchObject({ status: 403 });
    // A registered order would refuse other content under its reference.
    expect(await client().registerOrder(order('ts-2', '13.00'))).toMatchObject({ reference: 'ts-2' });
  });
});

const python = spawnSync('python3', ['--version']).status === 0;
describe.skipIf(!python)(`the Python client${python ? '' : ' (skipped: no python3 on the PATH)'}`, () => {
  const file = resolve(import.meta.dirname, '../../examples/client-python/payhooks.py');
  const run = (words: readonly string[], { accessKeyId, secretAccessKey }: Credentials) =>
    new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((done) => {
      const env = {
        ...process.env,
        PAYHOOKS_API_URL: stack.baseUrl,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      execFile('python3', [file, ...words], { env }, (error, out, err) =>
        done({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  it('the Python client registers an order, and prints 409 for another order of the same reference', async () => {
    const registered = await run(['py-1', '12.00', 'EUR'], stack.awsCredentials);
    expect(registered).toMatchObject({ code: 0, err: expect.stringMatching(/^(?:Stack: local :.*\n)?$/) });
    expect(JSON.parse(registered.out)).toMatchObject({ reference: 'py-1' });
    const other = await run(['py-1', '13.00', 'EUR'], stack.awsCredentials);
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other.err).toMatch(/^409: /);
  });

  it('the Python client prints 403 for an order that another key signed', async () => {
    expect((await run(['py-2', '12.00', 'EUR'], forged())).err).toMatch(/^403: /);
  });
});
