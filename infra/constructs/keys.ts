import type { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface KeysProps {
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Two customer-managed keys with yearly rotation: for rows at rest, and for secrets (docs/decisions/005-encryption.md).
 */
export class Keys extends Construct {
  readonly data: Key;
  readonly secrets: Key;

  constructor(scope: Construct, id: string, { prefix, removalPolicy }: KeysProps) {
    super(scope, id);
    const key = (name: string, description: string) =>
      new Key(this, name, {
        alias: `alias/${prefix}-${name.toLowerCase()}`,
        description,
        enableKeyRotation: true,
        removalPolicy,
      });
    this.data = key('Data', 'Payhooks: payments, orders, effects and evidence at rest');
    this.secrets = key('Secrets', "Payhooks: the providers' credentials and the envelope key");
  }
}
