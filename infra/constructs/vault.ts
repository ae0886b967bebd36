import { DefaultStackSynthesizer, Fn, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment } from '../../shared/payment/types.ts';
import { resourceName, secretNames } from '../names.ts';
import { encrypt, tableSettings, text } from './tables.ts';

export interface VaultProps {
  readonly environment: Environment;
  readonly removalPolicy: RemovalPolicy;
  /**
   * The only principal that may read the private key; without it, every principal that the merchant's own policies
   * allow.
   */
  readonly captureRoleArn?: string | undefined;
}

/** The actions that change the secret or who may read it. */
const LOCKED_ACTIONS = [
  'secretsmanager:CancelRotateSecret',
  'secretsmanager:DeleteResourcePolicy',
  'secretsmanager:DeleteSecret',
  'secretsmanager:PutResourcePolicy',
  'secretsmanager:PutSecretValue',
  'secretsmanager:RemoveRegionsFromReplication',
  'secretsmanager:ReplicateSecretToRegions',
  'secretsmanager:RestoreSecret',
  'secretsmanager:RotateSecret',
  'secretsmanager:StopReplicationToReplica',
  'secretsmanager:UpdateSecret',
  'secretsmanager:UpdateSecretVersionStage',
] as const;

/**
 * The table of splitTokens, under a key of its own. The tokens are sealed to a public key before they are stored; the
 * private key is a secret that no function of this stack can read.
 */
export class Vault extends Construct {
  readonly table: TableV2;
  readonly key: Key;
  /** ARN of the secret that holds the private key that opens splitTokens. */
  readonly secretArn: string;

  constructor(scope: Construct, id: string, { environment, removalPolicy, captureRoleArn }: VaultProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias: `alias/${resourceName(environment, 'vault')}`,
      description: 'Payhooks: sealed splitTokens, and the private key that opens them',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.table = new TableV2(this, 'Table', {
      tableName: resourceName(environment, 'vault'),
      partitionKey: text('pk'),
      sortKey: text('sk'),
      ...tableSettings(removalPolicy),
    });
    encrypt(this.table, this.key);
    const secret = new CfnSecret(this, 'SplitTokenKey', {
      name: secretNames.splitTokenKey(environment),
      description: 'Private JWK that opens splitTokens; for the merchant’s capture code alone',
      kmsKeyId: this.key.keyArn,
    });
    secret.applyRemovalPolicy(removalPolicy);
    this.secretArn = secret.ref;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Its public half is in the configuration and tokens are sealed to it: a schedule cannot replace both.',
    });
    if (captureRoleArn !== undefined) this.lock(secret, captureRoleArn);
  }

  /** The roles that CloudFormation uses, if the CDK's bootstrap made them; only CloudFormation can assume them. */
  private deployingRoles(): readonly string[] {
    const { synthesizer } = Stack.of(this);
    return synthesizer instanceof DefaultStackSynthesizer
      ? [Fn.sub(synthesizer.cloudFormationExecutionRoleArn)]
      : [];
  }

  /**
   * An identity policy cannot override this explicit Deny. Principals that may not read the key may not replace it with
   * one of their own, copy it to a region without this policy (a replica has none), or remove the policy.
   * CloudFormation may do everything except read: it changes and removes the stack.
   */
  private lock(secret: CfnSecret, captureRoleArn: string): void {
    new CfnResourcePolicy(this, 'CaptureOnly', {
      secretId: secret.ref,
      blockPublicPolicy: true,
      resourcePolicy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'CaptureRoleOnly',
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ['secretsmanager:GetSecretValue'],
            resources: ['*'],
            conditions: { ArnNotEquals: { 'aws:PrincipalArn': captureRoleArn } },
          }),
          new PolicyStatement({
            sid: 'CaptureRoleAndDeploymentsOnly',
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: [...LOCKED_ACTIONS],
            resources: ['*'],
            conditions: { ArnNotEquals: { 'aws:PrincipalArn': [captureRoleArn, ...this.deployingRoles()] } },
          }),
        ],
      }),
    });
  }
}
