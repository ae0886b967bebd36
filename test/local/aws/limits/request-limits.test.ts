import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../local/aws/json-protocol.ts';
import { checkDynamoDb, keysOfTable } from '../../../../local/aws/limits/request-limits.ts';
import { ASKED, LIMITS } from './requests.ts';

const tables = new Map([[ASKED.TableName, keysOfTable(ASKED)]]);
const check = ([operation, input]: readonly [string, object]) =>
  checkDynamoDb(operation, input as Readonly<Record<string, unknown>>, tables);

describe('a request beyond a limit of DynamoDB', () => {
  it.each(Object.entries(LIMITS))('%s: refused, and taken at the limit', (_, { beyond, within }) => {
    expect(() => check(beyond)).toThrow(AwsError);
    expect(() => check(within)).not.toThrow();
  });

  it('is a ValidationException, which no client tries again', () => {
    for (const { beyond } of Object.values(LIMITS)) {
      expect(() => check(beyond)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
    }
  });

  it('of a table that the template does not have is left to the engine', () => {
    const long = { TableName: 'another', Key: { pk: { S: 'x'.repeat(5_000) } } };
    expect(() => check(['GetItem', long])).not.toThrow();
  });

  it('names a table by its ARN too', () => {
    const TableName = `arn:aws:dynamodb:us-east-1:000000000000:table/${ASKED.TableName}`;
    const Key = { pk: { S: 'x'.repeat(2_049) }, sk: { S: 'a' } };
    expect(() => check(['GetItem', { TableName, Key }])).toThrow(AwsError);
  });
});
