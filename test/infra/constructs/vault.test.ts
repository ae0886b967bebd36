/** The vault of splitTokens, and the roles that may open a splitToken. */
import { describe, expect, it } from 'vitest';
import { type Json, OUTLIVES, ofType, type Resource, templateOf } from '../support.ts';
import { captureRoleArn, environmentOf, idOf, shop, statementsOf, template } from '../with-checkout.ts';

describe('the vault', () => {
  const tableId = idOf('AWS::DynamoDB::GlobalTable', 'TableName', 'payhooks-sandbox-vault');
  const secretId = idOf('AWS::SecretsManager::Secret', 'Name', 'payhooks/sandbox/split-token-key');

  it('the vault is a table under a KMS key of its own, retained and recoverable', () => {
    const { Properties, DeletionPolicy } = template.Resources[tableId] as Resource;
    expect(OUTLIVES).toContain(DeletionPolicy);
    const [replica] = Properties.Replicas as unknown as Record<string, Json>[];
    expect(replica).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    const main = idOf('AWS::DynamoDB::GlobalTable', 'TableName', 'payhooks-sandbox');
    const ours = JSON.stringify(replica?.SSESpecification);
    expect(ours).toContain('VaultKey');
    expect(JSON.stringify((template.Resources[main] as Resource).Properties)).not.toContain('VaultKey');
  });

  it('only the transition worker may read and write the vault', () => {
    const names = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      String(Properties.FunctionName),
    );
    const users = names.filter((name) =>
      JSON.stringify(statementsOf(template, name.replace('payhooks-sandbox-', ''))).includes(`"${tableId}"`),
    );
    expect(users).toEqual(['payhooks-sandbox-transition-worker']);
    const [statement] = statementsOf(template, 'transition-worker').filter(({ Resource }) =>
      JSON.stringify(Resource).includes(tableId),
    );
    expect(statement?.Action).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
    expect(environmentOf(template, 'transition-worker')).toHaveProperty('PAYHOOKS_VAULT_TABLE');
  });

  it('no function may read the private key of the vault, and a policy denies all but the capture role', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      const name = String(Properties.FunctionName).replace('payhooks-sandbox-', '');
      expect(JSON.stringify(statementsOf(template, name))).not.toContain(secretId);
    }
    const [policy, ...others] = ofType(template, 'AWS::SecretsManager::ResourcePolicy');
    expect(others).toEqual([]);
    expect(policy?.[1].Properties.SecretId).toEqual({ Ref: secretId });
    expect(policy?.[1].Properties.ResourcePolicy).toMatchObject({
      Statement: [
        {
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'secretsmanager:GetSecretValue',
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': captureRoleArn } },
        },
        { Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' },
      ],
    });
  });

  it('only the capture role and deployments may change or copy the private key of the vault or remove its policy', () => {
    const [policy] = ofType(template, 'AWS::SecretsManager::ResourcePolicy');
    const { Statement = [] } = (policy?.[1].Properties.ResourcePolicy ?? {}) as {
      readonly Statement?: readonly { readonly Action: readonly string[]; readonly Condition: unknown }[];
    };
    const [, changes] = Statement;
    // Every action of Secrets Manager that changes a secret, its versions, its copies or its readers.
    for (const action of [
      ...['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'DeleteSecret', 'RestoreSecret'],
      ...['PutResourcePolicy', 'DeleteResourcePolicy', 'RotateSecret', 'CancelRotateSecret'],
      ...['ReplicateSecretToRegions', 'RemoveRegionsFromReplication', 'StopReplicationToReplica'],
    ]) {
      expect(changes?.Action).toContain(`secretsmanager:${action}`);
    }
    const account = '$' + '{AWS::AccountId}';
    const deploying = {
      'Fn::Sub': expect.stringContaining(`:iam::${account}:role/cdk-hnb659fds-cfn-exec-role-${account}-`),
    };
    expect(changes?.Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': [captureRoleArn, deploying] },
    });
  });

  it('the private key of the vault has no resource policy without captureRoleArn', () => {
    expect(ofType(templateOf({ accounts: [shop] }), 'AWS::SecretsManager::ResourcePolicy')).toEqual([]);
  });
});
