/** The policies for operators, judged by the IAM simulator: each role can run its commands and nothing else. */
import { describe, expect, it } from 'vitest';
import { actionsOf, CALLS, changes } from '../../cli/calls.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { judge } from '../../local/aws/iam/judge.ts';
import {
  actionsOfRole,
  COMMANDS_OF,
  type OperatorRole,
  policyOf,
  ROLES,
} from '../../tools/operators/roles.ts';

/** The policy with the values of the local stack. */
function filledIn(role: OperatorRole) {
  const text = JSON.stringify(policyOf(role))
    .replaceAll('ACCOUNT_ID', '000000000000')
    .replaceAll('REGION', 'us-east-1')
    .replaceAll('ENVIRONMENT', 'sandbox');
  return { name: role, document: JSON.parse(text) };
}

const arn = (service: string, path: string) => `arn:aws:${service}:us-east-1:000000000000:${path}`;

/** A resource of the sandbox on which a command uses the action. */
function resourceOf(action: string, secret = 'envelope-key-AbCdEf'): string {
  const [service = '', name = ''] = action.split(':');
  const onOne: Readonly<Record<string, string>> = {
    'sqs:CreateQueue': arn('sqs', 'payhooks-sandbox-listen-1f2e3d4c'),
    'sqs:DeleteQueue': arn('sqs', 'payhooks-sandbox-listen-1f2e3d4c'),
    'lambda:UpdateEventSourceMapping': arn('lambda', 'event-source-mapping:an-id'),
    'sns:ListSubscriptionsByTopic': arn('sns', 'a-topic'),
    'iam:SimulatePrincipalPolicy': 'arn:aws:iam::000000000000:role/a-role',
    'cloudwatch:DescribeAlarms': arn('cloudwatch', 'alarm:an-alarm'),
    'cloudwatch:GetDashboard': 'arn:aws:cloudwatch::000000000000:dashboard/payhooks-sandbox-business',
  };
  const everywhere = [
    'events:ListRules',
    'events:TestEventPattern',
    'lambda:GetAccountSettings',
    'lambda:ListEventSourceMappings',
  ];
  if (onOne[action] !== undefined) return onOne[action];
  if (everywhere.includes(action) || name === 'ListSecrets' || service === 'cloudwatch') return '*';
  const byService: Readonly<Record<string, string>> = {
    dynamodb: arn('dynamodb', 'table/payhooks-sandbox'),
    sqs: arn('sqs', 'payhooks-sandbox-notifications-dlq'),
    secretsmanager: arn('secretsmanager', `secret:payhooks/sandbox/${secret}`),
    lambda: arn('lambda', 'function:payhooks-sandbox-reconciler'),
    logs: arn('logs', 'log-group:/payhooks/sandbox/checkout'),
    events: arn('events', 'rule/payhooks-sandbox/payhooks-sandbox-listen-1f2e3d4c'),
    cloudformation: arn('cloudformation', 'stack/PayhooksSandbox/an-id'),
  };
  return byService[service] ?? '*';
}

const may = async (
  role: OperatorRole,
  action: string,
  resource = resourceOf(action),
  context: Readonly<Record<string, string>> = action === 'lambda:UpdateEventSourceMapping'
    ? functionBehind('payhooks-sandbox-transition-worker')
    : {},
): Promise<boolean> => {
  const principal = {
    ...{ roleArn: 'arn:aws:iam::000000000000:role/operator', sessionName: 'somebody' },
    policies: [filledIn(role)],
  };
  return (await judge({ principal, atResource: undefined, action, resource, context })).allowed;
};

/** The condition key of a mapping: the function behind the mapping. */
const functionBehind = (name: string) => ({ 'lambda:FunctionArn': arn('lambda', `function:${name}`) });

