/**
 * What a person with a function's role can do, as requests to its policy: for docs/tables/privileges.md and its test.
 */
import type { FunctionName } from '../../infra/functions.ts';
import { EVENT_SOURCE } from '../../infra/names.ts';
import { PARTITIONS, type Partition } from '../../shared/app/table/keys.ts';
import { ofType, type Resources } from '../docs/templates.ts';
import { mayDo, type Request } from './policy.ts';

const PREFIX = 'payhooks-sandbox';

/** Logical id of the resource with this name. */
function idOf(all: Resources, type: string, property: string, name: RegExp): readonly string[] {
  const found = ofType(all, type).filter(([, { Properties }]) => name.test(String(Properties?.[property])));
  if (found.length === 0) throw new Error(`no ${type} named ${name}`);
  return found.map(([id]) => id);
}

const table = (all: Resources, name: string): readonly string[] =>
  idOf(all, 'AWS::DynamoDB::GlobalTable', 'TableName', new RegExp(`^${name}$`));
const secrets = (all: Resources, name: RegExp): readonly string[] =>
  idOf(all, 'AWS::SecretsManager::Secret', 'Name', name);

const rows =
  (action: string, partition: Partition) =>
  (all: Resources): readonly Request[] =>
    table(all, PREFIX).map((resource) => ({
      action: `dynamodb:${action}`,
      resource,
      context: { 'dynamodb:LeadingKeys': [`${PARTITIONS[partition]}trustly-americas:shop:1`] },
    }));
const reads =
  (name: RegExp) =>
  (all: Resources): readonly Request[] =>
    secrets(all, name).map((resource) => ({ action: 'secretsmanager:GetSecretValue', resource }));
const sends =
  (name: string) =>
  (all: Resources): readonly Request[] =>
    idOf(all, 'AWS::SQS::Queue', 'QueueName', new RegExp(`^${PREFIX}-${name}$`)).map((resource) => ({
      action: 'sqs:SendMessage',
      resource,
    }));

/** By heading. A function has the ability if its role allows one of the requests. */
export const ABILITIES = {
  'write payments and effects': rows('PutItem', 'payment'),
  'write orders': rows('PutItem', 'order'),
  'link an alias to an order': rows('PutItem', 'alias'),
  'read payments and sealed evidence': rows('GetItem', 'payment'),
  'read orders': rows('GetItem', 'order'),
  'read the providers’ keys': reads(/^payhooks\/sandbox\/(trustly-americas|trustly-europe|paymentwall)\//),
  'open sealed messages and evidence': reads(/\/envelope-key$/),
  'read sealed splitTokens': (all) =>
    table(all, `${PREFIX}-vault`).map((resource) => ({ action: 'dynamodb:GetItem', resource })),
  'open splitTokens': reads(/\/split-token-key$/),
  'store an answer of a provider’s API': rows('PutItem', 'answer'),
  'send to the notifications queue': sends('notifications'),
  'send to the fulfilment queue': sends('fulfilment'),
  'send events to the merchant': (all) => [
    ...idOf(all, 'AWS::Events::EventBus', 'Name', /./).map((resource) => ({
      action: 'events:PutEvents',
      resource,
      context: { 'events:source': [EVENT_SOURCE] },
    })),
  ],
} as const satisfies Readonly<Record<string, (all: Resources) => readonly Request[]>>;
export type Ability = keyof typeof ABILITIES;

export const can = (all: Resources, name: FunctionName, ability: Ability): boolean =>
  ABILITIES[ability](all).some((request) => mayDo(all, `${PREFIX}-${name}`, request));
