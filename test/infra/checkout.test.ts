/**
 * Checkout and redirects exist only with an account that has checkout, and have only the permissions that they need.
 */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../infra/config.ts';
import { ofType, smallest, templateOf } from './support.ts';
import { environmentOf, idOf, pages, shop, statementsOf, template } from './with-checkout.ts';

describe('a stack without checkout and without splitTokenKey', () => {
  const without = templateOf();
  it('a stack without checkout and splitTokenKey has no redirect, no vault and no split-token-key secret', () => {
    const text = JSON.stringify(without);
    for (const word of [
      'return/{nonce}',
      'cancel/{nonce}',
      'payhooks-sandbox-vault',
      'split-token-key',
      'payhooks-sandbox-redirect',
    ])
      expect(text).not.toContain(word);
    expect(environmentOf(without, 'transition-worker')).not.toHaveProperty('PAYHOOKS_VAULT_TABLE');
  });
});

describe('the redirects of checkout', () => {
  it('the redirects are two public GET routes to the function redirect', () => {
    const routes = ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    const redirects = routes.filter(({ RouteKey }) => String(RouteKey).includes('{nonce}'));
    expect(redirects.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ['GET /trustly/americas/{account}/return/{nonce}', 'NONE'],
      ['GET /trustly/americas/{account}/cancel/{nonce}', 'NONE'],
    ]);
    const [integration, ...others] = ofType(template, 'AWS::ApiGatewayV2::Integration').filter(([id]) =>
      redirects.some(({ Target }) => JSON.stringify(Target).includes(`"${id}"`)),
    );
    expect(others).toEqual([]);
    const redirect = idOf('AWS::Lambda::Function', 'FunctionName', 'payhooks-sandbox-redirect');
    expect(JSON.stringify(integration?.[1].Properties.IntegrationUri)).toContain(`"${redirect}"`);
  });

  it('redirect reads and puts rows, reads the secret of its account, and can neither queue nor deliver', () => {
    const statements = statementsOf(template, 'redirect');
    const actions = statements.flatMap(({ Action }) => Action).map(String);
    expect(actions.filter((action) => !action.startsWith('kms:')).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ]);
    const secrets = statements.find(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(secrets?.Resource).toEqual({
      Ref: idOf('AWS::SecretsManager::Secret', 'Name', 'payhooks/sandbox/trustly-americas/shop'),
    });
  });

  it('redirect has no queue, target or evidence in its environment', () => {
    expect(Object.keys(environmentOf(template, 'redirect') ?? {}).sort()).toEqual([
      'PAYHOOKS_ENVIRONMENT',
      'PAYHOOKS_TABLE',
      'POWERTOOLS_METRICS_NAMESPACE',
      'POWERTOOLS_SERVICE_NAME',
    ]);
  });
});

describe('the function checkout', () => {
  it('checkout reads the secret of the account, and has the address of the API in PAYHOOKS_URL', () => {
    const secrets = statementsOf(template, 'checkout').filter(
      ({ Action }) => Action === 'secretsmanager:GetSecretValue',
    );
    expect(secrets.map(({ Resource }) => Resource)).toEqual([
      { Ref: idOf('AWS::SecretsManager::Secret', 'Name', 'payhooks/sandbox/trustly-americas/shop') },
    ]);
    expect(JSON.stringify(environmentOf(template, 'checkout')?.PAYHOOKS_URL)).toContain('ApiEndpoint');
  });

  it('PAYHOOKS_URL of checkout is the custom domain when customDomain is set', () => {
    const customDomain = {
      name: 'hooks.shop.example',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
    };
    const custom = templateOf({ accounts: [shop], customDomain });
    expect(environmentOf(custom, 'checkout')?.PAYHOOKS_URL).toBe('https://hooks.shop.example');
  });

  it('publicUrl wins over customDomain in PAYHOOKS_URL and in the account’s output, not in CheckoutUrl', () => {
    const customDomain = {
      name: 'origin.shop.example',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
    };
    const fronted = templateOf({ accounts: [shop], customDomain, publicUrl: 'https://pay.shop.example' });
    expect(environmentOf(fronted, 'checkout')?.PAYHOOKS_URL).toBe('https://pay.shop.example');
    expect(fronted.Outputs.UrlTrustlyAmericasShop?.Value).toBe(
      'https://pay.shop.example/trustly/americas/shop/events',
    );
    expect(idOf('AWS::ApiGatewayV2::DomainName', 'DomainName', 'origin.shop.example', fronted)).not.toBe(
      'none',
    );
    expect(fronted.Outputs.DomainTarget).toBeDefined();
    // SigV4 signs the host of the API, and CloudFront calls the API by another host.
    expect(fronted.Outputs.CheckoutUrl?.Value).toBe('https://origin.shop.example/checkout/orders');
  });
});

describe('the configuration of checkout', () => {
  const problemsOf = (settings: object): string[] => {
    try {
      parseConfig({ ...smallest, ...settings });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
      throw error;
    }
  };
  const withPage = (page: unknown) =>
    problemsOf({
      accounts: [{ ...shop, checkout: { merchantId: '1', pages: { ...pages, declined: page } } }],
    });

  it.each([
    'http://shop.example/x',
    '//shop.example/x',
    '/declined',
    'javascript:alert(1)',
    'https://user@shop.example/',
    'https://u:p@shop.example/',
    'https://shop.example/#x',
    '',
    7,
    undefined,
  ])('%j is refused as the address of a checkout page', (page) => {
    expect(withPage(page)).toEqual(['accounts[0].checkout.pages.declined']);
  });

  it('checkout has default values for signature and required, and wrong values are refused', () => {
    const [account] = parseConfig({ ...smallest, accounts: [shop] }).accounts;
    expect(account).toMatchObject({ checkout: { signature: 'SHA1', required: [], pages } });
    const wrong = { merchantId: 12, signature: 'MD5', required: ['a b'], pages };
    expect(problemsOf({ accounts: [{ ...shop, checkout: wrong }] })).toEqual([
      'accounts[0].checkout.merchantId',
      'accounts[0].checkout.signature',
      'accounts[0].checkout.required[0]',
    ]);
    expect(problemsOf({ captureRoleArn: 'capture' })).toEqual(['captureRoleArn']);
  });
});