describe.each(ROLES)('the policy of the role %s', (role) => {
  it('the role may not read or replace split-token-key, which no command uses', async () => {
    for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'])
      expect(await may(role, action, resourceOf(action, 'split-token-key-AbCdEf'))).toBe(false);
  });

  it('the role may call every action of its commands', async () => {
    const refused: string[] = [];
    for (const action of actionsOfRole(role)) if (!(await may(role, action))) refused.push(action);
    expect(refused).toEqual([]);
  });

  it('the role may call no action that none of its commands calls', async () => {
    const own = actionsOfRole(role);
    const others = new Set(Object.values(CALLS).flatMap(actionsOf));
    for (const action of others)
      if (!own.includes(action)) expect([action, await may(role, action)]).toEqual([action, false]);
    for (const action of ['dynamodb:DeleteTable', 'sqs:PurgeQueue', 'lambda:UpdateFunctionCode']) {
      expect(await may(role, action)).toBe(false);
    }
  });

  it('the policy of the role has at most 6,144 characters, the limit of one managed policy', () => {
    expect(JSON.stringify(policyOf(role)).length).toBeLessThanOrEqual(6_144);
  });

  it('the role names only commands that exist', () => {
    expect(COMMANDS_OF[role].filter((name) => CALLS[name] === undefined)).toEqual([]);
  });
});

it('the role read-only may call no action that changes something, and may not read a secret', async () => {
  expect(actionsOfRole('read-only').filter(changes)).toEqual([]);
  expect(await may('read-only', 'secretsmanager:GetSecretValue')).toBe(false);
});

it('the role responder may read the envelope key, but not the secret of an account', async () => {
  const read = 'secretsmanager:GetSecretValue';
  expect(await may('responder', read)).toBe(true);
  expect(await may('responder', read, resourceOf(read, 'paymentwall/goods-AbCdEf'))).toBe(false);
  expect(await may('admin', read, resourceOf(read, 'paymentwall/goods-AbCdEf'))).toBe(true);
});

describe('actions that no command needs', () => {
  it.each(ROLES)('the role %s may not receive, hide or delete a message of a work queue', async (role) => {
    for (const action of ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'])
      for (const queue of ['notifications', 'fulfilment'])
        expect(await may(role, action, arn('sqs', `payhooks-sandbox-${queue}`))).toBe(false);
  });

  it.each(ROLES)(
    'the role %s may get a row of the vault, and only admin may scan, query or change the vault',
    async (role) => {
      const vault = arn('dynamodb', 'table/payhooks-sandbox-vault');
      expect(await may(role, 'dynamodb:GetItem', vault)).toBe(true);
      for (const action of ['dynamodb:Scan', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'])
        expect([action, await may(role, action, vault)]).toEqual([action, role === 'admin']);
    },
  );

  it.each(ROLES)(
    'the role %s may not delete a queue of the stack or change a rule of the merchant',
    async (role) => {
      expect(await may(role, 'sqs:DeleteQueue', arn('sqs', 'payhooks-sandbox-notifications'))).toBe(false);
      const rule = arn('events', 'rule/payhooks-sandbox/of-the-merchant');
      for (const action of ['events:DeleteRule', 'events:PutTargets', 'events:RemoveTargets'])
        expect(await may(role, action, rule)).toBe(false);
    },
  );

  it.each(ROLES)('the role %s may invoke no function but reconciler and checkout', async (role) => {
    const invoked: string[] = [];
    for (const name of Object.keys(FUNCTIONS))
      if (await may(role, 'lambda:InvokeFunction', arn('lambda', `function:payhooks-sandbox-${name}`)))
        invoked.push(name);
    const own = actionsOfRole(role).includes('lambda:InvokeFunction') ? ['checkout', 'reconciler'] : [];
    expect(invoked.sort()).toEqual(own);
  });

  it.each(['responder', 'admin'] as const)(
    'the role %s may pause a function of the stack, but no function of another stack',
    async (role) => {
      const action = 'lambda:UpdateEventSourceMapping';
      expect(
        await may(role, action, resourceOf(action), functionBehind('payhooks-sandbox-transition-worker')),
      ).toBe(true);
      expect(await may(role, action, resourceOf(action), functionBehind('another-worker'))).toBe(false);
    },
  );
});
