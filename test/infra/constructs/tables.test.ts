/** The tables: protection from loss, encryption, and the keys that the code uses. */
import { describe, expect, it } from 'vitest';
import { fields, idOf, list, ofType, type Resource, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the DynamoDB tables', () => {
  const table = (name: string): Resource => {
    const found = all('AWS::DynamoDB::GlobalTable').find(({ Properties }) => Properties.TableName === name);
    if (found === undefined) throw new Error(`no table ${name}`);
    return found;
  };

  it('the tables are protected from loss: point-in-time recovery, deletion protection, retained', () => {
    expect(all('AWS::DynamoDB::GlobalTable')).toHaveLength(2);
    for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of all('AWS::DynamoDB::GlobalTable')) {
      const replicas = list(Properties.Replicas);
      expect(replicas).toHaveLength(1);
      expect(replicas[0]).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
      expect(Properties.BillingMode).toBe('PAY_PER_REQUEST');
    }
  });

  it('the tables are encrypted under the customer-managed key for data', () => {
    for (const { Properties } of all('AWS::DynamoDB::GlobalTable')) {
      expect(Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      const key = idOf(fields(list(Properties.Replicas)[0]?.SSESpecification).KMSMasterKeyId);
      expect(template.Resources[key]?.Type).toBe('AWS::KMS::Key');
    }
  });

  it('the tables have the keys, the sparse index and the time to live that the code uses', () => {
    expect(table('payhooks-sandbox').Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: [
            { AttributeName: 'openShard', KeyType: 'HASH' },
            { AttributeName: 'openAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    expect(table('payhooks-sandbox-idempotency').Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
    });
  });
});
