/** An attempt to pay: the order is registered, and the attempt is signed with its own addresses. */
import { describe, expect, it } from 'vitest';
import { paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { requestSignature } from '../../../shared/providers/trustly-americas/establish.ts';
import { checkoutBench, KEY, type Opened, PAGES } from '../../support/checkout-bench.ts';

describe('POST /checkout/orders with establish', () => {
  it('checkout registers the order and signs establishData, and the table does not hold the nonce of returnUrl', async () => {
    const { post, sessions, memory } = checkoutBench();
    const { statusCode, establishData } = await post();
    expect(statusCode).toBe(201);
    expect(establishData).toMatchObject({
      accessId: 'id-1',
      merchantId: '0012',
      amount: '902.50',
      currency: 'USD',
      merchantReference: expect.stringMatching(/^order-1-[0-9a-f]{10}$/),
      notificationUrl: 'https://hooks.example/trustly/americas/shop/events',
      returnUrl: expect.stringMatching(
        /^https:\/\/hooks\.example\/trustly\/americas\/shop\/return\/[\w-]{22}$/,
      ),
    });
    const { requestSignature: signature, ...data } = establishData as Opened;
    expect(signature).toBe(requestSignature({ ...data }, KEY));
    expect(sessions()[0]).toMatchObject({ orderReference: 'order-1', pages: PAGES });
    // The nonce gives access to the redirects, so the table does not contain the nonce itself.
    expect(JSON.stringify(memory.all())).not.toContain((establishData as Opened).returnUrl.slice(-22));
  });

  it('each call of checkout gets another merchantReference, returnUrl, cancelUrl and requestSignature', async () => {
    const { opened } = checkoutBench();
    const [first, second] = [await opened(), await opened()];
    for (const field of ['merchantReference', 'returnUrl', 'cancelUrl', 'requestSignature'] as const) {
      expect(first[field]).not.toBe(second[field]);
    }
  });

  it('checkout refuses an invalid request with 400 and a sentence, and writes no row', async () => {
    const { post, memory } = checkoutBench();
    const wrong: readonly [object, string][] = [
      [{ establish: { paymentType: 'Deferred' } }, 'establish.customer.name: is required'],
      [{ establish: { paymentType: 'Deferred', customer: { name: 'J' }, accessId: 'x' } }, 'set by checkout'],
      [{ account: 'plain' }, 'no trustly-americas account with "checkout"'],
      [{ account: 'nobody' }, 'no trustly-americas account with "checkout"'],
      [{ provider: 'trustly-europe' }, 'only with order.provider "trustly-americas"'],
      [{ reference: 'a b' }, 'order.reference'],
      [{ establish: 'yes' }, 'an object'],
    ];
    for (const [over, sentence] of wrong) {
      expect(await post(over)).toMatchObject({ statusCode: 400, error: expect.stringContaining(sentence) });
    }
    expect(memory.all()).toEqual([]);
  });

  it('checkout opens no attempt for an order that is paid already: 409', async () => {
    const { post, memory } = checkoutBench();
    await post();
    const row = memory.all().find(({ sk }) => sk === 'order');
    if (row === undefined) throw new Error('no order');
    const data = { ...(row.data as object), paidBy: 'trustly-americas:shop:1' };
    await memory.write([{ put: { ...row, version: 2, data }, when: 'always' }]);
    expect(await post()).toMatchObject({ statusCode: 409, error: expect.stringContaining('paid already') });
  });

  it('checkout opens an attempt (200) for a paid order whose payment has a revoked grant', async () => {
    const { post, memory } = checkoutBench();
    await post();
    const row = memory.all().find(({ sk }) => sk === 'order');
    if (row === undefined) throw new Error('no order');
    const paidBy = 'trustly-americas:shop:1';
    const claimant = { key: paidBy, grant: { epoch: 1, state: 'revoked' } };
    await memory.write([
      { put: { ...row, version: 2, data: { ...(row.data as object), paidBy } }, when: 'always' },
      { put: { ...paymentKeyOf(paidBy), schema: 1, version: 1, data: claimant }, when: 'always' },
    ]);
    expect(await post()).toMatchObject({ statusCode: 200 });
  });

  it.each(['trustly-europe', 'paymentwall'])(
    'checkout registers an order for %s without establishData',
    async (provider) => {
      const { post } = checkoutBench();
      const done = await post({ provider, amounts: [{ currency: 'EUR', exact: '5' }], establish: undefined });
      expect(done).toMatchObject({ statusCode: 201 });
      expect(done).not.toHaveProperty('establishData');
    },
  );
});
