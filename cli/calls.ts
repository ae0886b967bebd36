/**
 * The AWS actions of each command, for the merchant's own policies. In addition, everything on the table and the
 * secrets needs `kms:Decrypt` (and `kms:GenerateDataKey` to write); a stack that is named by its CloudFormation name
 * needs `cloudformation:DescribeStacks`, and a queue `sqs:GetQueueUrl`. test/cli/access.e2e.test.ts compares this table
 * with real calls.
 */

export interface Calls {
  readonly actions: readonly string[];
  /** Actions that only some option or some kind of payment needs, by that option or kind. */
  readonly sometimes?: Readonly<Record<string, readonly string[]>>;
}

const READ_ROWS = ['dynamodb:GetItem', 'dynamodb:Query'];
const ENVELOPE_KEY = 'secretsmanager:GetSecretValue';
const READ_DEAD_LETTERS = [
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'sqs:ChangeMessageVisibility',
  'dynamodb:Query',
];
const WRITE_ROWS = ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'];
const NONE: Calls = { actions: [] };

const listed: Calls = { actions: READ_ROWS, sometimes: { '--all': ['dynamodb:Scan'] } };
const answered: Calls = { actions: [...READ_ROWS, ...WRITE_ROWS, 'sqs:SendMessage'] };
const secret: Calls = {
  actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:ListSecrets'],
};
const paused: Calls = {
  actions: [
    'lambda:ListEventSourceMappings',
    'lambda:UpdateEventSourceMapping',
    'sqs:GetQueueAttributes',
    'cloudwatch:GetMetricStatistics',
  ],
};
const quarantined: Calls = { actions: [...READ_ROWS, ENVELOPE_KEY] };

/** By command name; a test checks that none is missing. */
export const CALLS: Readonly<Record<string, Calls>> = {
  'payments list': listed,
  'payments show': {
    actions: READ_ROWS,
    sometimes: { 'notifications that contradict': [ENVELOPE_KEY] },
  },
  'payments confirm': answered,
  'payments reject': answered,
  'holds list': listed,
  'holds release': answered,
  'holds reject': answered,
  'orders register': answered,
  'orders show': { actions: READ_ROWS },
  'orders close': answered,
  'orders reopen': answered,
  'orders change': answered,
  'refunds register': answered,
  'dlq list': { actions: READ_DEAD_LETTERS },
  'dlq show': { actions: READ_DEAD_LETTERS },
  'dlq redrive': {
    actions: [
      ...READ_DEAD_LETTERS,
      'sqs:SendMessage',
      'sqs:DeleteMessage',
      'dynamodb:DeleteItem',
      // With --note.
      'dynamodb:PutItem',
      ENVELOPE_KEY,
    ],
  },
  'dlq discard': { actions: [...READ_DEAD_LETTERS, 'dynamodb:PutItem', 'dynamodb:DeleteItem'] },
  'quarantine list': quarantined,
  // --note writes a row.
  'quarantine apply': { actions: [...quarantined.actions, 'sqs:SendMessage', 'dynamodb:PutItem'] },
  'quarantine discard': {
    actions: [...quarantined.actions, 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
  },
  rederive: { actions: [...answered.actions, 'dynamodb:Scan', ENVELOPE_KEY] },
  redeliver: answered,
  reconcile: { actions: ['lambda:InvokeFunction'] },
  pause: paused,
  resume: paused,
  import: { actions: [...READ_ROWS, 'dynamodb:PutItem', 'sqs:SendMessage'] },
  erase: {
    actions: [
      ...READ_ROWS,
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
      ENVELOPE_KEY,
      'dynamodb:DescribeTable',
    ],
    sometimes: { '--end-user, --order': ['dynamodb:Scan'] },
  },
  'secrets set': secret,
  'secrets generate': secret,
  'secrets check': { actions: ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecrets'] },
  'secrets rotate': secret,
  'secrets revoke': {
    actions: [
      ...secret.actions,
      'lambda:GetFunctionConfiguration',
      'lambda:UpdateFunctionConfiguration',
      'dynamodb:Scan',
    ],
    sometimes: {
      'behind an alias (rollout, provisionedConcurrency)': ['lambda:PublishVersion', 'lambda:UpdateAlias'],
    },
  },
  'secrets accepted': { actions: ['secretsmanager:GetSecretValue', 'dynamodb:Scan'] },
  listen: {
    actions: [],
    sometimes: {
      '--stack': [
        ...[
          'events:ListRules',
          'events:PutRule',
          'events:PutTargets',
          'events:RemoveTargets',
          'events:DeleteRule',
        ],
        ...['sqs:CreateQueue', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'],
        ...['sqs:ChangeMessageVisibility', 'sqs:DeleteQueue'],
      ],
    },
  },
  stories: NONE,
  trigger: { actions: ['secretsmanager:GetSecretValue'] },
  accept: NONE,
  audit: { actions: ['dynamodb:Scan', 'dynamodb:GetItem'] },
  certify: {
    actions: [
      ...['secretsmanager:GetSecretValue', 'secretsmanager:ListSecrets'],
      ...[...READ_ROWS, 'dynamodb:Scan', 'dynamodb:PutItem'],
      ...['sqs:GetQueueAttributes', 'sqs:SendMessage'],
    ],
    sometimes: { 'an account with checkout': ['lambda:InvokeFunction'] },
  },
  requests: {
    actions: ['logs:FilterLogEvents'],
    sometimes: { 'an account whose key is in question': ['secretsmanager:GetSecretValue'] },
  },
  console: {
    actions: [
      ...[...READ_ROWS, 'dynamodb:Scan', ENVELOPE_KEY, 'logs:FilterLogEvents'],
      ...['sqs:GetQueueAttributes', 'lambda:ListEventSourceMappings'],
      ...['cloudwatch:GetDashboard', 'cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'],
    ],
    sometimes: {
      'a look at dead letters': ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'],
      '--allow-actions': [
        ...[...WRITE_ROWS, 'sqs:SendMessage', 'sqs:DeleteMessage'],
        'lambda:InvokeFunction',
      ],
    },
  },
  doctor: {
    actions: [
      ...[...READ_ROWS, 'secretsmanager:GetSecretValue', 'secretsmanager:ListSecrets'],
      'sqs:GetQueueAttributes',
      ...['lambda:ListEventSourceMappings', 'lambda:GetFunctionConfiguration', 'lambda:GetAccountSettings'],
      ...['events:ListRules', 'events:ListTargetsByRule', 'events:TestEventPattern'],
      ...['cloudwatch:DescribeAlarms', 'sns:ListSubscriptionsByTopic'],
      ...['dynamodb:DescribeTable', 'dynamodb:DescribeContinuousBackups', 'iam:SimulatePrincipalPolicy'],
    ],
  },
  cost: NONE,
  completion: NONE,
};

/** Every action that a command may call. */
export const actionsOf = ({ actions, sometimes = {} }: Calls): readonly string[] =>
  [...new Set([...actions, ...Object.values(sometimes).flat()])].sort();

const CHANGES = /^(?:Put|Delete|Send|Update|Invoke|Create|Start|Stop|Tag|Untag|Set|Remove)/;

/** Whether an action has a permanent effect. Receiving a message hides it for a moment only. */
export const changes = (action: string): boolean => CHANGES.test(action.split(':')[1] ?? '');
