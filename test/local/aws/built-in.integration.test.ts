/**
 * The built-in engine answers as the other engines do: random conditions and writes on both, and data that survives a
 * restart.
 */
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBuiltIn } from '../../../local/aws/engines/built-in/engine.ts';
import { type Engine, startNamed } from '../../../local/aws/engines/dynamodb.ts';
import { AwsError, callAws } from '../../../local/aws/json-protocol.ts';
import type { Json } from '../../../local/template/resolve.ts';
import { whySkipped } from '../../support/engines.ts';
import { mainTable } from '../../support/table.ts';

const operation = (name: string) => `DynamoDB_20120810.${name}`;

/** The answer of an engine, or the code of its error without the text. */
async function outcome(endpoint: string, name: string, input: Json): Promise<Json> {
  try {
    return await callAws(endpoint, operation(name), input);
  } catch (error) {
    if (error instanceof AwsError) return { error: error.code };
    throw error;
  }
}

const text = fc.constantFrom('a', 'b', 'ab', 'Å', '😀', '～');
const value: fc.Arbitrary<Json> = fc.oneof(
  text.map((S) => ({ S })),
  fc.constantFrom('0', '1', '2', '10', '-3').map((N) => ({ N })),
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true }),
  text.map((S) => ({ M: { piece: { S } } })),
  fc.array(text, { maxLength: 2 }).map((all) => ({ L: all.map((S) => ({ S })) })),
);
const key = fc.record({ pk: fc.constantFrom('p', 'q').map((S) => ({ S })), sk: text.map((S) => ({ S })) });
const item = fc
  .tuple(
    key,
    fc.record(
      { version: value, label: value, openShard: fc.constant({ S: 'x' }), openAt: text.map((S) => ({ S })) },
      { requiredKeys: [] },
    ),
  )
  .map(([own, rest]) => ({ ...own, ...rest }));

const attribute = fc.constantFrom('version', '#name', 'label.piece', 'pk');
// `<>` with a missing attribute is true in DynamoDB and in its own local engine, and false in Dynoxide. Payhooks does
// not use it.
const comparison = fc
  .tuple(attribute, fc.constantFrom('=', '<', '<=', '>', '>='), fc.constantFrom(':one', ':two'))
  .map((parts) => parts.join(' '));
const simple = fc.oneof(
  comparison,
  attribute.map((path) => `attribute_exists(${path})`),
  attribute.map((path) => `attribute_not_exists(${path})`),
  attribute.map((path) => `begins_with(${path}, :text)`),
  attribute.map((path) => `${path} BETWEEN :one AND :two`),
  attribute.map((path) => `${path} IN (:one, :two)`),
);
const condition = fc.oneof(
  simple,
  fc.tuple(simple, fc.constantFrom('AND', 'OR'), simple).map((parts) => parts.join(' ')),
  fc.tuple(simple, simple, simple).map(([a, b, c]) => `(${a} OR ${b}) AND NOT (${c})`),
);

interface Conditional {
  readonly expression: string;
  readonly one: Json;
  readonly two: Json;
}

/**
 * Two texts or two numbers, the lower one first: DynamoDB refuses other types, and a range whose end is before its
 * start.
 */
const bounds: fc.Arbitrary<readonly [Json, Json]> = fc.oneof(
  fc
    .constantFrom(['a', 'a'], ['a', 'ab'], ['a', 'Å'], ['～', '😀'])
    .map(([S1, S2]) => [{ S: S1 }, { S: S2 }] as never),
  fc
    .constantFrom(['0', '1'], ['-3', '2'], ['2', '10'], ['1', '1.0'])
    .map(([N1, N2]) => [{ N: N1 }, { N: N2 }] as never),
);

const conditional: fc.Arbitrary<Conditional> = fc
  .tuple(condition, bounds)
  .map(([expression, [one, two]]) => ({ expression, one, two }));

/** Only the placeholders in the expression: DynamoDB refuses unused placeholders. */
function expressionInput({ expression, one, two }: Conditional): Record<string, Json> {
  const all: Record<string, Json> = { ':one': one, ':two': two, ':text': { S: 'a' } };
  const used = Object.entries(all).filter(([name]) => expression.includes(name));
  return {
    ConditionExpression: expression,
    ...(expression.includes('#name') ? { ExpressionAttributeNames: { '#name': 'label' } } : {}),
    ...(used.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(used) } : {}),
  };
}

const write = fc.oneof(
  fc
    .tuple(item, fc.option(conditional))
    .map(([Item, when]) => ({ Put: { Item, ...(when ? expressionInput(when) : {}) } })),
  fc
    .tuple(key, fc.option(conditional))
    .map(([Key, when]) => ({ Delete: { Key, ...(when ? expressionInput(when) : {}) } })),
  fc.tuple(key, conditional).map(([Key, when]) => ({ ConditionCheck: { Key, ...expressionInput(when) } })),
);

/** The key that must be unique in a transaction: DynamoDB refuses a transaction that names one item twice. */
const keyOf = (each: object): string => {
  const [of] = Object.values(each) as [{ Item?: Key; Key?: Key }];
  const { pk, sk } = of.Item ?? of.Key ?? { pk: {}, sk: {} };
  return canonical([pk, sk]);
};
type Key = { readonly pk: Json; readonly sk: Json };

