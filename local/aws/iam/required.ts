/**
 * The IAM requirements of a service call: for each operation the actions, the resources and the condition keys of the
 * request, from the Service Authorization Reference. A service that uses a KMS key also requires that permission of the
 * caller.
 */
import { localArn } from '../../template/names.ts';
import { type Json, type JsonObject, LOCAL_REGION, list, object } from '../../template/resolve.ts';
import { tableRequirements } from './required-dynamodb.ts';
import type { Context, Requirement } from './requirement.ts';

export interface ServiceCall {
  /** Prefix of X-Amz-Target. */
  readonly service: string;
  readonly operation: string;
  readonly input: Json;
}

/** ARN of the key that encrypts the resource with this ARN. */
export type KeyOf = (arn: string) => string | undefined;

export const DYNAMODB = 'DynamoDB_20120810';

export function requirementsOf(call: ServiceCall, keyOf: KeyOf): readonly Requirement[] {
  const input = object(call.input);
  switch (call.service) {
    case 'AmazonSQS':
      return [queueRequirement(call.operation, input)];
    case 'secretsmanager':
      return secretRequirements(call.operation, input, keyOf);
    case 'AWSEvents':
      return eventRequirements(call.operation, input);
    case DYNAMODB:
      return withKey(tableRequirements(call.operation, input), 'dynamodb', keyOf);
    default:
      return [];
  }
}

/** SendMessageBatch needs sqs:SendMessage; the other batch operations likewise. */
function queueRequirement(operation: string, { QueueUrl, QueueName }: JsonObject): Requirement {
  const name = String(QueueUrl ?? QueueName ?? '*')
    .split('/')
    .pop();
  return {
    action: `sqs:${operation.replace(/Batch$/, '')}`,
    resource: localArn('sqs', name ?? '*'),
    context: {},
  };
}

/** The KMS actions that Secrets Manager performs for the caller. */
const SECRET_KEY_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GetSecretValue: ['kms:Decrypt'],
  PutSecretValue: ['kms:GenerateDataKey', 'kms:Decrypt'],
};

function secretRequirements(
  operation: string,
  { SecretId }: JsonObject,
  keyOf: KeyOf,
): readonly Requirement[] {
  const action = `secretsmanager:${operation}`;
  if (SecretId === undefined) return [{ action, resource: '*', context: {} }];
  const text = String(SecretId);
  const resource = text.startsWith('arn:') ? text : localArn('secretsmanager', `secret:${text}`);
  const key = keyOf(resource);
  const uses = key === undefined ? [] : (SECRET_KEY_ACTIONS[operation] ?? []);
  return [
    { action, resource, context: { 'secretsmanager:SecretId': resource } },
    ...uses.map((use) => ({
      action: use,
      resource: key ?? '',
      context: {
        ...through('secretsmanager'),
        'kms:EncryptionContextKeys': ['SecretARN'],
        'kms:EncryptionContext:SecretARN': resource,
      },
    })),
  ];
}

const busArn = (name: Json | undefined): string => {
  const text = String(name ?? 'default');
  return text.startsWith('arn:') ? text : localArn('events', `event-bus/${text}`);
};

function eventRequirements(operation: string, input: JsonObject): readonly Requirement[] {
  if (operation !== 'PutEvents') {
    const rule = [input.EventBusName, input.Rule ?? input.Name]
      .filter((part) => part !== undefined)
      .join('/');
    const resource = operation === 'ListRules' ? '*' : localArn('events', `rule/${rule}`);
    return [{ action: `events:${operation}`, resource, context: {} }];
  }
  const entries = list(input.Entries).map(object);
  const buses = Map.groupBy(entries, ({ EventBusName }) => busArn(EventBusName));
  return [...buses].map(([resource, group]) => ({
    action: 'events:PutEvents',
    resource,
    context: {
      'events:source': group.map(({ Source }) => String(Source)),
      'events:detail-type': group.map(({ DetailType }) => String(DetailType)),
    },
  }));
}

/** Condition keys of a KMS call that a service makes for its caller. */
const through = (service: string): Context => ({
  'kms:ViaService': `${service}.${LOCAL_REGION}.amazonaws.com`,
  'aws:ViaAWSService': 'true',
  'aws:CalledVia': [`${service}.amazonaws.com`],
});

/** DynamoDB decrypts a table's key in the caller's name; its guide describes this use only. */
function withKey(
  requirements: readonly Requirement[],
  service: string,
  keyOf: KeyOf,
): readonly Requirement[] {
  const tables = new Set(requirements.map(({ resource }) => resource.replace(/\/index\/.*$/, '')));
  const uses = [...tables].flatMap((table) => {
    const key = keyOf(table);
    if (key === undefined) return [];
    const context = {
      ...through(service),
      'kms:EncryptionContextKeys': ['aws:dynamodb:subscriberId', 'aws:dynamodb:tableName'],
    };
    return [{ action: 'kms:Decrypt', resource: key, context }];
  });
  return [...requirements, ...uses];
}
