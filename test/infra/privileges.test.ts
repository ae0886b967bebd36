/**
 * The abilities of an attacker who holds a function's role, by the policies of the synthesized template. The evaluator
 * takes the place of IAM (tools/privileges/policy.ts).
 */
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { effectKey, PARTITIONS, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { EVERYTHING, ofType, resourcesOf } from '../../tools/docs/templates.ts';
import { ABILITIES, type Ability, can } from '../../tools/privileges/abilities.ts';
import { grantsOf, grantsOfOtherResources } from '../../tools/privileges/grants.ts';
import { mayDo, mayPutEvent, roleOf, statementsOf } from '../../tools/privileges/policy.ts';

const all = resourcesOf(EVERYTHING);
const [mainTable = ''] =
  ofType(all, 'AWS::DynamoDB::GlobalTable').find(
    ([, { Properties }]) => Properties?.TableName === 'payhooks-sandbox',
  ) ?? [];

/** Functions that are reachable without credentials of AWS. */
const PUBLIC: readonly FunctionName[] = [
  'intake-trustly-americas',
  'intake-trustly-europe',
  'intake-trustly-europe-decisions',
  'intake-paymentwall',
  'redirect',
];
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

const put = (pk: string | undefined) => ({
  action: 'dynamodb:PutItem',
  resource: mainTable,
  ...(pk === undefined ? {} : { context: { 'dynamodb:LeadingKeys': [pk] } }),
});
const mayPut = (name: FunctionName, pk: string | undefined): boolean =>
  mayDo(all, `payhooks-sandbox-${name}`, put(pk));

describe('a public function', () => {
  it('the public functions are the functions behind routes without an authorizer', () => {
    const text = JSON.stringify(
      ofType(all, 'AWS::ApiGatewayV2::Route').filter(
        ([, { Properties }]) => Properties?.AuthorizationType === 'NONE',
      ),
    );
    const targets = new Set([...text.matchAll(/"Ref":"([^"]*Integration[^"]*)"/g)].map(([, id]) => id));
    const reached = [...targets].map((id) => JSON.stringify(all[String(id)]?.Properties?.IntegrationUri));
    const functions = ofType(all, 'AWS::Lambda::Function').filter(([id]) =>
      reached.some((uri) => uri.includes(`"${id}"`)),
    );
    const names = functions.map(([, { Properties }]) =>
      String(Properties?.FunctionName).replace('payhooks-sandbox-', ''),
    );
    expect(names.sort()).toEqual([...PUBLIC].sort());
  });

  it.each(PUBLIC)(
    '%s cannot forge a fulfilment with two writes: a payment, and an effect that is due',
    (name) => {
      const payment = 'trustly-americas:shop:1002633191';
      expect(mayPut(name, paymentKeyOf(payment).pk)).toBe(false);
      expect(mayPut(name, effectKey(payment, '1#fulfil').pk)).toBe(false);
      expect(mayPut(name, undefined)).toBe(false);
    },
  );

  const FORBIDDEN: readonly Ability[] = [
    'write payments and effects',
    'write orders',
    'link an alias to an order',
    'read payments and sealed evidence',
    'read sealed splitTokens',
    'open splitTokens',
    'store an answer of a provider’s API',
    'send to the fulfilment queue',
    'send events to the merchant',
  ];
  it.each(PUBLIC.flatMap((name) => FORBIDDEN.map((ability) => [name, ability] as const)))(
    '%s cannot %s',
    (name, ability) => {
      expect(can(all, name, ability)).toBe(false);
    },
  );

  it('redirect writes the rows bank-account#, renew#, returned# and session#, and no other row', () => {
    const writable = Object.values(PARTITIONS).filter((begin) => mayPut('redirect', `${begin}x`));
    expect(writable.sort()).toEqual(['bank-account#', 'renew#', 'returned#', 'session#']);
  });
});

describe('every function', () => {
  it.each(NAMES)('%s can neither scan the table nor use UpdateItem, batches or PartiQL', (name) => {
    for (const action of ['Scan', 'UpdateItem', 'BatchWriteItem', 'BatchGetItem', 'PartiQLInsert'])
      expect(
        mayDo(all, `payhooks-sandbox-${name}`, { action: `dynamodb:${action}`, resource: mainTable }),
      ).toBe(false);
  });

  it.each(NAMES)('%s cannot open a splitToken', (name) => {
    expect(can(all, name, 'open splitTokens')).toBe(false);
  });

  it('every listed ability belongs to some function, except to open splitTokens', () => {
    const idle = (Object.keys(ABILITIES) as Ability[]).filter(
      (ability) => !NAMES.some((name) => can(all, name, ability)),
    );
    expect(idle).toEqual(['open splitTokens']);
  });
});

describe('the access beside rows', () => {
  const stacks = NAMES.map((name) => [name, `payhooks-sandbox-${name}`] as const);

  it.each(stacks)('%s uses KMS keys through DynamoDB and Secrets Manager only', (_, name) => {
    const uses = grantsOf(all, name).filter(({ actions }) =>
      actions.some((action) => action.startsWith('kms:')),
    );
    expect(uses.length).toBeGreaterThan(0);
    for (const { actions, conditions } of uses) {
      expect(actions.every((action) => action.startsWith('kms:'))).toBe(true);
      expect(conditions).toEqual(['kms:ViaService']);
    }
  });

  it.each(stacks)('%s writes to its own log group only', (name, full) => {
    const logs = grantsOf(all, full).filter(({ actions }) =>
      actions.some((action) => action.startsWith('logs:')),
    );
    expect(logs.flatMap(({ resources }) => resources)).toEqual([`/payhooks/sandbox/${name}`]);
  });

  it.each(PUBLIC)('%s sends to one queue at most, and reads secrets of its own provider only', (name) => {
    const grants = grantsOfOtherResources(all, `payhooks-sandbox-${name}`);
    expect(grants.length).toBeGreaterThan(0);
    const provider = name === 'redirect' ? 'trustly-americas' : name.replace(/^intake-|-decisions$/g, '');
    for (const { actions, resources } of grants) {
      if (actions.join() === 'sqs:SendMessage') expect(resources).toEqual(['payhooks-sandbox-notifications']);
      else {
        expect(actions).toEqual(['secretsmanager:GetSecretValue']);
        for (const secret of resources) {
          expect(secret).toMatch(
            new RegExp(`^payhooks/sandbox/(envelope-key|edge|decision/.+|${provider}/.+)$`),
          );
        }
      }
    }
  });

  it('the index of the table has the keys of rows and nothing else', () => {
    const [, main] = ofType(all, 'AWS::DynamoDB::GlobalTable').find(([id]) => id === mainTable) ?? [];
    const projections = main?.Properties?.GlobalSecondaryIndexes.map(
      (index: { readonly Projection: object }) => index.Projection,
    );
    expect(projections).toEqual([{ ProjectionType: 'KEYS_ONLY' }]);
  });

  it('no role has a wildcard in an action or resource', () => {
    for (const [, name] of stacks) {
      for (const { actions, resources } of grantsOf(all, name)) {
        expect([...actions, ...resources].filter((text) => text.includes('*'))).toEqual([]);
      }
    }
  });
});

describe('the function checkout', () => {
  it('checkout may write orders, and neither payments nor effects', () => {
    expect(mayPut('checkout', 'order#1')).toBe(true);
    expect(mayPut('checkout', 'payment#trustly-americas:shop:1')).toBe(false);
    expect(can(all, 'checkout', 'send to the fulfilment queue')).toBe(false);
    expect(can(all, 'checkout', 'open sealed messages and evidence')).toBe(false);
  });
});

describe('the merchant’s bus', () => {
  const [bus = ''] = ofType(all, 'AWS::Events::EventBus')[0] ?? [];
  const role = (name: FunctionName) => roleOf(all, `payhooks-sandbox-${name}`);
  const stranger = 'arn:aws:iam::123456789012:role/anything-that-may-put-events';

  it('the bus takes no event with the source payhooks from a role that the account allows everything', () => {
    expect(mayPutEvent(all, { bus, role: stranger, source: 'payhooks' }, true)).toBe(false);
    expect(mayPutEvent(all, { bus, role: stranger, source: 'shop' }, true)).toBe(true);
  });

  it.each(NAMES)(
    'the bus accepts an event with the source payhooks from %s exactly when the function delivers',
    (name) => {
      const delivers = FUNCTIONS[name].delivers;
      expect(mayPutEvent(all, { bus, role: role(name), source: 'payhooks' }, true)).toBe(delivers);
      expect(
        mayPutEvent(all, { bus, role: role(name), source: 'payhooks' }, `payhooks-sandbox-${name}`),
      ).toBe(delivers);
      expect(mayPutEvent(all, { bus, role: role(name), source: 'shop' }, `payhooks-sandbox-${name}`)).toBe(
        false,
      );
    },
  );

  it('the bus policy has exactly one statement, a Deny for every principal', () => {
    const policies = ofType(all, 'AWS::Events::EventBusPolicy').map(([, { Properties }]) => Properties);
    expect(policies).toHaveLength(1);
    expect(policies[0]?.Statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
  });
});

describe('the evaluator of policies', () => {
  const role = (Statement: readonly object[]) => ({
    F: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'f', Role: { 'Fn::GetAtt': ['R', 'Arn'] } },
    },
    R: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement } }] } },
  });
  const request = { action: 'a:B', resource: 'X', context: { k: ['v#1'] } };
  const allow = { Effect: 'Allow', Action: 'a:B', Resource: { Ref: 'X' } };

  it.each([
    ['allows a request with an Allow', [allow], true],
    ['denies a request without a statement', [], false],
    ['denies another action', [{ ...allow, Action: 'a:C' }], false],
    ['denies another resource', [{ ...allow, Resource: { Ref: 'Y' } }], false],
    ['denies a request with a Deny beside the Allow', [allow, { ...allow, Effect: 'Deny' }], false],
    ['allows an action that matches a pattern', [{ ...allow, Action: 'a:*' }], true],
    [
      'allows a met condition',
      [{ ...allow, Condition: { 'ForAllValues:StringLike': { k: ['v#*'] } } }],
      true,
    ],
    [
      'denies an unmet condition',
      [{ ...allow, Condition: { 'ForAllValues:StringLike': { k: ['w#*'] } } }],
      false,
    ],
    ['denies a missing condition key', [{ ...allow, Condition: { Null: { other: 'false' } } }], false],
    [
      'allows ForAllValues of a key without values',
      [{ ...allow, Condition: { 'ForAllValues:StringLike': { other: ['w'] } } }],
      true,
    ],
  ])('the evaluator %s: case %#', (_, statements, expected) => {
    expect(mayDo(role(statements), 'f', request)).toBe(expected);
  });

  it('the evaluator refuses to judge an unknown condition or a policy beside the roles', () => {
    const odd = { ...allow, Condition: { DateLessThan: { k: '2026' } } };
    expect(() => mayDo(role([odd]), 'f', request)).toThrow('DateLessThan');
    const managed = { ...role([]), P: { Type: 'AWS::IAM::Policy', Properties: {} } };
    expect(() => statementsOf(managed, 'f')).toThrow('beside the roles');
  });
});
