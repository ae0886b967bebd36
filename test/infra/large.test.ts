/**
 * A stack with the greatest allowed number of accounts and all features fits the limits of CloudFormation, IAM, Lambda
 * and CloudWatch.
 */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { MAX_OWN_ROUTES } from '../../infra/constructs/intake.ts';
import { stackProblems } from '../../infra/rules.ts';
import { addPayhooks, newApp } from '../../infra/synth.ts';
import type { Account } from '../../shared/providers/index.ts';
import { alarmsOf, plain } from '../operations/watched.ts';
import {
  americas,
  europe,
  longUrl,
  MOST,
  MOST_PER_PROVIDER,
  MOST_POLLED,
  MOST_PROBED,
  MOST_WITH_QUESTIONS,
  mostOf,
  numbered,
  wall,
} from './most.ts';
import { functionPolicyCharacters, roleCharacters, variablesBytes } from './sizes.ts';
import { ofType, smallest, stubSources, synthesized, type Template, templateOf } from './support.ts';

const shared = synthesized(mostOf(MOST));
const own = synthesized(mostOf(MAX_OWN_ROUTES));
/** Alarms with an action: a part of a composite alarm has none. */
const alarmsWithAction = (template: Template): number =>
  alarmsOf(template).filter(([, { AlarmActions }]) => AlarmActions !== undefined).length +
  ofType(template, 'AWS::CloudWatch::CompositeAlarm').length;
const routesOf = ({ template }: typeof shared) => ofType(template, 'AWS::ApiGatewayV2::Route');

describe.each([
  [`${MOST} accounts that share routes`, shared, MOST],
  [`${MAX_OWN_ROUTES} accounts with a route each`, own, MAX_OWN_ROUTES],
] as const)('%s', (_, { template, bytes }, accounts) => {
  it('the accounts fit a template: 1,000,000 bytes, 500 resources, 200 outputs', () => {
    expect(ofType(template, 'AWS::SecretsManager::Secret').length).toBeGreaterThan(accounts);
    expect(bytes).toBeLessThan(1_000_000);
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
    expect(Object.keys(template.Outputs).length).toBeLessThanOrEqual(200);
  });

  it('the accounts fit an API: 300 routes, 300 integrations', () => {
    expect(ofType(template, 'AWS::ApiGatewayV2::Route').length).toBeLessThanOrEqual(300);
    // One integration per function, for any number of routes.
    expect(ofType(template, 'AWS::ApiGatewayV2::Integration')).toHaveLength(6);
  });

  it('the policies of functions fit 20 KB, and their variables fit 4 KB', () => {
    const policies = [...functionPolicyCharacters(template)];
    expect(policies.length).toBeGreaterThan(6);
    for (const [name, characters] of policies) expect(characters, name).toBeLessThan(20_480);
    for (const [name, variables] of variablesBytes(template)) expect(variables, name).toBeLessThan(4_096);
  });

  it('the roles fit 10,240 characters of inline policies', () => {
    for (const [role, characters] of roleCharacters(template)) expect(characters, role).toBeLessThan(10_240);
  });

  it('the dashboard shows every alarm, with at most a hundred alarms a widget', () => {
    const [, { Properties }] =
      ofType(template, 'AWS::CloudWatch::Dashboard').find(([, { Properties: each }]) =>
        String(each.DashboardName).endsWith('engineering'),
      ) ?? expect.unreachable();
    const body = JSON.parse(String(plain(Properties.DashboardBody ?? null))) as {
      widgets: { type: string; properties: { alarms?: string[] } }[];
    };
    const shown = body.widgets.flatMap(({ type, properties }) => (type === 'alarm' ? [properties] : []));
    for (const { alarms = [] } of shown) expect(alarms.length).toBeLessThanOrEqual(100);
    expect(shown.flatMap(({ alarms = [] }) => alarms)).toHaveLength(alarmsWithAction(template));
  });
});

it('accounts have a route each up to MAX_OWN_ROUTES, and share the routes of their provider beyond', () => {
  expect(routesOf(own).length).toBeGreaterThan(MAX_OWN_ROUTES);
  expect(routesOf(shared).length).toBeLessThan(25);
});

