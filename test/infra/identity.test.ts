/**
 * CloudFormation creates new resources before it deletes old ones. A name that moves to another logical id would exist
 * twice for a moment: AWS refuses the second resource, and the update fails. No setting may move a name.
 */
import { describe, expect, it } from 'vitest';
import { everything } from './everything.ts';
import { type Json, type Template, templateOf } from './support.ts';

/** Properties that AWS keeps unique: per API, bus, account and region, or worldwide. */
const NAMES = [
  ...['AlarmName', 'AliasName', 'ArchiveName', 'DashboardName', 'DomainName', 'FunctionName'],
  ...['LogGroupName', 'Name', 'PolicyName', 'QueueName', 'RouteKey', 'TableName', 'TopicName'],
];

/** The logical id of each name, under "AWS::SQS::Queue payhooks-sandbox-fulfilment". */
function identities({ Resources }: Template): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    for (const key of NAMES) {
      const name: Json | undefined = Properties?.[key];
      if (name === undefined || (Type === 'AWS::Lambda::Permission' && key === 'FunctionName')) continue;
      const identity = `${Type} ${JSON.stringify(name)}`;
      // A reference is not a name of its own (the mapping of a domain).
      if (typeof name === 'string') ids.set(identity, id);
    }
  }
  return ids;
}

const moved = (before: Template, after: Template): readonly string[] => {
  const now = identities(after);
  return [...identities(before)].flatMap(([name, id]) => {
    const there = now.get(name);
    return there === undefined || there === id ? [] : [`${name}: ${id} → ${there}`];
  });
};

const [whole, plain, polling, boxes] = everything.accounts as readonly Record<string, unknown>[] as [
  Record<string, unknown>,
  Record<string, unknown>,
  Record<string, unknown>,
  Record<string, unknown>,
];
const { checkout: _checkout, ...withoutCheckout } = whole;
const { splitTokenKey: _key, ...withoutKey } = whole;
const decision = { url: 'https://shop.example/decide' };
const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000';
const of = (...accounts: object[]) => ({ ...everything, accounts });
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...(index % 2 === 0 ? boxes : plain),
    ...{ account: `shop-${index}`, expectedEveryHours: 24 },
  }));

describe('the logical ids of named resources', () => {
  const template = templateOf(everything);

  it('the template has more than 90 named resources to compare', () => {
    const found = [...identities(template).keys()];
    expect(found.length).toBeGreaterThan(90);
    for (const type of ['ApiGatewayV2::Route', 'SQS::Queue', 'Lambda::Function', 'CloudWatch::Alarm'])
      expect(
        found.some((name) => name.startsWith(`AWS::${type} `)),
        type,
      ).toBe(true);
  });

  const cases: readonly (readonly [string, object])[] = [
    [
      'withdrawals of an account without questions',
      of(whole, { ...plain, withdrawals: true, decision }, polling, boxes),
    ],
    ['questions switched off', of(whole, plain, { provider: 'trustly-europe', account: 'asking' }, boxes)],
    ['withdrawals instead of kyc', of(whole, plain, { ...polling, kyc: false, withdrawals: true }, boxes)],
    ['no checkout', of(withoutCheckout, plain, polling, boxes)],
    ['no provider polled', of({ ...whole, confirm: false }, plain, polling, boxes)],
    ['every provider polled', of(whole, plain, polling, { ...boxes, confirm: true })],
    ['no key for splitTokens', of(withoutKey, plain, polling, boxes)],
    ['no physical goods', of(whole, plain, polling, { ...boxes, goods: 'digital' })],
    ['an endpoint as target', { ...everything, target: { type: 'https', url: 'https://shop.example/hook' } }],
    ['a custom domain', { ...everything, customDomain: { name: 'pay.shop.example', certificateArn } }],
    ['an e-mail address for alarms', { ...everything, alarmEmail: 'somebody@shop.example' }],
    [
      'one more account at the start of the list',
      of({ ...boxes, account: 'new' }, whole, plain, polling, boxes),
    ],
    ['one account less', of(plain, polling, boxes)],
    ['the accounts in another sequence', of(boxes, polling, plain, whole)],
    ['more accounts than own routes', of(...everything.accounts, ...many(100))],
  ];
  it.each(cases)('no name and no route moves to another logical id after a change: %s', (_, settings) => {
    const other = templateOf(settings);
    expect(moved(template, other)).toEqual([]);
    // Names that exist only in the other template are compared as well.
    expect(moved(other, template)).toEqual([]);
  });

  it('no name and no route moves when dozens of accounts are listed backwards', () => {
    const accounts = [...everything.accounts, ...many(40)];
    expect(moved(templateOf(of(...accounts)), templateOf(of(...accounts.toReversed())))).toEqual([]);
  });

  it('a route that moves to another logical id is found', () => {
    const [[id, resource]] = Object.entries(template.Resources).filter(
      ([, { Type }]) => Type === 'AWS::ApiGatewayV2::Route',
    ) as [[string, Template['Resources'][string]]];
    const { [id]: _, ...rest } = template.Resources;
    expect(moved(template, { ...template, Resources: { ...rest, Elsewhere: resource } })).toHaveLength(1);
  });
});
