/** CloudFront in front of the API: settings that keep every signed byte, the secret header, and refusals at synth. */
import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { PayhooksEdge, type PayhooksEdgeProps } from '../../infra/constructs/edge.ts';
import { Payhooks } from '../../infra/payhooks.ts';
import type { Settings } from '../../infra/settings.ts';
import type { WholeTemplate } from './schema/references.ts';
import { loadSchemas } from './schema/schemas.ts';
import { templateProblems } from './schema/validate.ts';
import { ofType, smallest, stubSources, type Template } from './support.ts';

const { sources, out, remove } = stubSources();
afterAll(remove);

const account = '123456789012';
const id = '00000000-0000-4000-8000-000000000000';
const certificateArn = `arn:aws:acm:us-east-1:${account}:certificate/${id}`;
const webAclArn = `arn:aws:wafv2:us-east-1:${account}:global/webacl/payhooks/${id}`;
const behind = { publicUrl: 'https://pay.shop.example', edgeHeader: 'require' };

interface EdgeSettings {
  readonly settings?: object;
  readonly edge?: Partial<PayhooksEdgeProps>;
  readonly region?: string;
  /** The region of a separate stack for the edge; absent: the edge is in the same stack. */
  readonly apart?: string | undefined;
  readonly inStage?: boolean;
}

let apps = 0;
function templatesOf({
  settings = behind,
  edge = {},
  region = 'eu-west-1',
  apart,
  inStage = false,
}: EdgeSettings) {
  const app = new App({ outdir: `${out}-${++apps}`, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const scope = inStage ? new Stage(app, 'Live') : app;
  const stack = new Stack(scope, 'Shop', { env: { account, region } });
  const config = { ...smallest, ...settings } as Settings;
  const payhooks = new Payhooks(stack, 'Payhooks', { config, sources });
  const own = apart === undefined ? stack : new Stack(scope, 'Front', { env: { account, region: apart } });
  new PayhooksEdge(own, 'Edge', { payhooks, certificateArn, webAclArn, ...edge });
  app.synth();
  const assembly = inStage ? (scope as Stage).synth() : app.synth();
  return (name: string) => assembly.getStackByName(inStage ? `Live-${name}` : name).template as Template;
}

const template = templatesOf({})('Shop');
const [[, distribution] = expect.unreachable()] = ofType(template, 'AWS::CloudFront::Distribution');
const config = distribution.Properties.DistributionConfig as never as {
  readonly Origins: readonly [Record<string, unknown>];
  readonly CustomErrorResponses: readonly Record<string, number>[];
};

describe('the CloudFront distribution', () => {
  it('CloudFront forwards every byte: all headers but Host, the whole query, no cache, compression or function', () => {
    expect(config).toMatchObject({
      Aliases: ['pay.shop.example'],
      DefaultCacheBehavior: {
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        // Managed policies of CloudFront: CachingDisabled, AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
      },
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2018' },
      WebACLId: webAclArn,
    });
    expect(config).not.toHaveProperty('Logging');
    expect(config).not.toHaveProperty('CacheBehaviors');
    const behaviour = JSON.stringify((config as { DefaultCacheBehavior?: object }).DefaultCacheBehavior);
    expect(behaviour).not.toMatch(/FunctionAssociations|ResponseHeadersPolicyId|LambdaFunction/);
  });

  it('CloudFront keeps no answer for another request, and caches an error for zero seconds', () => {
    const codes = config.CustomErrorResponses.map(({ ErrorCode }) => ErrorCode);
    expect(codes).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);
    expect(config.CustomErrorResponses.every(({ ErrorCachingMinTTL }) => ErrorCachingMinTTL === 0)).toBe(
      true,
    );
    // CloudFront replaces no answer with an error page.
    expect(JSON.stringify(config.CustomErrorResponses)).not.toMatch(/ResponsePagePath|ResponseCode/);
  });

  it('CloudFront calls the API by TLS under the name of the API, with the edge header read from Secrets Manager', () => {
    const [origin] = config.Origins;
    expect(origin).toMatchObject({
      CustomOriginConfig: {
        OriginProtocolPolicy: 'https-only',
        OriginReadTimeout: 30,
        OriginSSLProtocols: ['TLSv1.2'],
      },
    });
    expect(JSON.stringify(origin.DomainName)).toMatch(/\.execute-api\.eu-west-1\./);
    const [[secret] = expect.unreachable()] = ofType(template, 'AWS::SecretsManager::Secret').filter(
      ([, { Properties }]) => Properties.Name === 'payhooks/sandbox/edge',
    );
    expect(origin.OriginCustomHeaders).toEqual([
      {
        HeaderName: 'x-payhooks-edge',
        HeaderValue: {
          'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secret }, ':SecretString:current::}}']],
        },
      },
    ]);
    const domain = {
      name: 'api.shop.example',
      certificateArn: certificateArn.replace('us-east-1', 'eu-west-1'),
    };
    const named = templatesOf({ settings: { ...behind, customDomain: domain } })('Shop');
    expect(JSON.stringify(ofType(named, 'AWS::CloudFront::Distribution'))).toContain(
      '"DomainName":"api.shop.example"',
    );
  });

  it('a new headerVersion changes the distribution, so that CloudFormation reads the rotated secret', () => {
    const of = (edge: Partial<PayhooksEdgeProps>) =>
      JSON.stringify(ofType(templatesOf({ edge })('Shop'), 'AWS::CloudFront::Distribution'));
    expect(of({ headerVersion: '2026-12-01' })).not.toBe(of({}));
  });

  it('the edge has an A and an AAAA record when hostedZoneId is set', () => {
    const named = templatesOf({ edge: { hostedZoneId: 'Z0123456789ABCDEFGHIJ' } })('Shop');
    const records = ofType(named, 'AWS::Route53::RecordSet').map(([, { Properties }]) => Properties);
    expect(records.map(({ Type }) => Type)).toEqual(['A', 'AAAA']);
    expect(records).toMatchObject(
      Array(2).fill({ Name: 'pay.shop.example', AliasTarget: { HostedZoneId: 'Z2FDTNDATAQYW2' } }),
    );
  });

  it('the edge fits the published schemas, also in a stack of its own and in a stage', () => {
    const schemas = loadSchemas();
    const problems = (of: Template) => templateProblems(of as unknown as WholeTemplate, schemas);
    expect(problems(template)).toEqual([]);
    for (const inStage of [false, true]) {
      const templates = templatesOf({ apart: 'eu-west-1', inStage });
      expect(problems(templates('Front'))).toEqual([]);
      expect(ofType(templates('Front'), 'AWS::CloudFront::Distribution')).toHaveLength(1);
      // The name of the secret passes from one stack to the other; its value does not.
      expect(JSON.stringify(templates('Front'))).toMatch(/resolve:secretsmanager:.*Fn::ImportValue/);
    }
  });

  it('CloudFront adds no header without edgeHeader in the configuration', () => {
    const open = templatesOf({ settings: { publicUrl: behind.publicUrl } })('Shop');
    const text = JSON.stringify(ofType(open, 'AWS::CloudFront::Distribution'));
    expect(text).not.toMatch(/OriginCustomHeaders|resolve:/);
  });

  it('the edge works without a WebACL, and in us-east-1', () => {
    expect(() => templatesOf({ edge: { webAclArn: undefined as never } })).not.toThrow();
    expect(() => templatesOf({ region: 'us-east-1' })).not.toThrow();
  });
});

