/** Checkout, redirects and the vault: only where an account asks for them, and who may do what then. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../infra/config.ts';
import {
  type Json,
  OUTLIVES,
  ofType,
  type Resource,
  smallest,
  type Template,
  templateOf,
} from './support.ts';

const pages = {
  pending: 'https://shop.example/pending',
  confirmed: 'https://shop.example/thanks',
  selection: 'https://shop.example/checkout?step=pay',
  declined: 'https://shop.example/declined',
};
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
const shop = {
  provider: 'trustly-americas',
  account: 'shop',
  checkout: { merchantId: '0012', pages },
  splitTokenKey: { kty, crv, x, y },
};
const plain = { provider: 'trustly-americas', account: 'plain' };
const captureRoleArn = 'arn:aws:iam::123456789012:role/capture';

const template = templateOf({ accounts: [shop, plain], captureRoleArn });

function statementsOf(from: Template, name: string): { Action: Json; Resource: Json; Condition?: Json }[] {
  const lambda = Object.values(from.Resources).find(
    ({ Properties }) => Properties.FunctionName === `payhooks-sandbox-${name}`,
  ) as Resource;
  const [roleId = ''] = (lambda.Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
  const { Properties } = from.Resources[roleId] as Resource;
  return (Properties.Policies as unknown as { PolicyDocument: { Statement: [] } }[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
}
const idOf = (type: string, property: string, value: string, from = template): string =>
  ofType(from, type).find(([, { Properties }]) => Properties[property] === value)?.[0] ?? 'none';
const environmentOf = (from: Template, name: string) => {
  const [, lambda] =
    ofType(from, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.FunctionName === `payhooks-sandbox-${name}`,
    ) ?? [];
  return (lambda?.Properties.Environment as { Variables: Record<string, Json> } | undefined)?.Variables;
};

describe('without checkout and without a key for splitTokens', () => {
  const without = templateOf();
  it('there is no redirect, no vault, no secret for it', () => {
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

describe('redirects', () => {
  it('are two public GET routes to one function', () => {
    const routes = ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    const redirects = routes.filter(({ RouteKey }) => String(RouteKey).includes('{nonce}'));
    expect(redirects.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ['GET /trustly/americas/{account}/return/{nonce}', 'NONE'],
      ['GET /trustly/americas/{account}/cancel/{nonce}', 'NONE'],
    ]);
  });

  it('read and put rows, read the secret of the account with checkout, and can neither queue nor deliver', () => {
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

  it('have no queue, target or evidence in their environment', () => {
    expect(Object.keys(environmentOf(template, 'redirect') ?? {}).sort()).toEqual([
      'PAYHOOKS_ENVIRONMENT',
      'PAYHOOKS_TABLE',
      'POWERTOOLS_METRICS_NAMESPACE',
      'POWERTOOLS_SERVICE_NAME',
    ]);
  });
});

describe('checkout', () => {
  it('reads the same secret, and knows the address of the stack', () => {
    const secrets = statementsOf(template, 'checkout').filter(
      ({ Action }) => Action === 'secretsmanager:GetSecretValue',
    );
    expect(secrets.map(({ Resource }) => Resource)).toEqual([
      { Ref: idOf('AWS::SecretsManager::Secret', 'Name', 'payhooks/sandbox/trustly-americas/shop') },
    ]);
    expect(JSON.stringify(environmentOf(template, 'checkout')?.PAYHOOKS_URL)).toContain('ApiEndpoint');
  });

  it('knows the custom domain where there is one', () => {
    const customDomain = {
      name: 'hooks.shop.example',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
    };
    const custom = templateOf({ accounts: [shop], customDomain });
    expect(environmentOf(custom, 'checkout')?.PAYHOOKS_URL).toBe('https://hooks.shop.example');
  });

  it('knows what stands in front of both, and so do the outputs; the domain stays the API’s', () => {
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
    // SigV4 signs the host, and CloudFront calls the API by another one.
    expect(fronted.Outputs.CheckoutUrl?.Value).toBe('https://origin.shop.example/checkout/orders');
  });
});

describe('the vault', () => {
  const tableId = idOf('AWS::DynamoDB::GlobalTable', 'TableName', 'payhooks-sandbox-vault');
  const secretId = idOf('AWS::SecretsManager::Secret', 'Name', 'payhooks/sandbox/split-token-key');

  it('is a table under a key of its own, retained and recoverable', () => {
    const { Properties, DeletionPolicy } = template.Resources[tableId] as Resource;
    expect(OUTLIVES).toContain(DeletionPolicy);
    const [replica] = Properties.Replicas as unknown as Record<string, Json>[];
    expect(replica).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    const main = idOf('AWS::DynamoDB::GlobalTable', 'TableName', 'payhooks-sandbox');
    const ours = JSON.stringify(replica?.SSESpecification);
    expect(ours).toContain('VaultKey');
    expect(JSON.stringify((template.Resources[main] as Resource).Properties)).not.toContain('VaultKey');
  });

  it('is read and written by the transition worker and by nobody else', () => {
    const names = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      String(Properties.FunctionName),
    );
    const users = names.filter((name) =>
      JSON.stringify(statementsOf(template, name.replace('payhooks-sandbox-', ''))).includes(`"${tableId}"`),
    );
    expect(users).toEqual(['payhooks-sandbox-transition-worker']);
    const [statement] = statementsOf(template, 'transition-worker').filter(({ Resource }) =>
      JSON.stringify(Resource).includes(tableId),
    );
    expect(statement?.Action).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
    expect(environmentOf(template, 'transition-worker')).toHaveProperty('PAYHOOKS_VAULT_TABLE');
  });

  it('has its private key in a secret that no function can read, and that a policy locks to the capture role', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      const name = String(Properties.FunctionName).replace('payhooks-sandbox-', '');
      expect(JSON.stringify(statementsOf(template, name))).not.toContain(secretId);
    }
    const [policy, ...others] = ofType(template, 'AWS::SecretsManager::ResourcePolicy');
    expect(others).toEqual([]);
    expect(policy?.[1].Properties.SecretId).toEqual({ Ref: secretId });
    expect(policy?.[1].Properties.ResourcePolicy).toMatchObject({
      Statement: [
        {
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'secretsmanager:GetSecretValue',
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': captureRoleArn } },
        },
        { Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' },
      ],
    });
  });

  it('lets nobody but the capture role and deployments write it, copy it or take the policy away', () => {
    const [policy] = ofType(template, 'AWS::SecretsManager::ResourcePolicy');
    const { Statement = [] } = (policy?.[1].Properties.ResourcePolicy ?? {}) as {
      readonly Statement?: readonly { readonly Action: readonly string[]; readonly Condition: unknown }[];
    };
    const [, changes] = Statement;
    // Every action of Secrets Manager that changes a secret, its versions, its copies or who may read it.
    for (const action of [
      ...['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'DeleteSecret', 'RestoreSecret'],
      ...['PutResourcePolicy', 'DeleteResourcePolicy', 'RotateSecret', 'CancelRotateSecret'],
      ...['ReplicateSecretToRegions', 'RemoveRegionsFromReplication', 'StopReplicationToReplica'],
    ]) {
      expect(changes?.Action).toContain(`secretsmanager:${action}`);
    }
    const account = '$' + '{AWS::AccountId}';
    const deploying = {
      'Fn::Sub': expect.stringContaining(`:iam::${account}:role/cdk-hnb659fds-cfn-exec-role-${account}-`),
    };
    expect(changes?.Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': [captureRoleArn, deploying] },
    });
  });

  it('has no such policy where no role is named', () => {
    expect(ofType(templateOf({ accounts: [shop] }), 'AWS::SecretsManager::ResourcePolicy')).toEqual([]);
  });
});

describe('the configuration', () => {
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
  ])('refuses %j as a page', (page) => {
    expect(withPage(page)).toEqual(['accounts[0].checkout.pages.declined']);
  });

  it('has defaults for what is left out, and refuses what is wrong', () => {
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
