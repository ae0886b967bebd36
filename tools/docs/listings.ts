/** What docs/construct.md says about each type of resource, as data. */
import { type Cell, code } from './markdown.ts';
import { ofType, type Properties, type Resources } from './templates.ts';

interface Column {
  /** The properties that it covers. */
  readonly of: readonly string[];
  readonly cell: (properties: Properties, all: Resources) => Cell;
}

/** A column of one property: the value as it is, or as a text. */
const column = (
  property: string,
  // biome-ignore lint/suspicious/noExplicitAny: a template is read as it is
  shown: (value: any, all: Resources) => Cell = (value) => value,
): Column => ({ of: [property], cell: (properties, all) => shown(properties[property], all) });

const DESCRIPTION = column('Description');

export interface Listing {
  readonly title: string;
  readonly type: string;
  /** The name of a row. */
  readonly name: (properties: Properties, all: Resources) => string;
  /** By heading. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Values that are the same in every row, printed once. A test checks them. */
  readonly always?: Readonly<Record<string, unknown>>;
  readonly says?: readonly string[];
  /** Properties that are not settings: names, references, addresses. */
  readonly leaves?: readonly string[];
}

/** Rows that exist only with some setting, by their name. */
export const WHEN: Readonly<Record<string, string>> = {
  'intake-trustly-europe-decisions': 'an account with `withdrawals` or `kyc`',
  'intake-trustly-americas': 'an account of this provider',
  'intake-trustly-europe': 'an account of this provider without questions',
  'intake-paymentwall': 'an account of this provider',
  redirect: 'a Trustly Americas account with `checkout`',
  confirmer: '`confirm` or physical goods',
  reconciler: '`confirm`',
  confirmations: '`confirm` or physical goods',
  reconciliations: '`confirm`',
  probe: '`"probe": true`, the default',
  probes: '`"probe": true`, the default',
  deliveries: 'physical goods',
  'deliveries-dlq': 'physical goods',
  vault: 'an account with `splitTokenKey`',
  'split-token-key': 'an account with `splitTokenKey`',
  edge: '`edgeHeader`',
  'decision/<account>': 'an account with `withdrawals` or `kyc`',
  '<provider>/<account>': 'each account',
  alarms: '`alarmEmail`',
};

const days = (seconds: unknown): string => `${Number(seconds) / 86_400} days`;
/** The name without the environment and the account of the rendered configuration. */
const plain = (name: unknown): string =>
  String(name)
    .replace(/^alias\/payhooks-sandbox-/, '')
    .replace(/^payhooks\/sandbox\/(trustly-americas|trustly-europe|paymentwall)\/.*$/, '<provider>/<account>')
    .replace(/^payhooks\/sandbox\/decision\/.*$/, 'decision/<account>')
    .replace(/^payhooks[-/]sandbox[-/]/, '')
    .replaceAll('sandbox', '<environment>');

/** The logical id to which a Ref, a GetAtt or a Join of them refers. */
export function targetOf(value: unknown, all: Resources): string {
  const found = JSON.stringify(value)
    .match(/"([A-Za-z0-9]+)"/g)
    ?.map((quoted) => quoted.slice(1, -1))
    .find((id) => all[id] !== undefined);
  if (found === undefined) throw new Error(`${JSON.stringify(value)} leads to no resource`);
  return found;
}

const ATTRIBUTES: Readonly<Record<string, string>> = { HASH: 'partition', RANGE: 'sort' };
const keyText = (schema: readonly { readonly AttributeName: string; readonly KeyType: string }[]): string =>
  schema.map(({ AttributeName, KeyType }) => `${code(AttributeName)} (${ATTRIBUTES[KeyType]})`).join(', ');

/** "data", "secrets", "vault" */
export function aliasOf(key: string, all: Resources): string {
  const alias = ofType(all, 'AWS::KMS::Alias').find(
    ([, { Properties }]) => targetOf(Properties?.TargetKeyId, all) === key,
  );
  return plain(alias?.[1].Properties?.AliasName);
}

