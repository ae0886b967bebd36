/** A search finds a payment by each of its names, and not by a name of another payment. */
import { describe, expect, it } from 'vitest';
import { findPayments } from '../../../shared/app/operator/find-payments.ts';
import {
  aliasKeyOf,
  followsKey,
  paymentKeyOf,
  referenceAliasKey,
  waitingKey,
} from '../../../shared/app/table/keys.ts';
import { aliasItem, eventItem, markItem, orderItem, SCHEMA } from '../../../shared/app/table/rows.ts';
import type { Order, PaymentKey } from '../../../shared/payment/types.ts';
import { paymentwallAccount } from '../../support/accounts.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const [GOODS, COINS] = ['goods', 'coins'].map((account) => paymentwallAccount({ account }));
if (GOODS === undefined || COINS === undefined) throw new Error('two accounts');
const accounts = [GOODS, COINS];
const AT = '2026-03-01T12:00:00.000Z';
const key = (id: string, account = 'goods'): PaymentKey => `paymentwall:${account}:${id}`;

async function table(...payments: readonly PaymentKey[]) {
  const store = new MemoryStore();
  const put = (item: Parameters<typeof markItem>[0] & { readonly schema: number; readonly data: unknown }) =>
    store.write([{ put: item, when: 'always' }]);
  for (const each of payments) await put({ ...paymentKeyOf(each), schema: SCHEMA, data: {} });
  const found = (name: string) => findPayments(store, accounts, name);
  const find = async (name: string) => (await found(name)).payments;
  return { store, put, find, found };
}

const order = (over: Partial<Order> = {}): Order => ({
  ...{ reference: 'order-7', kind: 'payment', use: 'once', aliases: [], version: 1, registeredAt: AT },
  amounts: [{ currency: 'EUR', exact: '5' }],
  ...over,
});

describe('the names by which a payment is found', () => {
  it.each([
    ['its key', 'paymentwall:goods:b1'],
    ['its key between blanks', '  paymentwall:goods:b1\n'],
    ['the id of an event of the payment', 'paymentwall:goods:b1#1#fulfil'],
    ['its id at the provider', 'b1'],
  ])('findPayments finds a payment by %s', async (_, name) => {
    const { find } = await table(key('b1'), key('b2'));
    expect(await find(name)).toEqual([key('b1')]);
  });

  it('findPayments finds a payment in every account that has its id', async () => {
    const { find } = await table(key('b1'), key('b1', 'coins'));
    expect(await find('b1')).toEqual([key('b1'), key('b1', 'coins')]);
  });

  it('findPayments finds a payment by the key of its notification, and nothing for a notification without a payment', async () => {
    const { put, find } = await table(key('b1'));
    const row = { materialHash: '', effects: [], receivedAt: AT, correlationId: 'c' };
    await put(eventItem(GOODS, 'b1/0', { ...row, outcome: 'applied', payment: key('b1') }));
    await put(eventItem(GOODS, 'b9/5', { ...row, outcome: 'recorded' }));
    expect(await find('b1/0')).toEqual([key('b1')]);
    expect(await find('b9/5')).toEqual([]);
  });

  it('findPayments finds by an order’s reference its paidBy, paidBefore, contenders, captures and followers', async () => {
    const ids = ['paid', 'before', 'contender', 'captured', 'follower'];
    const { put, find } = await table(...ids.map((id) => key(id)), key('other'));
    const of = order({
      ...{ paidBy: key('paid'), paidBefore: [key('before')], contenders: [key('contender')] },
      captures: [{ payment: key('captured'), authorization: 'a', amounts: [], stands: true }],
    });
    await put(orderItem(of));
    await put(markItem(followsKey('order-7', key('follower')), key('follower')));
    expect(await find('order-7')).toEqual(ids.map((id) => key(id)));
    await put(orderItem(order({ reference: 'unpaid' })));
    expect(await find('unpaid')).toEqual([]);
    expect(await find('of nobody')).toEqual([]);
  });

  it.each([
    ['reference', referenceAliasKey('a7')],
    ['id', aliasKeyOf(GOODS, { type: 'id', value: 'a7' })],
    ['parent', aliasKeyOf(COINS, { type: 'parent', value: 'a7' })],
  ])(
    'findPayments finds a payment by another name of its order, and while it waits for an order: %s',
    async (_, alias) => {
      const { put, find } = await table(key('b1'), key('b2'));
      await put(markItem(waitingKey(alias, key('b2')), key('b2')));
      expect(await find('a7')).toEqual([key('b2')]);
      await put(orderItem(order({ paidBy: key('b1') })));
      await put(aliasItem(alias, 'order-7'));
      expect(await find('a7')).toEqual([key('b1'), key('b2')]);
    },
  );

  it('findPayments names an existing payment once, by however many names it is found', async () => {
    const { put, find } = await table(key('b1'));
    const name = key('b1');
    await put(orderItem(order({ reference: name, paidBy: name, paidBefore: [key('gone')] })));
    expect(await find(name)).toEqual([name]);
  });
});

