/** Policy statements of a function, from its row in functions.ts. None has a wildcard (traces: function.ts). */
import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { PARTITIONS } from '../../shared/app/table/keys.ts';
import { CONSUME_ACTIONS, type FunctionName, type FunctionSpec, IDEMPOTENCY_ACTIONS } from '../functions.ts';
import { EVENT_SOURCE } from '../names.ts';
import type { Keys } from './keys.ts';
import type { Queues } from './queues.ts';
import type { Secrets } from './secrets.ts';
import { OPEN_INDEX, type Tables } from './tables.ts';
import type { Vault } from './vault.ts';

export interface Resources {
  readonly keys: Keys;
  readonly queues: Queues;
  readonly secrets: Secrets;
  readonly tables: Tables;
  /** Absent: the target is an HTTPS endpoint, which needs no permission. */
  readonly bus?: EventBus;
  /** Absent: no account has a key for splitTokens. */
  readonly vault?: Vault;
  /** The stack's public address. */
  readonly url: string;
}

/** The KMS actions that a principal needs for a table under a customer-managed key, without "kms:ReEncrypt*". */
const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

const READ_KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey'];

export function accessOf(
  scope: Construct,
  name: FunctionName,
  spec: FunctionSpec,
  on: Resources,
): PolicyStatement[] {
  const { queues, lostReports } = on.queues;
  return [
    ...secretStatements(scope, on.secrets.arnsFor(name, spec.reads), on.keys),
    ...spec.sendsTo.map((queue) => allow(['sqs:SendMessage'], [queues[queue].queueArn])),
    ...(spec.sendsLostReports && lostReports !== undefined
      ? [allow(['sqs:SendMessage'], [lostReports.queueArn])]
      : []),
    ...(spec.consumes === undefined ? [] : [allow([...CONSUME_ACTIONS], [queues[spec.consumes].queueArn])]),
    ...tableStatements(scope, spec, on),
    ...(spec.vault && on.vault !== undefined ? vaultStatements(scope, on.vault) : []),
    // Only events with our own source. The condition key has one value for each entry of a request.
    ...(spec.delivers && on.bus !== undefined
      ? [
          allow(
            ['events:PutEvents'],
            [on.bus.eventBusArn],
            allValues('StringEquals', 'events:source', EVENT_SOURCE),
          ),
        ]
      : []),
  ];
}

const allow = (actions: string[], resources: string[], conditions = {}): PolicyStatement =>
  new PolicyStatement({ actions, resources, conditions });

/** Null refuses a request without the condition key, because ForAllValues is true for an empty set. */
const allValues = (operator: string, key: string, values: unknown) => ({
  [`ForAllValues:${operator}`]: { [key]: values },
  Null: { [key]: 'false' },
});

/** A key may only be used through the service that holds the data. */
const useKey = (scope: Construct, { keyArn }: Key, service: string, actions: string[]): PolicyStatement =>
  allow(actions, [keyArn], {
    StringEquals: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com` },
  });

function secretStatements(scope: Construct, arns: string[], keys: Keys): PolicyStatement[] {
  if (arns.length === 0) return [];
  return [
    allow(['secretsmanager:GetSecretValue'], arns),
    // GetSecretValue limits which secrets; Secrets Manager decrypts only a secret that the caller may read.
    useKey(scope, keys.secrets, 'secretsmanager', ['kms:Decrypt']),
  ];
}

function tableStatements(
  scope: Construct,
  spec: FunctionSpec,
  { tables, keys }: Resources,
): PolicyStatement[] {
  const statements = [
    ...rowStatements(spec, tables.main.tableArn),
    ...(spec.table.includes('sweep') ? [allow(['dynamodb:Query'], [indexArn(tables.main)])] : []),
    ...(spec.idempotencyTable ? [allow([...IDEMPOTENCY_ACTIONS], [tables.idempotency.tableArn])] : []),
  ];
  if (statements.length === 0) return [];
  const readsOnly = !spec.idempotencyTable && spec.table.every((access) => access === 'GetItem');
  const actions = readsOnly ? READ_KEY_ACTIONS : TABLE_KEY_ACTIONS;
  return [...statements, useKey(scope, keys.data, 'dynamodb', actions)];
}

/** One statement for each set of rows; actions on the same rows share one. */
function rowStatements({ table, rows }: FunctionSpec, tableArn: string): PolicyStatement[] {
  const byRows = new Map<string, { readonly begins: readonly string[]; readonly actions: string[] }>();
  for (const access of table) {
    if (access === 'sweep') continue;
    const partitions = rows === 'any' ? [] : rows[access];
    if (partitions === undefined || (rows !== 'any' && partitions.length === 0))
      throw new Error(`dynamodb:${access}: on which rows is not said`);
    const begins = partitions.map((partition) => `${PARTITIONS[partition]}*`);
    const known = byRows.get(begins.join()) ?? { begins, actions: [] };
    byRows.set(begins.join(), known);
    known.actions.push(`dynamodb:${access}`);
  }
  return [...byRows.values()].map(({ begins, actions }) =>
    begins.length === 0
      ? allow(actions, [tableArn])
      : // Every partition key of the request must begin like this.
        allow(actions, [tableArn], allValues('StringLike', 'dynamodb:LeadingKeys', begins)),
  );
}

/** No function can open these rows: they are sealed to a key that only the merchant's capture code has. */
function vaultStatements(scope: Construct, { table, key }: Vault): PolicyStatement[] {
  return [
    allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [table.tableArn]),
    useKey(scope, key, 'dynamodb', TABLE_KEY_ACTIONS),
  ];
}

const indexArn = (table: TableV2): string => `${table.tableArn}/index/${OPEN_INDEX}`;
