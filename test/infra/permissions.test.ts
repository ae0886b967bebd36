/** What each function may do, written a second time and by hand: a change here is a change of who may do what. */
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { everything } from './everything.ts';
import { type Json, ofType, type Resource, type Template, templateOf } from './support.ts';

const WRITE_LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const USE_TABLE_KEY = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const CONSUME = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];

/** Resource → actions. Secrets, queues, tables and the bus by their names. */
type Access = Readonly<Record<string, readonly string[]>>;

const readSecrets = (...names: string[]): Access => ({
  ...Object.fromEntries(names.map((name) => [`payhooks/sandbox/${name}`, ['secretsmanager:GetSecretValue']])),
  'alias/payhooks-sandbox-secrets': ['kms:Decrypt'],
});

const intake = (provider: string): Access => ({
  ...readSecrets(`${provider}/shop`, 'envelope-key'),
  'payhooks-sandbox-notifications': ['sqs:SendMessage'],
  'payhooks-sandbox': ['dynamodb:GetItem'],
  'alias/payhooks-sandbox-data': ['kms:Decrypt', 'kms:DescribeKey'],
});

/** `confirmer` and `reconciler`: see test/infra/polling.test.ts. `redirect` exists only with an account that has checkout, see test/infra/checkout.test.ts. */
const expected: Readonly<
  Record<
    Exclude<FunctionName, 'redirect' | `intake-${string}-decisions` | 'confirmer' | 'reconciler'>,
    Access
  >
