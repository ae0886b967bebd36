import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../local/aws/json-protocol.ts';
import { checkDynamoDb, keysOfTable } from '../../../../local/aws/limits/request-limits.ts';
import { LIMITS, LIMITS_TABLE } from './requests.ts';

const tables = new Map([[LIMITS_TABLE.TableName, keysOfTable(LIMITS_TABLE)]]);
const check = ([operation, input]: readonly [string, object]) =>
  checkDynamoDb(operation, input as Readonly<Record<string, unknown>>, tables);

describe('a request beyond a limit of DynamoDB', () => {
  it.each(Object.entries(LIMITS))(
    '%s: a request beyond the limit of DynamoDB is refused, and a request at the limit is accepted',
    (_, { beyond, within }) => {
      expect(() => check(beyond)).toThrow(AwsError);
      expect(() => check(within)).not.toThrow();
    },
  );

  it('a request beyond a limit of DynamoDB is a ValidationException, which no client retries', () => {
    for (const { beyond } of Object.values(LIMITS)) {
      expect(() => check(beyond)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
    }
  });

  it('a request to a table that is not in the template is not checked, and goes to the engine', () => {
    const long = { TableName: 'another', Key: { pk: { S: 'x'.repeat(5_000) } } };
    expect(() => check(['GetItem', long])).not.toThrow();
  });

  it('a request that names its table by ARN is checked too', () => {
    const TableName = `arn:aws:dynamodb:us-east-1:000000000000:table/${LIMITS_TABLE.TableName}`;
    const Key = { pk: { S: 'x'.repeat(2_049) }, sk: { S: 'a' } };
    expect(() => check(['GetItem', { TableName, Key }])).toThrow(AwsError);
  });
});
