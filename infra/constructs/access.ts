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
  return [
    ...secretStatements(scope, on.secrets.arnsFor(name, spec.reads), on.keys),
    ...spec.sendsTo.map((queue) => allow(['sqs:SendMessage'], on.queues.queues[queue].queueArn)),
    ...(spec.putsAside && on.queues.lostReports !== undefined
      ? [allow(['sqs:SendMessage'], on.queues.lostReports.queueArn)]
      : []),
    ...(spec.consumes === undefined
      ? []
      : [allow([...CONSUME_ACTIONS], on.queues.queues[spec.consumes].queueArn)]),
    ...tableStatements(scope, spec, on),
    ...(spec.vault && on.vault !== undefined ? vaultStatements(scope, on.vault) : []),
    ...(spec.delivers && on.bus !== undefined ? [putEvents(on.bus)] : []),
  ];
}

/**
 * Only events with our own source. The condition key has one value for each entry of a request; Null refuses a request
 * that names no source, because ForAllValues is true for an empty set.
 */
const putEvents = ({ eventBusArn }: EventBus): PolicyStatement =>
  new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [eventBusArn],
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE },
      Null: { 'events:source': 'false' },
    },
  });

const allow = (actions: string[], ...resources: string[]) => new PolicyStatement({ actions, resources });

/** A key may only be used through the service that holds the data. */
const throughService = (scope: Construct, service: string) => ({
  'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com`,
});

function secretStatements(scope: Construct, arns: string[], keys: Keys): PolicyStatement[] {
  if (arns.length === 0) return [];
  const decrypt = new PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [keys.secrets.keyArn],
    // GetSecretValue limits which secrets; Secrets Manager decrypts only a secret that the caller may read.
    conditions: { StringEquals: throughService(scope, 'secretsmanager') },
  });
  return [allow(['secretsmanager:GetSecretValue'], ...arns), decrypt];
}

function tableStatements(
  scope: Construct,
  spec: FunctionSpec,
  { tables, keys }: Resources,
): PolicyStatement[] {
  const statements = [
    ...rowStatements(spec, tables.main.tableArn),
    ...(spec.table.includes('sweep') ? [allow(['dynamodb:Query'], indexArn(tables.main))] : []),
    ...(spec.idempotencyTable ? [allow([...IDEMPOTENCY_ACTIONS], tables.idempotency.tableArn)] : []),
  ];
  if (statements.length === 0) return [];
  const readsOnly = !spec.idempotencyTable && spec.table.every((access) => access === 'GetItem');
  return [...statements, tableKey(scope, keys.data, readsOnly ? READ_KEY_ACTIONS : TABLE_KEY_ACTIONS)];
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
    begins.length === 0 ? allow(actions, tableArn) : onRows(actions, tableArn, begins),
  );
}

/**
 * Every partition key of the request must begin like this. Null refuses a request that names no key, because
 * ForAllValues is true for an empty set.
 */
const onRows = (actions: string[], tableArn: string, begins: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': begins },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });

const tableKey = (scope: Construct, { keyArn }: Key, actions = TABLE_KEY_ACTIONS): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [keyArn],
    conditions: { StringEquals: throughService(scope, 'dynamodb') },
  });

/** No function can open these rows: they are sealed to a key that only the merchant's capture code has. */
function vaultStatements(scope: Construct, { table, key }: Vault): PolicyStatement[] {
  return [allow(['dynamodb:GetItem', 'dynamodb:PutItem'], table.tableArn), tableKey(scope, key)];
}

const indexArn = (table: TableV2): string => `${table.tableArn}/index/${OPEN_INDEX}`;
