/** The list of functions. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { ofType, type Resource, smallest, templateOf } from './support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the functions of a stack', () => {
  it('the stack has the functions of its configuration, each with a bundle of its own', () => {
    const names = all('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName);
    expect([...names].sort()).toEqual(
      functionsOf(parseConfig(smallest))
        .map((name) => `payhooks-sandbox-${name}`)
        .sort(),
    );
    const bundles = all('AWS::Lambda::Function').map(({ Properties }) => JSON.stringify(Properties.Code));
    expect(new Set(bundles).size).toBe(names.length);
  });

  it('a provider without an account has no intake and no route', () => {
    const small = templateOf({ accounts: [{ provider: 'trustly-europe', account: 'shop' }] });
    const names = ofType(small, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      String(Properties.FunctionName),
    );
    expect(names.filter((name) => name.includes('intake'))).toEqual([
      'payhooks-sandbox-intake-trustly-europe',
    ]);
    const routes = ofType(small, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
    expect(routes).toEqual([
      'ANY /trustly/europe/{account}/notifications',
      'ANY /trustly/europe/{proxy+}',
      'ANY /trustly/europe/shop/notifications',
      'POST /checkout/orders',
      'POST /checkout/orders/changes',
      'POST /checkout/refunds',
    ]);
  });
});
