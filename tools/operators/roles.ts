/**
 * Policies for operators, made from the actions of each command (cli/calls.ts). This file decides which commands a role
 * has.
 */
import { actionsOf, CALLS, changes } from '../../cli/calls.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';

export const ROLES = ['read-only', 'responder', 'admin'] as const;
export type OperatorRole = (typeof ROLES)[number];

/** For people who answer alarms: payments, orders, queues; no account's secret, and no erasure of personal data. */
const RESPONDER = [
  ...['payments confirm', 'payments reject', 'holds release', 'holds reject'],
  ...['orders register', 'orders close', 'orders reopen', 'orders change', 'refunds register'],
  ...['dlq redrive', 'dlq discard', 'quarantine list', 'quarantine apply', 'quarantine discard'],
  ...['rederive', 'redeliver', 'reconcile', 'pause', 'resume', 'console'],
];

const READ_ONLY = [
  ...['payments list', 'payments show', 'holds list', 'orders show', 'dlq list', 'dlq show'],
  ...['audit', 'requests', 'console', 'doctor'],
];

export const COMMANDS_OF: Readonly<Record<OperatorRole, readonly string[]>> = {
  'read-only': READ_ONLY,
  responder: [...READ_ONLY, ...RESPONDER.filter((name) => !READ_ONLY.includes(name))],
  admin: Object.keys(CALLS),
};

/**
 * The actions of a role are exactly those of its commands; `read-only` gets only the ones that change nothing and read
 * no secret.
 */
export function actionsOfRole(role: OperatorRole): readonly string[] {
  const all = COMMANDS_OF[role].flatMap((name) => [...actionsOf(CALLS[name] ?? { actions: [] })]);
  const own = [...new Set([...all, 'cloudformation:DescribeStacks', 'sqs:GetQueueUrl'])].sort();
  return role === 'read-only'
    ? own.filter((action) => !changes(action) && action !== 'secretsmanager:GetSecretValue')
    : own;
}

interface OperatorStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The texts to replace in the documents. */
export const PLACEHOLDERS = ['ACCOUNT_ID', 'REGION', 'ENVIRONMENT'] as const;

const arn = (service: string, path: string): string => `arn:aws:${service}:REGION:ACCOUNT_ID:${path}`;

/** Resources of each service; actions without resources (CloudWatch, lists) are allowed on "*". */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['', '/index/open'].map((end) => arn('dynamodb', `table/payhooks-ENVIRONMENT${end}`)),
  sqs: [arn('sqs', 'payhooks-ENVIRONMENT-*')],
  lambda: [arn('lambda', 'function:payhooks-ENVIRONMENT-*')],
  invoked: ['reconciler', 'checkout'].flatMap((name) =>
    ['', ':*'].map((end) => arn('lambda', `function:payhooks-ENVIRONMENT-${name}${end}`)),
  ),
  temporaryRules: [arn('events', 'rule/payhooks-ENVIRONMENT/payhooks-ENVIRONMENT-listen-*')],
  temporaryQueues: [arn('sqs', 'payhooks-ENVIRONMENT-listen-*')],
  logs: [
    arn('logs', 'log-group:/payhooks/ENVIRONMENT/*'),
    arn('logs', 'log-group:/aws/vendedlogs/payhooks/ENVIRONMENT/*'),
  ],
  events: [arn('events', 'rule/payhooks-ENVIRONMENT/*')],
  cloudformation: [arn('cloudformation', 'stack/Payhooks*/*')],
};

const ON_ANYTHING = [
  'events:ListRules',
  'events:TestEventPattern',
  'iam:SimulatePrincipalPolicy',
  'lambda:GetAccountSettings',
  'lambda:ListEventSourceMappings',
  'secretsmanager:ListSecrets',
];

/** Receiving a message hides it: in a work queue that would delay payments, so only dead letters may be received. */
const RECEIVES = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];
/** `payhooks listen --stack` makes a rule and a queue of its own, and removes them. */
const MAKES_QUEUES = ['sqs:CreateQueue', 'sqs:DeleteQueue'];
const MAKES_RULES = ['events:DeleteRule', 'events:PutRule', 'events:PutTargets', 'events:RemoveTargets'];