> = {
  'intake-trustly-americas': intake('trustly-americas'),
  'intake-trustly-europe': intake('trustly-europe'),
  'intake-paymentwall': intake('paymentwall'),
  'transition-worker': {
    // For Trustly's public key.
    ...readSecrets('envelope-key', 'trustly-europe/shop'),
    'payhooks-sandbox-notifications': CONSUME,
    'payhooks-sandbox-fulfilment': ['sqs:SendMessage'],
    'payhooks-sandbox': [
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ],
    'alias/payhooks-sandbox-data': USE_TABLE_KEY,
  },
  'fulfilment-worker': {
    ...readSecrets('envelope-key', 'target'),
    'payhooks-sandbox-fulfilment': CONSUME,
    'payhooks-sandbox': [
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ],
    'payhooks-sandbox-idempotency': [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    'alias/payhooks-sandbox-data': USE_TABLE_KEY,
    'bus payhooks-sandbox': ['events:PutEvents'],
  },
  sweeper: {
    'payhooks-sandbox-fulfilment': ['sqs:SendMessage'],
    // For what a redirect leaves to it, which has no queue itself.
    'payhooks-sandbox-notifications': ['sqs:SendMessage'],
    'payhooks-sandbox': ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    'payhooks-sandbox/index/open': ['dynamodb:Query'],
    'alias/payhooks-sandbox-data': USE_TABLE_KEY,
  },
  checkout: {
    'payhooks-sandbox-notifications': ['sqs:SendMessage'],
    'payhooks-sandbox': ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    'alias/payhooks-sandbox-data': USE_TABLE_KEY,
  },
  // No key of Trustly Europe's secret signs what intake would accept. No queue, no table.
  probe: readSecrets('trustly-americas/shop', 'paymentwall/shop'),
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Json | readonly Json[];
  readonly Condition?: { readonly StringEquals?: { readonly 'kms:ViaService'?: Json } };
}

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  (Array.isArray(value) ? value : [value]) as readonly T[];

function nameOf(template: Template, id: string): string {
  const { Type, Properties } = template.Resources[id] as Resource;
  if (Type === 'AWS::Events::EventBus') return `bus ${String(Properties.Name)}`;
  if (Type === 'AWS::KMS::Key') {
    const alias = ofType(template, 'AWS::KMS::Alias').find(([, { Properties: alias }]) =>
      JSON.stringify(alias.TargetKeyId).includes(`"${id}"`),
    );
    return String(alias?.[1].Properties.AliasName);
  }
  return String(Properties.Name ?? Properties.QueueName ?? Properties.TableName ?? Properties.LogGroupName);
}

/** {"Fn::GetAtt": [id, "Arn"]}, {"Ref": id}, or one of them with text behind it. Anything else is not a name. */
function readable(template: Template, resource: Json): string {
  if (typeof resource === 'object' && resource !== null) {
    const value = resource as Readonly<Record<string, Json>>;
    if (typeof value.Ref === 'string') return nameOf(template, value.Ref);
    if (Array.isArray(value['Fn::GetAtt'])) return nameOf(template, String(value['Fn::GetAtt'][0]));
    if (Array.isArray(value['Fn::Join'])) {
      return (value['Fn::Join'][1] as Json[])
        .map((part) => (typeof part === 'string' ? part : readable(template, part)))
        .join('');
    }
  }
  throw new Error(`not one named resource: ${JSON.stringify(resource)}`);
}

function statementsOf(template: Template, name: string): readonly Statement[] {
  const lambda = Object.values(template.Resources).find(({ Properties }) => Properties.FunctionName === name);
  if (lambda === undefined) throw new Error(`no function ${name}`);
  const [roleId = ''] = (lambda.Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
  const role = template.Resources[roleId] as Resource;
  // All there is is inline: nothing comes from a managed policy or from one attached elsewhere.
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  const policies = role.Properties.Policies as unknown as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function accessOf(template: Template, name: string): Access {
  const access: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of statementsOf(template, name)) {
    expect(Effect).toBe('Allow');
    for (const resource of listOf<Json>(Resource)) {
      const key = readable(template, resource);
      access[key] = [...(access[key] ?? []), ...listOf(Action)].sort();
    }
  }
  return access;
}

describe('what a function may do', () => {
  const template = templateOf();

  for (const [name, access] of Object.entries(expected)) {
    it(`${name}: this, its own log group, and nothing else`, () => {
      expect(accessOf(template, `payhooks-sandbox-${name}`)).toEqual({
        ...access,
        [`/payhooks/sandbox/${name}`]: WRITE_LOGS,
      });
    });
  }

  it('is said by nothing but the roles', () => {
    expect(ofType(template, 'AWS::IAM::Policy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    expect(ofType(template, 'AWS::SecretsManager::ResourcePolicy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::Role')).toHaveLength(Object.keys(expected).length);
  });

  it('never holds a wildcard', () => {
    for (const name of Object.keys(expected)) {
      for (const { Action, Resource } of statementsOf(template, `payhooks-sandbox-${name}`)) {
        expect(JSON.stringify([Action, Resource])).not.toContain('*');
      }
    }
  });

  it('uses a key only through the service that holds the data', () => {
    for (const name of Object.keys(expected)) {
      for (const { Action, Condition } of statementsOf(template, `payhooks-sandbox-${name}`)) {
        if (!listOf(Action).some((action) => action.startsWith('kms:'))) continue;
        // Of a table every statement has more than one.
        const service = Action === 'kms:Decrypt' ? 'secretsmanager' : 'dynamodb';
        expect(Condition?.StringEquals?.['kms:ViaService']).toEqual({
          'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.amazonaws.com']],
        });
      }
    }
  });
});

describe('which rows', () => {
  /** Function → partitions → actions; by hand, as above. The transition worker alone has every row. */
  const room = { 'quarantine-full#*': ['dynamodb:GetItem'] };
  const rows: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    'intake-trustly-americas': room,
    'intake-trustly-europe': room,
    'intake-paymentwall': room,
    'intake-trustly-europe-decisions': {
      'quarantine-full#* decision#* alias#* order#*': ['dynamodb:GetItem'],
      'decision#*': ['dynamodb:PutItem'],
    },
    'transition-worker': {
      'every row': [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:DeleteItem',
        'dynamodb:ConditionCheckItem',
      ],
    },
    'fulfilment-worker': {
      'payment#*': ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'],
      'payment#* parked#*': ['dynamodb:PutItem'],
    },
    sweeper: {
      'payment#* renew#*': ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
      'payment#*': ['dynamodb:PutItem'],
    },
    checkout: {
      'order#* alias#* payment#* refund#*': ['dynamodb:GetItem'],
      'alias#* order#*': ['dynamodb:Query'],
      'order#* alias#* session#* refund#*': ['dynamodb:PutItem'],
    },
    redirect: {
      'session#* alias#trustly-americas#* returned#* standing#*': ['dynamodb:GetItem'],
      'session#* returned#* renew#* bank-account#*': ['dynamodb:PutItem'],
    },
    confirmer: {
      'payment#*': ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
      'payment#* answer#*': ['dynamodb:PutItem'],
    },
    probe: {},
    reconciler: {
      'payment#* event#* order#*': ['dynamodb:GetItem'],
      'reconciliation* answer#*': ['dynamodb:PutItem'],
    },
  };
  const template = templateOf(everything);
  const mainId = ofType(template, 'AWS::DynamoDB::GlobalTable').find(
    ([, { Properties }]) => Properties.TableName === 'payhooks-sandbox',
  )?.[0];

  it.each(Object.keys(FUNCTIONS))('%s: these, and a request without a partition key is refused', (name) => {
    const found: Record<string, readonly string[]> = {};
    for (const { Action, Resource, Condition } of statementsOf(template, `payhooks-sandbox-${name}`)) {
      if (JSON.stringify(Resource) !== JSON.stringify({ 'Fn::GetAtt': [mainId, 'Arn'] })) continue;
      if (Condition === undefined) {
        found['every row'] = [...listOf(Action)].sort();
        continue;
      }
      const { 'ForAllValues:StringLike': like, ...others } = Condition as Record<string, Record<string, []>>;
      expect(others).toEqual({ Null: { 'dynamodb:LeadingKeys': 'false' } });
      expect(Object.keys(like ?? {})).toEqual(['dynamodb:LeadingKeys']);
      found[listOf<string>(like?.['dynamodb:LeadingKeys'] ?? []).join(' ')] = [...listOf(Action)].sort();
    }
    const sorted = Object.entries(rows[name] ?? {}).map(([begins, actions]) => [begins, [...actions].sort()]);
    expect(found).toEqual(Object.fromEntries(sorted));
  });
});

describe('with an HTTPS target', () => {
  const template = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });

  it('the fulfilment worker reads the signing secret and puts no events', () => {
    const { 'bus payhooks-sandbox': _, ...withoutBus } = expected['fulfilment-worker'];
    expect(accessOf(template, 'payhooks-sandbox-fulfilment-worker')).toEqual({
      ...withoutBus,
      'payhooks/sandbox/target': ['secretsmanager:GetSecretValue'],
      '/payhooks/sandbox/fulfilment-worker': WRITE_LOGS,
    });
  });

  it('nobody else reads it', () => {
    for (const name of Object.keys(expected).filter((other) => other !== 'fulfilment-worker')) {
      expect(Object.keys(accessOf(template, `payhooks-sandbox-${name}`))).not.toContain(
        'payhooks/sandbox/target',
      );
    }
  });
});

