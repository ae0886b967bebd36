/** For each limit of DynamoDB, one request beyond the limit and one request at the limit. */
import { mainTable } from '../../../support/table.ts';

/** The table of the requests. */
export const LIMITS_TABLE = mainTable('limits');
const { TableName } = LIMITS_TABLE;

export type Request = readonly [operation: string, input: object];

interface Limit {
  readonly beyond: Request;
  readonly within: Request;
}

const S = (text: string) => ({ S: text });
const x = (length: number): string => 'x'.repeat(length);
const item = (pk: string, sk: string, more: object = {}) => ({ pk: S(pk), sk: S(sk), ...more });
const repeated = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));

const put = (Item: object, more: object = {}): Request => ['PutItem', { TableName, Item, ...more }];
const get = (Key: object, more: object = {}): Request => ['GetItem', { TableName, Key, ...more }];
const transact = (items: readonly object[], more: object = {}): Request => [
  'TransactWriteItems',
  { TransactItems: items.map((Item) => ({ Put: { TableName, Item } })), ...more },
];
const query = (more: object, values: object = { ':pk': S('a') }): Request => [
  'Query',
  { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: values, ...more },
];
const number = (N: string): Request => put(item('a', 'number', { n: { N } }));
const nested = (levels: number): Request =>
  put(
    item('a', 'nested', {
      n: repeated(levels, () => 0).reduce<object>((inner) => ({ M: { a: inner } }), S('x')),
    }),
  );
/** A condition of the given length: one long name and few operators, of which 300 are allowed. */
const LONG_NAME = `#${x(200)}`;
function longCondition(length: number): Request {
  const part = `attribute_not_exists(${LONG_NAME}) OR `;
  const text = `${part.repeat(Math.floor(length / part.length) - 1)}attribute_not_exists(${LONG_NAME})`;
  return put(item('a', 'long'), {
    ConditionExpression: text.padEnd(length, ' '),
    ExpressionAttributeNames: { [LONG_NAME]: 'absent' },
  });
}
const valueNames = (count: number) => repeated(count, (index) => `:v${index}`);
const oneOf = (count: number): Request =>
  put(item('a', 'one-of'), {
    ConditionExpression: `attribute_not_exists(pk) OR pk IN (${valueNames(count).join(', ')})`,
    ExpressionAttributeValues: Object.fromEntries(
      valueNames(count).map((name, index) => [name, S(`a${index === 0 ? '' : index}`)]),
    ),
  });
/** The bytes of an item beside the value of its attribute `d`: 2 + 1 + 2 + 1 + 1 for names and keys. */
const OVERHEAD = 7;