function groupOf(action: string): string {
  const [service = ''] = action.split(':');
  if (RECEIVES.includes(action)) return 'received';
  if (MAKES_QUEUES.includes(action)) return 'temporaryQueues';
  if (MAKES_RULES.includes(action)) return 'temporaryRules';
  if (action === 'lambda:InvokeFunction') return 'invoked';
  if (ON_ANYTHING.includes(action) || service === 'cloudwatch') return 'anything';
  if (action === 'lambda:UpdateEventSourceMapping') return 'mappings';
  if (action === 'sns:ListSubscriptionsByTopic') return 'topics';
  return service;
}

/** A mapping's ARN does not contain its stack, so the condition names the function that it invokes. */
const CONDITIONS: Readonly<Record<string, Pick<OperatorStatement, 'Condition'>>> = {
  mappings: {
    Condition: { ArnLike: { 'lambda:FunctionArn': arn('lambda', 'function:payhooks-ENVIRONMENT-*') } },
  },
};

/**
 * Every secret that some command reads or writes, except the private key of splitTokens, which is for the merchant's
 * capture code alone; Secrets Manager adds six characters to a name.
 */
const ADMINISTERED = [
  ...[...PROVIDERS, 'decision'].map((name) => `${name}/*`),
  ...['edge', 'envelope-key', 'target'].map((name) => `${name}-*`),
];

const pascal = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function policyOf(role: OperatorRole): {
  readonly Version: '2012-10-17';
  readonly Statement: readonly OperatorStatement[];
} {
  const groups = Map.groupBy(actionsOfRole(role), groupOf);
  const secrets = role === 'admin' ? ADMINISTERED : ['envelope-key-*'];
  const resources: Readonly<Record<string, readonly string[]>> = {
    ...RESOURCES,
    anything: ['*'],
    mappings: [arn('lambda', 'event-source-mapping:*')],
    received: [
      arn('sqs', 'payhooks-ENVIRONMENT-*-dlq'),
      ...(COMMANDS_OF[role].includes('listen') ? (RESOURCES.temporaryQueues ?? []) : []),
    ],
    topics: [arn('sns', '*')],
    secretsmanager: secrets.map((name) => arn('secretsmanager', `secret:payhooks/ENVIRONMENT/${name}`)),
  };
  const statements = [...groups].map(([group, Action]): OperatorStatement => {
    const Resource = resources[group];
    if (Resource === undefined) throw new Error(`${Action.join()}: on which resources is not said`);
    return { Sid: pascal(group), Effect: 'Allow', Action, Resource, ...CONDITIONS[group] };
  });
  return { Version: '2012-10-17', Statement: [...statements, useVault(role), useKeys(role)] };
}

/** Sealed splitTokens and accounts on file: `payments show` reads one, and only `erase` changes any. */
const useVault = (role: OperatorRole): OperatorStatement => ({
  Sid: 'Vault',
  Effect: 'Allow',
  Action: COMMANDS_OF[role].includes('erase')
    ? actionsOf(CALLS.erase ?? { actions: [] }).filter((action) => action.startsWith('dynamodb:'))
    : ['dynamodb:GetItem'],
  Resource: [arn('dynamodb', 'table/payhooks-ENVIRONMENT-vault')],
});

/** The keys of the stack by their aliases, through the services that use them. */
const useKeys = (role: OperatorRole): OperatorStatement => ({
  Sid: 'Keys',
  Effect: 'Allow',
  Action: role === 'read-only' ? ['kms:Decrypt'] : ['kms:Decrypt', 'kms:GenerateDataKey'],
  Resource: [arn('kms', 'key/*')],
  Condition: {
    'ForAnyValue:StringEquals': {
      'kms:ResourceAliases': ['data', 'secrets', 'vault'].map((name) => `alias/payhooks-ENVIRONMENT-${name}`),
    },
    StringEquals: {
      'kms:ViaService': ['dynamodb', 'secretsmanager'].map((service) => `${service}.REGION.amazonaws.com`),
    },
  },
});
