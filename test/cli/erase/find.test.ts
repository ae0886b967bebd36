/** The search finds every row of a person: by the end user, by the order, and on every page of the table. */
import type { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import type { Connection } from '../../../cli/connect.ts';
import { findPerson, type PersonSearch } from '../../../cli/erase/find.ts';
import { orderKey } from '../../../shared/app/table/keys.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
const PAYMENT = key('payment#paymentwall:toy:p1', 'payment');
const ORDER = key('order#o1', 'order');

/** @param pages of the scan for the end user, and of the scan for references */
async function findIn(
  search: PersonSearch,
  pages: { user?: object[][]; references?: object[][] },
  isRegistered = false,
) {
  const asks: string[][] = [];
  const send = async ({ input }: ScanCommand) => {
    const isUser = ':user' in (input.ExpressionAttributeValues ?? {});
    const at = Number(input.ExclusiveStartKey?.at?.N ?? 0);
    const all = (isUser ? pages.user : pages.references) ?? [];
    if (!isUser && at === 0)
      asks.push(Object.keys(input.ExpressionAttributeValues ?? {}).filter((name) => name.startsWith(':r')));
    const LastEvaluatedKey = at + 1 < all.length ? { at: { N: String(at + 1) } } : undefined;
    return { Items: all[at] ?? [], LastEvaluatedKey };
  };
  const store = new MemoryStore();
  if (isRegistered) await store.write([{ put: { ...orderKey('o2'), schema: 1, data: {} }, when: 'always' }]);
  const connection = { clients: { dynamo: { send } }, table: 't', store } as unknown as Connection;
  return { person: await findPerson(connection, search), asks };
}

it('findPerson finds the payments and orders that name the end user, on every page of the table', async () => {
  const { person } = await findIn({ endUser: 'u1' }, { user: [[PAYMENT], [], [ORDER]] });
  expect(person).toEqual({ payments: ['paymentwall:toy:p1'], orders: ['o1'], checkout: [] });
});

it('findPerson finds the payments and attempts to pay that refer to the orders of the person', async () => {
  const references = [[key('payment#paymentwall:toy:p2', 'payment'), key('session#n1', 'session')]];
  const { person } = await findIn({ endUser: 'u1' }, { user: [[PAYMENT, ORDER]], references });
  expect(person.payments).toEqual(['paymentwall:toy:p1', 'paymentwall:toy:p2']);
  expect(person.checkout).toEqual([{ pk: 'session#n1', sk: 'session' }]);
});

it('findPerson finds the payments of a named order, also when the order was never registered', async () => {
  const references = [[PAYMENT]];
  expect((await findIn({ order: 'o2' }, { references })).person).toMatchObject({
    payments: ['paymentwall:toy:p1'],
    orders: [],
  });
  expect((await findIn({ order: 'o2' }, { references }, true)).person.orders).toEqual(['o2']);
});

it('findPerson asks for 201 orders in scans of at most 100 names', async () => {
  const orders = Array.from({ length: 201 }, (_, n) => key(`order#o${n}`, 'order'));
  const { asks } = await findIn({ endUser: 'u1' }, { user: [orders] });
  expect(asks.map(({ length }) => length)).toEqual([100, 100, 1]);
});
