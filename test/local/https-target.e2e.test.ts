/** The HTTPS target: the merchant's endpoint with signatures of Standard Webhooks, on the second DynamoDB engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleRequest } from '../../local/demo/samples.ts';
import { configFrom } from '../../local/project.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { announce, deskAt } from '../cli/terminal.ts';
import { whySkipped } from '../support/engines.ts';
import { accountOf, send } from './client.ts';

const missing = whySkipped('dynamodb-local');

const WAIT = { timeout: 120_000, interval: 50 };

describe.skipIf(missing !== undefined)(`an HTTPS target, on DynamoDB Local ${missing ?? ''}`, () => {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocalStack({
      config: { ...configFrom(), target: { type: 'https', url: 'https://shop.example/payhooks' } },
      engine: 'dynamodb-local',
    });
  });
  afterAll(() => stack?.stop());

  it.each(['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'])(
    'an HTTPS target receives the fulfil of %s once, with a valid signature',
    async (account) => {
      const request = sampleRequest(accountOf(stack, account));
      if (request === undefined) throw new Error(`no sample for ${account}`);
      expect((await send(request)).status).toBe(200);
      const fulfils = () =>
        stack.shop
          .list()
          .filter(({ type, payment }) => type === 'fulfil' && payment.startsWith(account.replace('/', ':')));
      await expect.poll(fulfils, { timeout: 300_000 }).toMatchObject([{ via: 'endpoint', copies: 1 }]);
      expect(stack.shop.refused).toBe(0);
    },
  );

  it('a target that answers 410 gets no retry, and after its repair the redelivered fulfil arrives once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'payhooks-gone-'));
    announce(folder, stack);
    const desk = deskAt(folder);
    const faults = `${stack.baseUrl}/_local/api/faults/shop`;
    const failed = async () => {
      const { items } = await desk.json<{ items: { undelivered: { id: string }[] }[] }>([
        ...['payments', 'list', '--failed'],
      ]);
      return items
        .flatMap(({ undelivered }) => undelivered.map(({ id }) => id))
        .filter((id) => id.endsWith('#fulfil'));
    };
    const given = () => stack.shop.list().filter(({ type }) => type === 'fulfil').length;
    try {
      const before = given();
      expect((await fetch(faults, { method: 'PUT', body: 'gone' })).status).toBe(200);
      const request = sampleRequest(accountOf(stack, 'paymentwall/goods'));
      if (request === undefined) throw new Error('no sample');
      expect((await send(request)).status).toBe(200);
      await expect.poll(failed, WAIT).toHaveLength(1);
      expect((await desk.run(['doctor', '--quiet'])).out).toMatch(/fail +queues +given up/);

      expect((await fetch(faults, { method: 'DELETE' })).status).toBe(200);
      await desk.json(['redeliver', '--failed', '--note', 'the shop is back']);
      await expect.poll(given, WAIT).toBe(before + 1);
      await expect.poll(failed, WAIT).toEqual([]);
    } finally {
      await fetch(faults, { method: 'DELETE' });
      rmSync(folder, { recursive: true });
    }
  });
});
