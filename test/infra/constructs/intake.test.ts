/** The intake of each provider: its accounts, its routes, and the function that asks the merchant. */
import { describe, expect, it } from 'vitest';
import { accessOf, readSecrets, USE_TABLE_KEY, WRITE_LOGS } from '../policies.ts';
import { type Json, ofType, type Template, templateOf } from '../support.ts';

describe('an account of Trustly Europe with questions', () => {
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

  it('the intake with questions reads orders and the secret of the decision hook, and only its own accounts', () => {
    expect(accessOf(template, 'payhooks-sandbox-intake-trustly-europe-decisions')).toEqual({
      ...readSecrets('trustly-europe/asking', 'envelope-key', 'decision/asking'),
      'payhooks-sandbox-notifications': ['sqs:SendMessage'],
      'payhooks-sandbox': ['dynamodb:GetItem', 'dynamodb:PutItem'],
      'alias/payhooks-sandbox-data': USE_TABLE_KEY,
      '/payhooks/sandbox/intake-trustly-europe-decisions': WRITE_LOGS,
    });
  });

  it('the intake without questions only gets rows, and reads the secrets of its own accounts', () => {
    expect(accessOf(template, 'payhooks-sandbox-intake-trustly-europe')).toEqual({
      ...readSecrets('trustly-europe/plain', 'envelope-key'),
      'payhooks-sandbox-notifications': ['sqs:SendMessage'],
      'payhooks-sandbox': ['dynamodb:GetItem'],
      'alias/payhooks-sandbox-data': ['kms:Decrypt', 'kms:DescribeKey'],
      '/payhooks/sandbox/intake-trustly-europe': WRITE_LOGS,
    });
  });

  it('an account with questions has its own route to the intake with questions', () => {
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

  it('only the intake with questions has PAYHOOKS_DECISION_URLS in its environment', () => {
    const name = 'payhooks-sandbox-intake-trustly-europe';
    expect(variablesOf(template, `${name}-decisions`).Variables.PAYHOOKS_DECISION_URLS).toBe(
      '{"asking":"https://shop.example/decide"}',
    );
    expect(variablesOf(template, name).Variables).not.toHaveProperty('PAYHOOKS_DECISION_URLS');
  });

  it('a stack with questions in every account has no plain intake and no route with {account}', () => {
    const only = templateOf({ accounts: [polling] });
    const names = ofType(only, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName);
    expect(names).toContain('payhooks-sandbox-intake-trustly-europe-decisions');
    expect(names).not.toContain('payhooks-sandbox-intake-trustly-europe');
    expect(routesOf(only)).not.toContain('ANY /trustly/europe/{account}/notifications');
  });

  it('the decision URLs of twelve accounts fit into the 4 KB of environment variables', () => {
    const url = 'https://shop.example/';
    const accounts = Array.from({ length: 12 }, (_, index) => ({
      ...polling,
      account: `${'x'.repeat(30)}${String(index).padStart(2, '0')}`,
      decision: { url: url + 'y'.repeat(200 - url.length) },
    }));
    const full = templateOf({ accounts });
    const variables = variablesOf(full, 'payhooks-sandbox-intake-trustly-europe-decisions');
    // AWS replaces the references with names of about the same length.
    expect(JSON.stringify(variables).length).toBeLessThan(4_096);
  });
});

describe('an intake beside accounts of several providers', () => {
  it('an intake reads the secrets of its own provider only', () => {
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