describe('the greatest number of accounts of one provider', () => {
  const accounts = (make: (index: number) => object) =>
    Array.from({ length: MOST_PER_PROVIDER }, (_, index) => make(index));

  it.each([
    ['Trustly Americas', accounts((index) => americas(index, true))],
    ['Paymentwall', accounts((index) => wall(index, true))],
    ['Trustly Europe', accounts((index) => europe(index, index < MOST_WITH_QUESTIONS))],
  ])(
    'roles, policies and variables fit with the greatest number of accounts of %s and the longest names',
    (_, many) => {
      for (const target of [{ type: 'eventbridge' }, { type: 'https', url: longUrl(1_000) }]) {
        const template = templateOf({ accounts: many, target });
        for (const [role, characters] of roleCharacters(template))
          expect(characters, role).toBeLessThan(10_240);
        for (const [name, characters] of functionPolicyCharacters(template))
          expect(characters, name).toBeLessThan(20_480);
        for (const [name, variables] of variablesBytes(template)) expect(variables, name).toBeLessThan(4_096);
      }
    },
  );
});

describe('a configuration that does not fit a stack', () => {
  const messageOf = (settings: object) => {
    try {
      parseConfig({ ...smallest, ...settings });
    } catch (error) {
      return String(error);
    }
    return 'fits';
  };

  it('more accounts than a stack has outputs for are refused: at most 134', () => {
    const { accounts } = mostOf(MOST);
    expect(messageOf({ accounts: [...accounts, {}] })).toContain('at most 134');
  });

  it('more than 60 accounts with confirm or physical goods are refused, because a role cannot name more', () => {
    const polled = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        index % 2 === 0 ? americas(index, true) : wall(index, true),
      );
    expect(messageOf({ accounts: polled(MOST_POLLED) })).toBe('fits');
    expect(messageOf({ accounts: polled(MOST_POLLED + 1), probe: false }).split('\n')).toEqual([
      expect.any(String),
      expect.stringMatching(
        /^ {2}payhooks\.accounts: found 61 with "confirm" or physical goods; allowed: at most 60/,
      ),
    ]);
  });

  it('more than 60 accounts that the probe signs for are refused, unless probe is false', () => {
    const signed = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        index % 2 === 0 ? americas(index, false) : wall(index, false),
      );
    expect(messageOf({ accounts: signed(MOST_PROBED) })).toBe('fits');
    expect(messageOf({ accounts: signed(MOST_PROBED + 1), probe: false })).toBe('fits');
    expect(messageOf({ accounts: signed(MOST_PROBED + 1) }).split('\n')).toEqual([
      expect.any(String),
      '  payhooks.probe: found true (the default) with 61 accounts that it signs for; allowed: false, or at most 60 accounts of Trustly Americas and Paymentwall in a stack',
    ]);
    const template = templateOf({ accounts: signed(MOST_PROBED) });
    for (const [role, characters] of roleCharacters(template)) expect(characters, role).toBeLessThan(10_240);
  });

  it('more than 500 resources are refused with the number of accounts and resources', () => {
    expect(stackProblems(500, 9)).toEqual([]);
    expect(stackProblems(501, 9)).toEqual([
      {
        path: 'accounts',
        found: '9 accounts, which make 501 resources',
        allowed:
          'at most 500 resources in a stack: fewer accounts, fewer of them with "expectedEveryHours", or "rollout": "all-at-once"',
      },
    ]);
  });

  it('a stack with too many resources is refused by Payhooks before CDK counts', () => {
    const config = parseConfig({ ...smallest, accounts: [europe(0, false)] });
    const [account] = config.accounts as [Account];
    // More accounts than parseConfig accepts: each account adds a secret and an alarm.
    const accounts = Array.from({ length: 300 }, (_, index) => ({ ...account, account: numbered(index) }));
    const expected = accounts.map(({ provider, account: name }) => ({ provider, account: name, hours: 24 }));
    const { sources, out, remove } = stubSources();
    try {
      const app = newApp({ outdir: out, analyticsReporting: false });
      expect(() => addPayhooks(app, { ...config, accounts, expected }, sources)).toThrow(
        /payhooks\.accounts: found 300 accounts, which make \d+ resources; allowed: at most 500 resources/,
      );
    } finally {
      remove();
    }
  });
});