describe('names by which findPayments finds nothing', () => {
  const unread = {
    get: () => Promise.reject(new Error('read')),
    query: () => Promise.reject(new Error('read')),
  } as unknown as MemoryStore;

  it.each([
    ['an empty text', ''],
    ['a text of blanks', ' \t '],
    ['a name of more than 512 characters', 'x'.repeat(513)],
    ['a text with half a character', '\uD800'],
  ])('findPayments returns no payment and reads nothing for %s', async (_, name) => {
    expect(await findPayments(unread, accounts, name)).toEqual({ payments: [], more: false });
  });

  it('findPayments looks for a name of 512 characters', async () => {
    await expect(findPayments(unread, accounts, 'x'.repeat(512))).rejects.toThrow('read');
  });

  it('findPayments finds nothing for an event id without the payment key before its #', async () => {
    const { find } = await table(key('b1'));
    expect(await find('b1#1#fulfil')).toEqual([]);
  });
});

it('findPayments reads payments only under keys that a payment can have', async () => {
  const { store, put, find } = await table();
  const row = { materialHash: '', effects: [], receivedAt: AT, correlationId: 'c' };
  await put(eventItem(GOODS, 'order-7', { ...row, outcome: 'recorded' }));
  await put(orderItem(order()));
  const read: string[] = [];
  const { get } = store;
  store.get = (of) => {
    if (of.sk === 'payment') read.push(of.pk);
    return get.call(store, of);
  };
  expect(await find('order-7')).toEqual([]);
  expect(read).toEqual([key('order-7'), key('order-7', 'coins')].map((each) => `payment#${each}`));
});

it('findPayments returns at most 200 payments of one name, and more: true when there are more', async () => {
  const ids = Array.from({ length: 201 }, (_, n) => key(`q${`${n}`.padStart(3, '0')}`));
  const { put, found } = await table(...ids);
  for (const each of ids.slice(0, 200)) {
    await put(markItem(followsKey('order-7', each), each));
    await put(markItem(waitingKey(referenceAliasKey('a7'), each), each));
  }
  await put(orderItem(order()));
  const [all, last] = [{ payments: ids.slice(0, 200), more: false }, ids.at(-1)];
  for (const name of ['order-7', 'a7']) expect(await found(name)).toEqual(all);
  if (last === undefined) throw new Error('a crowd');
  await put(markItem(followsKey('order-7', last), last));
  expect(await found('order-7')).toEqual({ ...all, more: true });
  await put(markItem(waitingKey(referenceAliasKey('a7'), last), last));
  expect(await found('a7')).toEqual({ ...all, more: true });
  await put(aliasItem(aliasKeyOf(GOODS, { type: 'id', value: 'other name' }), 'order-7'));
  expect(await found('other name')).toEqual({ ...all, more: true });
});