export const LIMITS: Readonly<Record<string, Limit>> = {
  'an item of 400 KB': {
    beyond: put(item('a', 'b', { d: S(x(409_600 - OVERHEAD + 1)) })),
    within: put(item('a', 'b', { d: S(x(409_600 - OVERHEAD)) })),
  },
  'a partition key of 2,048 bytes': {
    beyond: put(item(x(2_049), 'b')),
    within: put(item(x(2_048), 'b')),
  },
  'a partition key of 2,048 bytes, not characters': {
    beyond: put(item('ä'.repeat(1_025), 'b')),
    within: put(item('ä'.repeat(1_024), 'b')),
  },
  'a sort key of 1,024 bytes': {
    beyond: put(item('a', x(1_025))),
    within: put(item('a', x(1_024))),
  },
  'a key that is not empty': { beyond: put(item('a', '')), within: put(item('a', 'b', { d: S('') })) },
  'a key of the index that is not empty': {
    beyond: put(item('a', 'b', { openShard: S(''), openAt: S('1') })),
    within: put(item('a', 'b', { openShard: S('0'), openAt: S('1') })),
  },
  'a partition key of the index of 2,048 bytes': {
    beyond: put(item('a', 'b', { openShard: S(x(2_049)), openAt: S('1') })),
    within: put(item('a', 'b', { openShard: S(x(2_048)), openAt: S('1') })),
  },
  'a sort key of the index of 1,024 bytes': {
    beyond: put(item('a', 'b', { openShard: S('0'), openAt: S(x(1_025)) })),
    within: put(item('a', 'b', { openShard: S('0'), openAt: S(x(1_024)) })),
  },
  'a key of its type': {
    beyond: get({ pk: { N: '1' }, sk: S('b') }),
    within: get(item('1', 'b')),
  },
  'a key and nothing beside it': {
    beyond: get(item('a', 'b', { version: { N: '1' } })),
    within: get(item('a', 'b')),
  },
  'every part of the key': { beyond: put({ pk: S('a') }), within: put(item('a', 'b')) },
  'a number of 38 digits': { beyond: number('1'.repeat(39)), within: number('1'.repeat(38)) },
  'a number of 38 digits after zeros': {
    beyond: number(`0.000${'1'.repeat(39)}`),
    within: number(`0.000${'1'.repeat(38)}000`),
  },
  'a number below 1e126': { beyond: number('1e126'), within: number('9.9e125') },
  'a number that is one': { beyond: number('abc'), within: number('-1.5E2') },
  'a set with members': {
    beyond: put(item('a', 'set', { n: { SS: [] } })),
    within: put(item('a', 'set', { n: { SS: ['a'] } })),
  },
  'a set with each member once': {
    beyond: put(item('a', 'set', { n: { SS: ['a', 'a'] } })),
    within: put(item('a', 'set', { n: { SS: ['a', 'b'] } })),
  },
  'a depth of 32': { beyond: nested(33), within: nested(31) },
  'a transaction of 100 items': {
    beyond: transact(repeated(101, (index) => item(`many-${index}`, 'b'))),
    within: transact(repeated(100, (index) => item(`many-${index}`, 'b'))),
  },
  'a transaction of 4 MB': {
    beyond: transact(repeated(11, (index) => item(`large-${index}`, 'b', { d: S(x(390_000)) }))),
    within: transact(repeated(10, (index) => item(`large-${index}`, 'b', { d: S(x(390_000)) }))),
  },
  'a token of 36 characters': {
    beyond: transact([item('a', 'token')], { ClientRequestToken: x(37) }),
    within: transact([item('a', 'token')], { ClientRequestToken: x(36) }),
  },
  'an expression of 4 KB': { beyond: longCondition(4_097), within: longCondition(4_096) },
  'a projection of 4 KB': {
    beyond: get(item('a', 'b'), { ProjectionExpression: repeated(600, (index) => `attr${index}`).join(',') }),
    within: get(item('a', 'b'), { ProjectionExpression: repeated(400, (index) => `attr${index}`).join(',') }),
  },
  'an expression that says something': {
    beyond: put(item('a', 'b'), { ConditionExpression: '' }),
    within: put(item('a', 'b'), { ConditionExpression: 'attribute_exists(pk)' }),
  },
  'IN of 100 operands': { beyond: oneOf(101), within: oneOf(100) },
  'names of an expression, or none': {
    beyond: put(item('a', 'b'), {
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: {},
    }),
    within: put(item('a', 'b'), {
      ConditionExpression: 'attribute_exists(#pk)',
      ExpressionAttributeNames: { '#pk': 'pk' },
    }),
  },
  'values only with an expression': {
    beyond: put(item('a', 'b'), { ExpressionAttributeValues: { ':v': S('1') } }),
    within: put(item('a', 'b'), {
      ConditionExpression: 'pk = :v',
      ExpressionAttributeValues: { ':v': S('a') },
    }),
  },
  'no name that no expression uses': {
    beyond: put(item('a', 'b'), {
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#pk': 'pk' },
    }),
    within: put(item('a', 'b'), {
      ConditionExpression: 'attribute_exists(#pk)',
      ExpressionAttributeNames: { '#pk': 'pk' },
    }),
  },
  'no value that no expression uses': {
    beyond: query({}, { ':pk': S('a'), ':other': S('b') }),
    within: query({}, { ':pk': S('a') }),
  },
  'no consistent read of the index': {
    beyond: query({ IndexName: 'open', KeyConditionExpression: 'openShard = :pk', ConsistentRead: true }),
    within: query({ IndexName: 'open', KeyConditionExpression: 'openShard = :pk' }),
  },
  'no consistent scan of the index': {
    beyond: ['Scan', { TableName, IndexName: 'open', ConsistentRead: true }],
    within: ['Scan', { TableName, IndexName: 'open' }],
  },
  'a page of one row or more': { beyond: query({ Limit: 0 }), within: query({ Limit: 1 }) },
  'a query for a key that is not empty': {
    beyond: query({}, { ':pk': S('') }),
    within: query({}, { ':pk': S('a') }),
  },
  'a whole starting key': {
    beyond: query({ ExclusiveStartKey: { pk: S('a') } }),
    within: query({ ExclusiveStartKey: item('a', 'b') }),
  },
  'a starting key of the queried partition': {
    beyond: query({ ExclusiveStartKey: item('b', 'b') }),
    within: query({ ExclusiveStartKey: item('a', 'b') }),
  },
  'values that the operation returns': {
    beyond: put(item('a', 'b'), { ReturnValues: 'ALL_NEW' }),
    within: put(item('a', 'b'), { ReturnValues: 'ALL_OLD' }),
  },
};
