/** The other target: the merchant's endpoint, signed as Standard Webhooks says, on the other DynamoDB engine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyMissing } from '../../local/engines/dynamodb.ts';
import { configFrom } from '../../local/project.ts';
import { sampleRequest } from '../../local/samples.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, send } from './client.ts';

const missing = whyMissing('dynamodb-local');

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
    'hears of %s once, with a signature that fits',
    async (account) => {
      const request = sampleRequest(accountOf(stack, account));
      if (request === undefined) throw new Error(`no sample for ${account}`);
      expect((await send(request)).status).toBe(200);
      const fulfils = () =>
        stack.shop
          .list()
          .filter(({ type, payment }) => type === 'fulfil' && payment.startsWith(account.replace('/', ':')));
      await expect.poll(fulfils, { timeout: 20_000 }).toMatchObject([{ via: 'endpoint', copies: 1 }]);
      expect(stack.shop.refused).toBe(0);
    },
  );
});
