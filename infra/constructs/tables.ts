import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  ProjectionType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface TablesProps {
  readonly prefix: string;
  readonly key: Key;
  readonly removalPolicy: RemovalPolicy;
}

/** Sparse: only rows that are not final have `openShard` and `openAt`. */
export const OPEN_INDEX = 'open';

/** An attribute that holds text. */
export const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Every table: on demand, with point-in-time recovery, and protected unless it goes with its stack. */
export const tableSettings = (removalPolicy: RemovalPolicy) => ({
  billing: Billing.onDemand(),
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
  removalPolicy,
});

/** The table of payments, orders, effects and evidence, and the one of Powertools Idempotency. */
export class Tables extends Construct {
  readonly main: TableV2;
  readonly idempotency: TableV2;

  constructor(scope: Construct, id: string, { prefix, key, removalPolicy }: TablesProps) {
    super(scope, id);
    const shared = tableSettings(removalPolicy);
    this.main = new TableV2(this, 'Main', {
      ...shared,
      tableName: prefix,
      partitionKey: text('pk'),
      sortKey: text('sk'),
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: [
        {
          indexName: OPEN_INDEX,
          partitionKey: text('openShard'),
          sortKey: text('openAt'),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    // Powertools' own schema: partition key "id", TTL attribute "expiration".
    this.idempotency = new TableV2(this, 'Idempotency', {
      ...shared,
      tableName: `${prefix}-idempotency`,
      partitionKey: text('id'),
      timeToLiveAttribute: 'expiration',
    });
    for (const table of [this.main, this.idempotency]) encrypt(table, key);
  }
}

/**
 * TableEncryptionV2.customerManagedKey refuses a stack without a region, because replicas in other regions would need
 * keys of their own. The table is the only replica, and synth must work without an AWS account.
 */
export function encrypt(table: TableV2, key: Key): void {
  const resource = table.node.defaultChild as CfnGlobalTable;
  resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
  resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
}
