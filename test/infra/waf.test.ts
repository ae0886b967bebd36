/** The WebACL in front of Payhooks limits floods, and refuses no notification because of its content. */
import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { PayhooksWaf, type PayhooksWafProps } from '../../infra/constructs/waf.ts';
import { throttlesSchema } from '../../infra/throttles.ts';
import { isPaymentwallAddress } from '../../shared/providers/paymentwall/addresses.ts';
import type { WholeTemplate } from './schema/references.ts';
import { loadSchemas } from './schema/schemas.ts';
import { templateProblems } from './schema/validate.ts';
import { ofType, stubSources, type Template } from './support.ts';

const { out, remove } = stubSources();
afterAll(remove);

const US = { env: { account: '123456789012', region: 'us-east-1' } };
let apps = 0;
function templateWith(props?: PayhooksWafProps, inStage = false): Template {
  const app = new App({ outdir: `${out}-${++apps}`, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const scope = inStage ? new Stage(app, 'Live', US) : app;
  new PayhooksWaf(new Stack(scope, 'Waf', inStage ? {} : US), 'Waf', props);
  app.synth();
  const assembly = inStage ? (scope as Stage).synth() : app.synth();
  return assembly.getStackByName(inStage ? 'Live-Waf' : 'Waf').template as Template;
}

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: object;
  readonly OverrideAction?: object;
  readonly Statement: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly VisibilityConfig: object;
}
const aclOf = (template: Template) => {
  const [[, { Properties }] = expect.unreachable()] = ofType(template, 'AWS::WAFv2::WebACL');
  return Properties as never as { readonly Rules: readonly Rule[]; readonly Scope: string };
};

const template = templateWith();
const acl = aclOf(template);

describe('the WebACL', () => {
  it('the WebACL is for CloudFront, allows a request by default, and keeps no sample of a request', () => {
    expect(acl).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } });
    const seen = [acl as never as Rule, ...acl.Rules].map(({ VisibilityConfig }) => VisibilityConfig);
    for (const each of seen)
      expect(each).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
  });

  it('the WebACL refuses only a flood: more requests from one address than a route accepts', () => {
    const refusing = acl.Rules.filter(
      (rule) => !JSON.stringify([rule.Action, rule.OverrideAction]).includes('Count'),
    );
    const { intake } = v.parse(throttlesSchema, {});
    expect(refusing).toMatchObject([
      {
        Name: 'flood',
        Action: { Block: {} },
        Statement: {
          RateBasedStatement: {
            ...{ AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: intake.rate * 300 },
          },
        },
      },
    ]);
  });

  it('the managed rules of AWS only count, because genuine notifications match the rules', () => {
    const managed = acl.Rules.filter(({ Statement }) => Statement.ManagedRuleGroupStatement !== undefined);
    expect(managed.map(({ Name }) => Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
    for (const { OverrideAction } of managed) expect(OverrideAction).toEqual({ Count: {} });
    expect(aclOf(templateWith({ managedRules: 'none' })).Rules.map(({ Name }) => Name)).toEqual([
      'flood',
      'paymentwall-elsewhere',
    ]);
  });

  it('the WebACL refuses no body for its size: no rule inspects a body or a query', () => {
    expect(acl).toMatchObject({
      AssociationConfig: { RequestBody: { CLOUDFRONT: { DefaultSizeInspectionLimit: 'KB_16' } } },
    });
    expect(JSON.stringify(acl.Rules)).not.toMatch(/"(Json)?Body"|SizeConstraint|QueryString|QueryArgument/);
  });

  it('the WebACL counts pingbacks from addresses that Paymentwall does not publish', () => {
    const [[set, { Properties }] = expect.unreachable()] = ofType(template, 'AWS::WAFv2::IPSet');
    const addresses = Properties.Addresses as readonly string[];
    expect(addresses).toHaveLength(6);
    for (const range of addresses)
      expect(isPaymentwallAddress(range.replace(/\/\d+$/, '')), range).toBe(true);
    const rule = acl.Rules.find(({ Name }) => Name === 'paymentwall-elsewhere');
    expect(rule).toMatchObject({ Action: { Count: {} } });
    expect(JSON.stringify(rule)).toContain(set);
  });

  it('the WebACL fits the published schemas, also in a stage, and has each priority and name once', () => {
    const schemas = loadSchemas();
    for (const each of [template, templateWith({}, true), templateWith({ requestsPerAddress: 10 })])
      expect(templateProblems(each as unknown as WholeTemplate, schemas)).toEqual([]);
    expect(new Set(acl.Rules.map(({ Priority }) => Priority)).size).toBe(acl.Rules.length);
    expect(new Set(acl.Rules.map(({ Name }) => Name)).size).toBe(acl.Rules.length);
  });
});

describe('a WebACL that is refused at synth', () => {
  it.each([
    [
      'in another region',
      { env: { region: 'eu-west-1' } },
      'found the region "eu-west-1"; allowed: a stack with',
    ],
    ['in a stack without a region', {}, 'found a stack without a region; allowed: a stack with'],
  ])('a WebACL %s is refused at synth', (_, props, message) => {
    expect(() => new PayhooksWaf(new Stack(new App(), 'Waf', props), 'Waf')).toThrow(message);
  });

  it.each([9, 2_000_000_001, 10.5, Number.NaN])(
    'a WebACL with requestsPerAddress %s is refused at synth',
    (requestsPerAddress) => {
      const make = () => new PayhooksWaf(new Stack(new App(), 'Waf', US), 'Waf', { requestsPerAddress });
      expect(make).toThrow(
        `requestsPerAddress: found ${requestsPerAddress}; allowed: a whole number from 10`,
      );
    },
  );
});