describe('with a header of what stands in front', () => {
  it('every intake reads it, and nobody else', () => {
    const front = { publicUrl: 'https://pay.shop.example', edgeHeader: 'count' };
    const fronted = templateOf({ ...everything, ...front });
    const readers = ofType(fronted, 'AWS::Lambda::Function')
      .map(([, { Properties }]) => String(Properties.FunctionName))
      .filter((name) => 'payhooks/sandbox/edge' in accessOf(fronted, name));
    expect(readers.length).toBe(4);
    for (const name of readers) expect(name).toMatch(/^payhooks-sandbox-intake-/);
    expect(JSON.stringify(templateOf(everything))).not.toContain('payhooks/sandbox/edge');
  });
});

describe('with questions', () => {
  const polling = {
    ...{ provider: 'trustly-europe', account: 'asking', withdrawals: true },
    decision: { url: 'https://shop.example/decide' },
  };
  const template = templateOf({ accounts: [polling, { provider: 'trustly-europe', account: 'plain' }] });
  const routesOf = (of: Template) =>
    ofType(of, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
  const variablesOf = (of: Template, name: string) =>
    Object.values(of.Resources).find(({ Properties }) => Properties.FunctionName === name)?.Properties
      .Environment as { readonly Variables: Readonly<Record<string, Json>> };

  it('one intake reads orders and the signing secret, and only its own accounts', () => {
    expect(accessOf(template, 'payhooks-sandbox-intake-trustly-europe-decisions')).toEqual({
      ...readSecrets('trustly-europe/asking', 'envelope-key', 'decision/asking'),
      'payhooks-sandbox-notifications': ['sqs:SendMessage'],
      'payhooks-sandbox': ['dynamodb:GetItem', 'dynamodb:PutItem'],
      'alias/payhooks-sandbox-data': USE_TABLE_KEY,
      '/payhooks/sandbox/intake-trustly-europe-decisions': WRITE_LOGS,
    });
  });

  it('the other one stays as it is', () => {
    expect(accessOf(template, 'payhooks-sandbox-intake-trustly-europe')).toEqual({
      ...readSecrets('trustly-europe/plain', 'envelope-key'),
      'payhooks-sandbox-notifications': ['sqs:SendMessage'],
      'payhooks-sandbox': ['dynamodb:GetItem'],
      'alias/payhooks-sandbox-data': ['kms:Decrypt', 'kms:DescribeKey'],
      '/payhooks/sandbox/intake-trustly-europe': WRITE_LOGS,
    });
  });

  it('the account has a route of its own, to the function that asks', () => {
    const idIn = (value: unknown): string =>
      /"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/.exec(JSON.stringify(value))?.[1] ?? '';
    const handlerOf = (path: string): unknown => {
      const [, route] =
        ofType(template, 'AWS::ApiGatewayV2::Route').find(
          ([, { Properties }]) => Properties.RouteKey === `ANY ${path}`,
        ) ?? [];
      if (route === undefined) throw new Error(`no route ${path}`);
      const integration = template.Resources[idIn(route.Properties.Target)];
      return template.Resources[idIn(integration?.Properties.IntegrationUri)]?.Properties.FunctionName;
    };
    const plain = 'payhooks-sandbox-intake-trustly-europe';
    expect(handlerOf('/trustly/europe/asking/notifications')).toBe(`${plain}-decisions`);
    expect(handlerOf('/trustly/europe/plain/notifications')).toBe(plain);
    expect(handlerOf('/trustly/europe/{account}/notifications')).toBe(plain);
  });

  it('the endpoints are in the environment of the one that asks', () => {
    const name = 'payhooks-sandbox-intake-trustly-europe';
    expect(variablesOf(template, `${name}-decisions`).Variables.PAYHOOKS_DECISION_URLS).toBe(
      '{"asking":"https://shop.example/decide"}',
    );
    expect(variablesOf(template, name).Variables).not.toHaveProperty('PAYHOOKS_DECISION_URLS');
  });

  it('in every account: no other intake of the provider, no route with a parameter', () => {
    const only = templateOf({ accounts: [polling] });
    const names = ofType(only, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName);
    expect(names).toContain('payhooks-sandbox-intake-trustly-europe-decisions');
    expect(names).not.toContain('payhooks-sandbox-intake-trustly-europe');
    expect(routesOf(only)).not.toContain('ANY /trustly/europe/{account}/notifications');
  });

  it('the greatest number of accounts fits into the environment', () => {
    const url = 'https://shop.example/';
    const accounts = Array.from({ length: 12 }, (_, index) => ({
      ...polling,
      account: `${'x'.repeat(30)}${String(index).padStart(2, '0')}`,
      decision: { url: url + 'y'.repeat(200 - url.length) },
    }));
    const full = templateOf({ accounts });
    const variables = variablesOf(full, 'payhooks-sandbox-intake-trustly-europe-decisions');
    // References stand for names of the same length, more or less.
    expect(JSON.stringify(variables).length).toBeLessThan(4_096);
  });
});

describe('several accounts', () => {
  it('an intake reads those of its own provider only', () => {
    const paymentwall = { provider: 'paymentwall', api: 'digital_goods', signatureVersion: 3 };
    const template = templateOf({
      accounts: [
        { ...paymentwall, account: 'one' },
        { ...paymentwall, account: 'two' },
        { provider: 'trustly-europe', account: 'one' },
      ],
    });
    const secretsOf = (name: string) =>
      Object.keys(accessOf(template, name)).filter((resource) => resource.startsWith('payhooks/'));
    expect(secretsOf('payhooks-sandbox-intake-paymentwall').sort()).toEqual([
      'payhooks/sandbox/envelope-key',
      'payhooks/sandbox/paymentwall/one',
      'payhooks/sandbox/paymentwall/two',
    ]);
    expect(secretsOf('payhooks-sandbox-intake-trustly-europe').sort()).toEqual([
      'payhooks/sandbox/envelope-key',
      'payhooks/sandbox/trustly-europe/one',
    ]);
  });
});
