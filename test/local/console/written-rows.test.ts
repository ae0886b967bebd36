import { marshall as marshalled } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { WrittenRows } from '../../../local/console/written-rows.ts';
import type { Json } from '../../../local/template/resolve.ts';

const TableName = 'business';
const marshall = (row: object) => marshalled(row) as unknown as Json;
const made = (of: Partial<ConstructorParameters<typeof WrittenRows>[0]> = {}) =>
  new WrittenRows({
    ...{ table: TableName, sortKeys: ['payment', 'order'], startsEmpty: true, most: 3 },
    ...of,
  });
const row = (pk: string, version = 1, sk = 'payment') => ({
  pk,
  sk,
  version,
  schema: 1,
  data: { pk, version },
});
const put = (...of: Parameters<typeof row>) => ({ TableName, Item: marshall(row(...of)) });
const key = (pk: string, sk = 'payment') => ({ TableName, Key: marshall({ pk, sk }) });

it('tells each row once, as it was put last', () => {
  const rows = made();
  expect(rows.take()).toEqual([]);
  expect(rows.wrote('PutItem', put('a'))).toBe(true);
  expect(rows.wrote('PutItem', put('a', 2))).toBe(true);
  expect(rows.wrote('PutItem', put('b', 1, 'order'))).toBe(true);
  expect(rows.take()).toEqual([
    { key: { pk: 'a', sk: 'payment' }, item: row('a', 2) },
    { key: { pk: 'b', sk: 'order' }, item: row('b', 1, 'order') },
  ]);
  expect(rows.take()).toEqual([]);
});

it('of a transaction it tells the puts and the deletes', () => {
  const rows = made();
  rows.wrote('TransactWriteItems', {
    TransactItems: [{ Put: put('a') }, { Delete: key('b') }, { ConditionCheck: key('c') }],
  });
  expect(rows.take()).toEqual([
    { key: { pk: 'a', sk: 'payment' }, item: row('a') },
    { key: { pk: 'b', sk: 'payment' }, item: undefined },
  ]);
});

it('an answer that was overtaken by a newer one changes nothing', () => {
  const rows = made();
  rows.wrote('PutItem', put('a', 2));
  rows.wrote('PutItem', put('a', 1));
  expect(rows.take()).toMatchObject([{ item: { version: 2 } }]);
});

it.each([
  ['a read', 'GetItem', key('a')],
  ['another kind of row', 'PutItem', put('a', 1, 'effect#1')],
  ['another table', 'PutItem', { ...put('a'), TableName: 'other' }],
])('%s is no change', (_, operation, input: Json) => {
  const rows = made();
  expect(rows.wrote(operation, input)).toBe(false);
  expect(rows.take()).toEqual([]);
});

it.each([
  ['an update, whose row is not in the request', 'UpdateItem', key('a')],
  ['a batch', 'BatchWriteItem', { RequestItems: {} }],
  ['a statement', 'ExecuteStatement', { Statement: 'UPDATE' }],
])('after %s nobody knows all, once', (_, operation, input: Json) => {
  const rows = made();
  expect(rows.wrote(operation, input)).toBe(true);
  rows.wrote('PutItem', put('b'));
  expect(rows.take()).toBeUndefined();
  rows.wrote('PutItem', put('c'));
  expect(rows.take()).toHaveLength(1);
});

it('a table that held rows before is not known', () => {
  const rows = made({ startsEmpty: false });
  rows.wrote('PutItem', put('a'));
  expect(rows.take()).toBeUndefined();
  expect(rows.take()).toEqual([]);
});

it('keeps no more rows than it may, and then nobody knows all', () => {
  const rows = made();
  for (const pk of ['a', 'b', 'c']) rows.wrote('PutItem', put(pk));
  rows.wrote('PutItem', put('a', 2));
  expect(rows.take()).toHaveLength(3);
  for (const pk of ['a', 'b', 'c', 'd']) rows.wrote('PutItem', put(pk));
  expect(rows.take()).toBeUndefined();
});
