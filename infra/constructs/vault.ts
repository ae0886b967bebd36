import { DefaultStackSynthesizer, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment } from '../../shared/payment/types.ts';
import { resourceName, secretNames } from '../names.ts';
import { encrypt } from './tables.ts';

export interface VaultProps {
  readonly environment: Environment;
  readonly removalPolicy: RemovalPolicy;
  /** The only principal that may read the private key; without it, whoever the merchant's own policies allow. */
  readonly captureRoleArn?: string | undefined;
}

/** Everything that changes the secret or who may read it. */
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

const text = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * Where splitTokens rest: a table of its own under a key of its own. They are sealed to a public key before they
 * get here; the private one is a secret that no function of this stack can read.
 */
export class Vault extends Construct {
  readonly table: TableV2;
  readonly key: Key;
  /** Of the private key that opens splitTokens. */
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
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
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

  /** What CloudFormation acts as, where the CDK's own bootstrap made it; only CloudFormation can assume it. */
  private deployingRoles(): readonly string[] {
    const { synthesizer } = Stack.of(this);
    return synthesizer instanceof DefaultStackSynthesizer
      ? [Fn.sub(synthesizer.cloudFormationExecutionRoleArn)]
      : [];
  }

  /**
   * An identity policy can't undo this: an explicit Deny wins. Whoever may not read the key may not write one of their
   * own in its place, copy it to where this policy is not (a replica has none), or take the policy away. CloudFormation
   * may do all but read: with it the stack is changed and removed.
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
