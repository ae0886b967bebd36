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

it('a row that is put several times is reported once, with the content of the last put', () => {
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

it('the puts and deletes of a transaction are reported, without its condition checks', () => {
  const rows = made();
  rows.wrote('TransactWriteItems', {
    TransactItems: [{ Put: put('a') }, { Delete: key('b') }, { ConditionCheck: key('c') }],
  });
  expect(rows.take()).toEqual([
    { key: { pk: 'a', sk: 'payment' }, item: row('a') },
    { key: { pk: 'b', sk: 'payment' }, item: undefined },
  ]);
});

it('a put with an older version of a row does not replace the newer version', () => {
  const rows = made();
  rows.wrote('PutItem', put('a', 2));
  rows.wrote('PutItem', put('a', 1));
  expect(rows.take()).toMatchObject([{ item: { version: 2 } }]);
});

it.each([
  ['a read', 'GetItem', key('a')],
  ['another kind of row', 'PutItem', put('a', 1, 'effect#1')],
  ['another table', 'PutItem', { ...put('a'), TableName: 'other' }],
])('%s is no reported change', (_, operation, input: Json) => {
  const rows = made();
  expect(rows.wrote(operation, input)).toBe(false);
  expect(rows.take()).toEqual([]);
});

it.each([
  ['an update without the row in its request', 'UpdateItem', key('a')],
  ['a batch', 'BatchWriteItem', { RequestItems: {} }],
  ['a statement', 'ExecuteStatement', { Statement: 'UPDATE' }],
])('the report after %s is undefined once: every row must be read again', (_, operation, input: Json) => {
  const rows = made();
  expect(rows.wrote(operation, input)).toBe(true);
  rows.wrote('PutItem', put('b'));
  expect(rows.take()).toBeUndefined();
  rows.wrote('PutItem', put('c'));
  expect(rows.take()).toHaveLength(1);
});

it('the first report is undefined when the table had rows before the start', () => {
  const rows = made({ startsEmpty: false });
  rows.wrote('PutItem', put('a'));
  expect(rows.take()).toBeUndefined();
  expect(rows.take()).toEqual([]);
});

it('more changed rows than the limit make the report undefined', () => {
  const rows = made();
  for (const pk of ['a', 'b', 'c']) rows.wrote('PutItem', put(pk));
  rows.wrote('PutItem', put('a', 2));
  expect(rows.take()).toHaveLength(3);
  for (const pk of ['a', 'b', 'c', 'd']) rows.wrote('PutItem', put(pk));
  expect(rows.take()).toBeUndefined();
});
