/** The marks of a payment that is not granted: a later order with a more specific name finds the payment. */
import { describe, expect, it } from 'vitest';
import type { ProviderName } from '../../../shared/providers/index.ts';
import { europe } from '../../engines/messages.ts';
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

it('the first notification of a payment with an order writes at most 5 items, and 2 more in awaiting_confirmation', async () => {
  const itemsOf = async (provider: ProviderName, message: string, more: Record<string, unknown> = {}) => {
    const { arrive, order, store } = await bench();
    await order('order-1', '10.00', more);
    store.writes.length = 0;
    await arrive(provider, message);
    const [first = []] = store.writes.filter((writes) => writes.length > 1);
    const keys = first.map((write) =>
      'put' in write ? write.put : 'check' in write ? write.check : write.remove,
    );
    const ofOrder = keys.filter(({ pk }) => pk === 'order#order-1').map(({ sk }) => sk);
    return { items: keys.length, ofOrder };
  };
  const processing = normalize({ eventType: 'Process', status: '3', parentObjectId: '77' });
  expect(await itemsOf(PAYMENT, processing)).toEqual({ items: 4, ofOrder: [] });
  const granted = await itemsOf('trustly-europe', europe('1', 'order-1', 'credit', '10.00', 1).text, {
    ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: '1' }] },
    amounts: [{ currency: 'EUR', exact: '10.00' }],
  });
  expect(granted).toEqual({ items: 5, ofOrder: ['order'] });
  // The payment waits for its amount: a change of the order must find it.
  const waiting = await itemsOf(PAYMENT, normalize({ parentObjectId: '77' }));
  expect(waiting).toEqual({ items: 7, ofOrder: ['order', 'follows#trustly-americas:shop:1'] });
});
