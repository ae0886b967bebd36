import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEngine, startEngine } from '../../../local/aws/engine.ts';
import { AwsError, callAws } from '../../../local/aws/json-protocol.ts';
import { createTables, queryRows, scanRows } from '../../../local/aws/tables.ts';
import { whySkipped } from '../../support/engines.ts';
import { mainTable } from '../../support/table.ts';
import { LIMITS, LIMITS_TABLE, type Request } from './limits/requests.ts';

const table = {
  name: 'business',
  ttlAttribute: 'expiresAt',
  create: mainTable('business'),
};

for (const name of ['dynoxide', 'dynamodb-local', 'built-in'] as const) {
  const missing = whySkipped(name);
  describe.skipIf(missing !== undefined)(
    `tables on ${name}${missing === undefined ? '' : `: ${missing}`}`,
    () => {
      let engine: RunningEngine;
      beforeAll(async () => {
        engine = await startEngine(name, undefined);
        await createTables(engine.endpoint, [table]);
      });
      afterAll(() => engine?.stop());

      const put = (pk: string, sk: string, data: object) =>
        callAws(engine.endpoint, 'DynamoDB_20120810.PutItem', {
          TableName: 'business',
          Item: { pk: { S: pk }, sk: { S: sk }, data: { S: JSON.stringify(data) } },
        });

      it('a second start finds the tables of the template again, with time to live enabled', async () => {
        await createTables(engine.endpoint, [table]);
        expect(
          await callAws(engine.endpoint, 'DynamoDB_20120810.DescribeTimeToLive', { TableName: 'business' }),
        ).toEqual({
          TimeToLiveDescription: { AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' },
        });
      });

      it('rows are read by their kind and by their partition, over any number of pages', async () => {
        const large = { text: 'x'.repeat(300_000) };
        await Promise.all([1, 2, 3, 4, 5, 6].map((index) => put(`payment#${index}`, 'payment', large)));
        await put('payment#1', 'effect#1#fulfil', {});
        expect(await scanRows(engine.endpoint, 'business', ['payment'])).toHaveLength(6);
        expect((await queryRows(engine.endpoint, 'business', 'payment#1')).map(({ sk }) => sk)).toEqual([
          'effect#1#fulfil',
          'payment',
        ]);
      });

      describe('the limits of DynamoDB', () => {
        beforeAll(() =>
          createTables(engine.endpoint, [
            { name: LIMITS_TABLE.TableName, create: LIMITS_TABLE, ttlAttribute: undefined },
          ]),
        );
        const ask = ([operation, input]: Request) =>
          callAws(engine.endpoint, `DynamoDB_20120810.${operation}`, input as never);
        const codeOf = (request: Request): Promise<string> =>
          ask(request).then(
            () => 'taken',
            (error: unknown) => (error instanceof AwsError ? error.code : 'broken'),
          );
        const at = (Key: object, UpdateExpression: string, values: object): Request => [
          'UpdateItem',
          { TableName: LIMITS_TABLE.TableName, Key, UpdateExpression, ExpressionAttributeValues: values },
        ];

        it('a request at a limit of DynamoDB is accepted', async () => {
          for (const [name, { within }] of Object.entries(LIMITS)) {
            expect(await codeOf(within), name).toBeOneOf(['taken', 'ConditionalCheckFailedException']);
          }
        });

        it('an update that makes an item too large is a ValidationException', async () => {
          const key = { pk: { S: 'grows' }, sk: { S: 'b' } };
          const half = { S: 'x'.repeat(250_000) };
          expect(await codeOf(at(key, 'SET d = :half', { ':half': half }))).toBe('taken');
          expect(await codeOf(at(key, 'SET e = :half', { ':half': half }))).toBe('ValidationException');
        });

        it('a transaction with two writes to one item is a ValidationException', async () => {
          const Put = { TableName: LIMITS_TABLE.TableName, Item: { pk: { S: 'twice' }, sk: { S: 'b' } } };
          expect(await codeOf(['TransactWriteItems', { TransactItems: [{ Put }, { Put }] }])).toBe(
            'ValidationException',
          );
        });

        it('a page of a Query ends at 1 MB', async () => {
          for (const sk of ['1', '2', '3', '4']) {
            const Item = { pk: { S: 'pages' }, sk: { S: sk }, d: { S: 'x'.repeat(390_000) } };
            await ask(['PutItem', { TableName: LIMITS_TABLE.TableName, Item }]);
          }
          const page = await ask([
            'Query',
            {
              TableName: LIMITS_TABLE.TableName,
              KeyConditionExpression: 'pk = :pk',
              ExpressionAttributeValues: { ':pk': { S: 'pages' } },
            },
          ]);
          // A page may include or leave out the row that exceeds the size limit.
          expect(page).toMatchObject({
            Count: expect.toBeOneOf([2, 3]),
            LastEvaluatedKey: expect.anything(),
          });
        });
      });
    },
  );
}
