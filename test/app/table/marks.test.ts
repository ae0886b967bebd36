/** Until a payment is granted it may change over to an order under a more specific name: that order finds it. */
import { describe, expect, it } from 'vitest';
import { capture, pollingBench } from '../../support/polling-bench.ts';

const PAYMENT = 'trustly-americas';
const normalize = (more: Record<string, string>, eventId = '11'): string =>
  new URLSearchParams({
    ...Object.fromEntries(new URLSearchParams(capture('1', eventId, 'Complete', '4'))),
    ...more,
  }).toString();

async function bench() {
  const base = pollingBench();
  base.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
  const follows = async () => (await base.payment(PAYMENT, '1'))?.orderReference;
  const marks = () => base.store.all().filter(({ sk }) => sk.startsWith('waiting#'));
  const named = (type: 'parent' | 'reference', value: string) => ({
    ...{ provider: PAYMENT, account: 'shop' },
    aliases: [{ type, value }],
  });
  return { ...base, follows, marks, named };
}

describe('a payment that follows an order that is not paid', () => {
  it('a payment that is not granted changes over to an order registered under its parent’s id', async () => {
    const { arrive, order, follows, marks, named, confirm } = await bench();
    await arrive(PAYMENT, normalize({ parentObjectId: '77' }));
    expect(marks().length).toBeGreaterThan(1);
    await order('order-1', '11.00');
    expect(await follows()).toBe('order-1');
    await order('series', '10.00', named('parent', '77'));
    expect(await follows()).toBe('series');
    await confirm();
    expect(marks()).toEqual([]);
  });

  it('a granted payment has no waiting marks', async () => {
    const { arrive, order, status, marks, confirm } = await bench();
    await arrive(PAYMENT, normalize({}));
    await order('order-1', '10.00');
    expect(marks()).not.toEqual([]);
    await confirm();
    expect(await status(PAYMENT, '1')).toBe('paid');
    expect(marks()).toEqual([]);
  });
});

describe('a payment that names a second reference later', () => {
  it('a payment that is not granted changes over to an order under a second reference that sorts before the first', async () => {
    const { arrive, order, follows, marks, confirm } = await bench();
    await order('order-1', '11.00');
    await arrive(PAYMENT, normalize({}));
    expect(marks()).toEqual([]);
    await arrive(PAYMENT, normalize({ merchantReference: 'a-better-one' }, '12'));
    expect(await follows()).toBe('order-1');
    expect(marks()).toHaveLength(1);
    await order('a-better-one', '10.00');
    expect(await follows()).toBe('a-better-one');
    await confirm();
    expect(marks()).toEqual([]);
  });

  it('a payment finds an order under its second reference that is registered between read and write', async () => {
    const { arrive, order, follows, store } = await bench();
    await order('order-1', '11.00');
    await arrive(PAYMENT, normalize({}));
    store.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk === 'payment')) return;
      store.beforeWrite = undefined;
      await order('a-better-one', '10.00');
    };
    await arrive(PAYMENT, normalize({ merchantReference: 'a-better-one' }, '12'));
    expect(await follows()).toBe('a-better-one');
  });
});

it('the first notification of a payment with a registered order writes at most seven items', async () => {
  const { arrive, order, store } = await bench();
  await order('order-1', '10.00');
  store.writes.length = 0;
  await arrive(PAYMENT, normalize({ parentObjectId: '77' }));
  const [first] = store.writes.filter((writes) => writes.length > 1);
  expect(first?.length).toBeLessThanOrEqual(7);
});