export const LISTINGS: readonly Listing[] = [
  {
    title: 'Functions',
    type: 'AWS::Lambda::Function',
    name: ({ FunctionName }) => plain(FunctionName),
    columns: {
      MB: column('MemorySize'),
      seconds: column('Timeout'),
      what: DESCRIPTION,
    },
    always: { Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' },
    says: [
      'Node 24 (`nodejs24.x`), arm64, one CommonJS bundle each with the accounts compiled in, a log group and a role each; policies are inline, from `infra/functions.ts`, without a wildcard. No layer, VPC, reserved concurrency, function URL or dead-letter queue; traces with `tracing` alone, whose two actions are the one statement without a resource.',
    ],
    leaves: ['Code', 'Environment', 'FunctionName', 'LoggingConfig', 'Role', 'Tags'],
  },
  {
    title: 'Event source mappings',
    type: 'AWS::Lambda::EventSourceMapping',
    name: ({ EventSourceArn }, all) => plain(all[targetOf(EventSourceArn, all)]?.Properties?.QueueName),
    columns: {
      'messages a batch': column('BatchSize'),
      'environments at a time': column('ScalingConfig', ({ MaximumConcurrency }) => MaximumConcurrency),
    },
    always: { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    says: ['Partial batch responses; no batching window.'],
    leaves: ['EventSourceArn', 'FunctionName', 'Tags'],
  },
  {
    title: 'Queues',
    type: 'AWS::SQS::Queue',
    name: ({ QueueName }) => plain(QueueName),
    columns: {
      'keeps for': column('MessageRetentionPeriod', days),
      visibility: column('VisibilityTimeout', (seconds) =>
        seconds === undefined ? '30 s (SQS’s own)' : `${seconds} s`,
      ),
      'receives, then dead letter': column('RedrivePolicy', (policy) => policy?.maxReceiveCount),
      'dead letters of': column('RedriveAllowPolicy', (allow) => {
        if (allow === undefined) return undefined;
        const [source] = allow.sourceQueueArns;
        return code(plain(JSON.stringify(source).match(/payhooks-sandbox-[a-z]+/)?.[0]));
      }),
    },
    always: { SqsManagedSseEnabled: true },
    says: ['Standard queues, encrypted by SQS (SSE-SQS); a queue policy refuses what does not come by TLS.'],
    leaves: ['QueueName', 'Tags'],
  },
  {
    title: 'Tables',
    type: 'AWS::DynamoDB::GlobalTable',
    name: ({ TableName }) => (TableName === 'payhooks-sandbox' ? 'the main one' : plain(TableName)),
    columns: {
      keys: column('KeySchema', keyText),
      index: column('GlobalSecondaryIndexes', ([index] = []) =>
        index === undefined
          ? undefined
          : `${code(index.IndexName)}: ${keyText(index.KeySchema)}, ${index.Projection.ProjectionType === 'KEYS_ONLY' ? 'keys only' : index.Projection.ProjectionType}`,
      ),
      'expires by': column('TimeToLiveSpecification', (ttl) =>
        ttl?.Enabled ? code(ttl.AttributeName) : undefined,
      ),
      key: {
        of: ['Replicas', 'SSESpecification'],
        cell: ({ Replicas, SSESpecification }, all) => {
          const [replica, ...others] = Replicas;
          const { KMSMasterKeyId } = replica.SSESpecification;
          const kept =
            replica.DeletionProtectionEnabled &&
            replica.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled;
          if (others.length > 0 || !kept || SSESpecification.SSEType !== 'KMS')
            throw new Error('a table differs');
          return aliasOf(targetOf(KMSMasterKeyId, all), all);
        },
      },
    },
    always: { BillingMode: 'PAY_PER_REQUEST' },
    says: [
      'On demand, point-in-time recovery, deletion protection, one replica (the table itself), encrypted with the named key.',
    ],
    leaves: ['AttributeDefinitions', 'TableName'],
  },
  {
    title: 'Keys',
    type: 'AWS::KMS::Key',
    name: () => '',
    columns: { what: DESCRIPTION },
    always: { EnableKeyRotation: true },
    says: ['Symmetric, rotated every year; the key policy leaves access to IAM.'],
    leaves: ['KeyPolicy', 'Tags'],
  },
  {
    title: 'Secrets',
    type: 'AWS::SecretsManager::Secret',
    name: ({ Name }) => plain(Name),
    columns: {
      value: column('GenerateSecretString', (made) =>
        made === undefined ? 'empty' : `generated: ${made.PasswordLength} letters and digits`,
      ),
      key: column('KmsKeyId', (key, all) => aliasOf(targetOf(key, all), all)),
    },
    says: [
      'Names begin with `payhooks/<environment>/`. No rotation schedule: providers hand out keys by hand. With `captureRoleArn` a resource policy lets that role alone read `split-token-key`.',
    ],
    leaves: ['Description', 'Name', 'Tags'],
  },
  {
    title: 'Log groups',
    type: 'AWS::Logs::LogGroup',
    name: ({ LogGroupName }) =>
      String(LogGroupName).startsWith('/payhooks/')
        ? 'each function: `/payhooks/<environment>/<function>`'
        : code(plain(LogGroupName)),
    columns: { 'keeps for': column('RetentionInDays', (kept) => `${kept} days`) },
    says: ['Of every function there could be, used or not: a group outlives its function.'],
    leaves: ['LogGroupName', 'Tags'],
  },
  {
    title: 'Schedules and rules',
    type: 'AWS::Events::Rule',
    name: ({ Name }) => plain(Name),
    columns: {
      when: {
        of: ['ScheduleExpression', 'EventPattern', 'EventBusName'],
        cell: ({ ScheduleExpression: schedule, EventPattern: pattern }) =>
          code(schedule ?? JSON.stringify(pattern)),
      },
      'a call that Lambda does not take': column('Targets', ([{ RetryPolicy: policy }]) =>
        policy === undefined
          ? 'EventBridge’s own retries'
          : `${policy.MaximumRetryAttempts} retries, dropped after ${policy.MaximumEventAgeInSeconds ?? '–'} s`,
      ),
      what: DESCRIPTION,
    },
    always: { State: 'ENABLED' },
    says: ['Hours are UTC. `deliveries` listens on the AWS account’s default bus.'],
    leaves: ['Name', 'Tags'],
  },
  {
    title: 'Asynchronous calls',
    type: 'AWS::Lambda::EventInvokeConfig',
    name: ({ FunctionName }, all) => plain(all[targetOf(FunctionName, all)]?.Properties?.FunctionName),
    columns: {
      'a call that fails': column('MaximumRetryAttempts', (retries) =>
        retries === 0 ? 'is not repeated' : `is repeated ${retries} times`,
      ),
      'waits for a free place for': column('MaximumEventAgeInSeconds', (seconds) => `${seconds} s`),
      'then sent to': column('DestinationConfig', ({ OnFailure: failure } = {}, all) =>
        failure === undefined
          ? undefined
          : code(plain(all[targetOf(failure.Destination, all)]?.Properties?.QueueName)),
      ),
    },
    always: { Qualifier: '$LATEST' },
    says: [
      'What Lambda does with a call of a rule that it took. `confirmer` without physical goods: as `sweeper`. What is sent there is the call as it came: a shipping report holds its address there in clear, encrypted by SQS alone, which nobody’s role may read.',
    ],
    leaves: ['FunctionName'],
  },
  {
    title: 'Event bus',
    type: 'AWS::Events::Archive',
    name: ({ ArchiveName }) => `archive ${code(plain(ArchiveName))}`,
    columns: {
      'keeps for': column('RetentionDays', (kept) => `${kept} days`),
      what: column('EventPattern', (pattern) => code(JSON.stringify(pattern))),
    },
    says: [
      'Target `eventbridge`: the bus `payhooks-<environment>`, the archive of it, and the rule `log` above (type and id of every event). A policy of the bus denies `events:PutEvents` with source `payhooks` to everybody but the roles of Payhooks that send you events.',
    ],
    leaves: ['ArchiveName', 'KmsKeyIdentifier', 'SourceArn'],
  },
  {
    title: 'Where alarms go',
    type: 'AWS::SNS::Topic',
    name: ({ TopicName }) => plain(TopicName),
    columns: {},
    says: [
      'One subscription, e-mail, which AWS asks to confirm. Every alarm sends a message to the topic when it rings and when it is over.',
    ],
    leaves: ['TopicName', 'Tags'],
  },
];

/** Types that another page lists, or that have no settings of their own. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'AWS::Events::EventBusPolicy': 'Event bus',
  'AWS::ApiGatewayV2::Api': 'HTTP API',
  'AWS::ApiGatewayV2::ApiMapping': 'HTTP API',
  'AWS::ApiGatewayV2::DomainName': 'HTTP API',
  'AWS::ApiGatewayV2::Integration': 'HTTP API',
  'AWS::ApiGatewayV2::Route': 'HTTP API',
  'AWS::ApiGatewayV2::Stage': 'HTTP API',
  'AWS::CloudWatch::Alarm': 'Alarms',
  'AWS::CloudWatch::CompositeAlarm': 'Alarms',
  'AWS::CloudWatch::Dashboard': 'Dashboards',
  'AWS::Logs::QueryDefinition': 'Queries',
  'AWS::Events::EventBus': 'Event bus',
  'AWS::IAM::Role': 'Functions',
  'AWS::KMS::Alias': 'Keys',
  'AWS::Lambda::Permission': 'who may wake a function: its route or rule alone',
  'AWS::Logs::ResourcePolicy': 'EventBridge may write to its log group',
  'AWS::Route53::RecordSet': 'HTTP API',
  'AWS::SNS::Subscription': 'Where alarms go',
  'AWS::SNS::TopicPolicy': 'TLS only',
  'AWS::SQS::QueuePolicy': 'Queues',
  'AWS::SecretsManager::ResourcePolicy': 'Secrets',
};