for (const name of ['dynoxide', 'dynamodb-local'] as const) {
  const missing = whySkipped(name);
  describe.skipIf(missing !== undefined)(
    `built-in beside ${name}${missing === undefined ? '' : `: ${missing}`}`,
    () => {
      let other: Engine;
      let own: Engine;
      let tables = 0;

      beforeAll(async () => {
        [other, own] = await Promise.all([startNamed(name), startNamed('built-in')]);
      });
      afterAll(async () => {
        await Promise.all([other.stop(), own.stop()]);
      });

      it('random conditional writes and transactions leave equal rows and equal errors on the two engines', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.uniqueArray(write, { minLength: 1, maxLength: 3, selector: keyOf }), {
              minLength: 1,
              maxLength: 8,
            }),
            async (requests) => {
              const TableName = `table-${++tables}`;
              const both = async (call: string, input: Json): Promise<Json> => {
                const [theirs, ours] = await Promise.all([
                  outcome(other.endpoint, call, input),
                  outcome(own.endpoint, call, input),
                ]);
                if (call !== 'CreateTable')
                  expect(comparable(ours), JSON.stringify(input)).toEqual(comparable(theirs));
                return ours;
              };
              await both('CreateTable', mainTable(TableName));
              for (const writes of requests) {
                const TransactItems = writes.map((each) => {
                  const [[kind, of]] = Object.entries(each) as [[string, object]];
                  return { [kind]: { TableName, ...of } };
                });
                await both('TransactWriteItems', { TransactItems } as Json);
              }
              for (const pk of ['p', 'q']) {
                for (const Limit of [1, 2, 50]) {
                  await both('Query', {
                    TableName,
                    ConsistentRead: true,
                    Limit,
                    KeyConditionExpression: 'pk = :pk',
                    ExpressionAttributeValues: { ':pk': { S: pk } },
                  });
                }
              }
              await both('Query', {
                TableName,
                IndexName: 'open',
                KeyConditionExpression: '#s = :s AND #a BETWEEN :low AND :high',
                ExpressionAttributeNames: { '#s': 'openShard', '#a': 'openAt' },
                ExpressionAttributeValues: { ':s': { S: 'x' }, ':low': { S: 'a' }, ':high': { S: 'b' } },
              });
            },
          ),
          { numRuns: 60 },
        );
      });
    },
  );
}

/**
 * The comparable part of an answer. DynamoDB promises no order of items with the same index key, and engines differ in
 * the totals of a page.
 */
function comparable(answer: Json): unknown {
  const { Items, LastEvaluatedKey, error } = answer as Readonly<Record<string, Json>>;
  const sorted = Array.isArray(Items) ? [...Items].map((each) => canonical(each)).sort() : undefined;
  return {
    items: sorted,
    last: LastEvaluatedKey === undefined ? undefined : canonical(LastEvaluatedKey),
    error,
  };
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

describe('the built-in engine', () => {
  it('the built-in engine keeps its tables in a private file, and drops a line that a crash cut', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'payhooks-built-in-'));
    try {
      const row = { pk: { S: 'p' }, sk: { S: 's' }, n: { N: '1' } };
      const first = await startBuiltIn(folder);
      await callAws(first.endpoint, operation('CreateTable'), mainTable('kept'));
      await callAws(first.endpoint, operation('PutItem'), { TableName: 'kept', Item: row });
      await first.stop();
      const file = join(folder, 'built-in.jsonl');
      expect(statSync(file).mode & 0o077).toBe(0);
      appendFileSync(file, '[{"table":"kept","put":{"pk"');
      const second = await startBuiltIn(folder);
      const { Item } = (await callAws(second.endpoint, operation('GetItem'), {
        TableName: 'kept',
        Key: { pk: row.pk, sk: row.sk },
      })) as { Item: Json };
      expect(Item).toEqual(row);
      await second.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a repeated transaction token writes once, and with another request is an IdempotentParameterMismatchException', async () => {
    const engine = await startBuiltIn();
    await callAws(engine.endpoint, operation('CreateTable'), mainTable('table'));
    const put = (sk: string): Json => ({
      ClientRequestToken: 'token',
      TransactItems: [
        {
          Put: {
            TableName: 'table',
            Item: { pk: { S: 'p' }, sk: { S: sk } },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ],
    });
    expect(await outcome(engine.endpoint, 'TransactWriteItems', put('a'))).toEqual({});
    expect(await outcome(engine.endpoint, 'TransactWriteItems', put('a'))).toEqual({});
    expect(await outcome(engine.endpoint, 'TransactWriteItems', put('b'))).toEqual({
      error: 'IdempotentParameterMismatchException',
    });
    await engine.stop();
  });

  it('the built-in engine refuses an unsupported update expression or operation with the error code of DynamoDB', async () => {
    const engine = await startBuiltIn();
    await callAws(engine.endpoint, operation('CreateTable'), mainTable('table'));
    const update = (UpdateExpression: string): Json => ({
      TableName: 'table',
      Key: { pk: { S: 'p' }, sk: { S: 's' } },
      UpdateExpression,
      ExpressionAttributeValues: { ':v': { N: '1' } },
    });
    expect(await outcome(engine.endpoint, 'UpdateItem', update('ADD n :v'))).toEqual({
      error: 'ValidationException',
    });
    expect(await outcome(engine.endpoint, 'UpdateItem', update('SET n = :v, m = :w'))).toEqual({
      error: 'ValidationException',
    });
    expect(await outcome(engine.endpoint, 'BatchWriteItem', {})).toEqual({
      error: 'UnknownOperationException',
    });
    await engine.stop();
  });
});