describe('an edge that is refused at synth', () => {
  it.each([
    [
      'without a public address',
      { settings: {} },
      'found no "publicUrl" in the configuration of Shop/Payhooks',
    ],
    [
      'with a certificate of the stack’s region',
      { edge: { certificateArn: certificateArn.replace('us-east-1', 'eu-west-1') } },
      'certificateArn: found "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"; allowed: one of us-east-1',
    ],
    [
      'with a regional WebACL',
      { edge: { webAclArn: webAclArn.replace('global', 'regional') } },
      'webAclArn: found "arn:aws:wafv2:us-east-1:123456789012:regional/webacl',
    ],
    [
      'under the name of its own origin',
      {
        settings: {
          ...behind,
          customDomain: {
            name: 'pay.shop.example',
            certificateArn: certificateArn.replace('us-east-1', 'eu-west-1'),
          },
        },
      },
      'found "pay.shop.example" as "publicUrl" and as "customDomain"; allowed: two names',
    ],
    [
      'before a domain whose certificate is of another region',
      { settings: { ...behind, customDomain: { name: 'api.shop.example', certificateArn } } },
      'customDomain.certificateArn: found a certificate of "us-east-1"; allowed: one of the stack\'s region "eu-west-1"',
    ],
    [
      'in another region than Payhooks',
      { apart: 'us-east-1' },
      'found a stack of "us-east-1", and Shop/Payhooks in one of "eu-west-1"; allowed: the same region',
    ],
  ] as const)('an edge %s is refused at synth', (_, settings, message) => {
    expect(() => templatesOf(settings as EdgeSettings)).toThrow(message);
  });
});
