/**
 * The expected permissions of each function, written by hand and independently of infra: a change here is a change of a
 * permission.
 */
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { everything } from './everything.ts';
import {
  type Access,
  accessOf,
  listOf,
  readSecrets,
  statementsOf,
  USE_TABLE_KEY,
  WRITE_LOGS,
} from './policies.ts';
import { ofType, templateOf } from './support.ts';

const CONSUME = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];

const intake = (provider: string): Access => ({
  ...readSecrets(`${provider}/shop`, 'envelope-key'),
  'payhooks-sandbox-notifications': ['sqs:SendMessage'],
  'payhooks-sandbox': ['dynamodb:GetItem'],
  'alias/payhooks-sandbox-data': ['kms:Decrypt', 'kms:DescribeKey'],
});

/**
 * Other tests have the access of `confirmer` and `reconciler` (test/infra/polling.test.ts), and of `redirect`, which
 * exists only with an account that has checkout (test/infra/checkout.test.ts).
 */
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
    // The secret of trustly-europe/shop holds Trustly's public key.
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
    // `redirect` has no queue: the sweeper queues the work that `redirect` stores.
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
  // The secret of Trustly Europe is left out: none of its keys makes a signature that intake would accept. The probe
  // has no queue and no table.
  probe: readSecrets('trustly-americas/shop', 'paymentwall/shop'),
};

describe('the access of each function', () => {
  const template = templateOf();

  for (const [name, access] of Object.entries(expected)) {
    it(`${name} may use the listed resources and its own log group, and nothing else`, () => {
      expect(accessOf(template, `payhooks-sandbox-${name}`)).toEqual({
        ...access,
        [`/payhooks/sandbox/${name}`]: WRITE_LOGS,
      });
    });
  }

  it('only roles give access to functions: the template has no policy beside the roles', () => {
    expect(ofType(template, 'AWS::IAM::Policy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    expect(ofType(template, 'AWS::SecretsManager::ResourcePolicy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::Role')).toHaveLength(Object.keys(expected).length);
  });

  it('no function may use a wildcard in an action or resource', () => {
    for (const name of Object.keys(expected)) {
      for (const { Action, Resource } of statementsOf(template, `payhooks-sandbox-${name}`)) {
        expect(JSON.stringify([Action, Resource])).not.toContain('*');
      }
    }
  });

  it('a role uses a KMS key only through the service that holds the data', () => {
    for (const name of Object.keys(expected)) {
      for (const { Action, Condition } of statementsOf(template, `payhooks-sandbox-${name}`)) {
        if (!listOf(Action).some((action) => action.startsWith('kms:'))) continue;
        // A statement about the key of the table has several actions.
        const service = Action === 'kms:Decrypt' ? 'secretsmanager' : 'dynamodb';
        expect(Condition?.StringEquals?.['kms:ViaService']).toEqual({
          'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.amazonaws.com']],
        });
      }
    }
  });
});

describe('the rows that each function may use', () => {
  /** Function → partitions → actions, by hand as above. Only the transition worker may use every row. */
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

  it.each(Object.keys(FUNCTIONS))(
    '%s may use exactly the listed actions on the listed partitions of the table',
    (name) => {
      const found: Record<string, readonly string[]> = {};
      for (const { Action, Resource, Condition } of statementsOf(template, `payhooks-sandbox-${name}`)) {
        if (JSON.stringify(Resource) !== JSON.stringify({ 'Fn::GetAtt': [mainId, 'Arn'] })) continue;
        if (Condition === undefined) {
          found['every row'] = [...listOf(Action)].sort();
          continue;
        }
        const { 'ForAllValues:StringLike': like, ...others } = Condition as Record<
          string,
          Record<string, []>
        >;
        expect(others).toEqual({ Null: { 'dynamodb:LeadingKeys': 'false' } });
        expect(Object.keys(like ?? {})).toEqual(['dynamodb:LeadingKeys']);
        found[listOf<string>(like?.['dynamodb:LeadingKeys'] ?? []).join(' ')] = [...listOf(Action)].sort();
      }
      const sorted = Object.entries(rows[name] ?? {}).map(([begins, actions]) => [
        begins,
        [...actions].sort(),
      ]);
      expect(found).toEqual(Object.fromEntries(sorted));
    },
  );
});

describe('a stack with an HTTPS target', () => {
  const template = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });

  it('the fulfilment worker with an HTTPS target reads the signing secret and puts no events', () => {
    const { 'bus payhooks-sandbox': _, ...withoutBus } = expected['fulfilment-worker'];
    expect(accessOf(template, 'payhooks-sandbox-fulfilment-worker')).toEqual({
      ...withoutBus,
      'payhooks/sandbox/target': ['secretsmanager:GetSecretValue'],
      '/payhooks/sandbox/fulfilment-worker': WRITE_LOGS,
    });
  });

  it('no function but the fulfilment worker reads the signing secret of an HTTPS target', () => {
    for (const name of Object.keys(expected).filter((other) => other !== 'fulfilment-worker')) {
      expect(Object.keys(accessOf(template, `payhooks-sandbox-${name}`))).not.toContain(
        'payhooks/sandbox/target',
      );
    }
  });
});

describe('the secret of the edge header', () => {
  it('only the intakes read the secret of the edge header, which exists only with edgeHeader in the configuration', () => {
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
