/** A WebACL for CloudFront in front of Payhooks: it limits floods, and only counts suspicious requests. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnIPSet, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { PROVIDERS, providers } from '../../shared/providers/index.ts';
import { pascal } from '../names.ts';

export interface PayhooksWafProps {
  /** Requests from one address in five minutes; further ones are answered 403, and providers send them again. */
  readonly requestsPerAddress?: number;
  /** AWS's managed rules; with "count" they refuse nothing. */
  readonly managedRules?: 'count' | 'none';
}

/**
 * A provider sends everything from a few addresses. This is what a route accepts at its default throttle of 500 a
 * second: beyond it the API would answer 429 in any case.
 */
const REQUESTS_PER_ADDRESS = 150_000;
const LEAST_REQUESTS = 10;
const MOST_REQUESTS = 2_000_000_000;
const WINDOW_SECONDS = 300;

const REGION = 'us-east-1';

/**
 * Names and descriptions in genuine notifications may contain anything, and their query strings and bodies exceed the
 * limits of these rules. Their metrics show what they would refuse.
 */
const MANAGED = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesCommonRuleSet',
];

/** Must be in a stack of us-east-1, wherever Payhooks is: `new Stack(app, 'Waf', { env: { region: 'us-east-1' } })`. */
export class PayhooksWaf extends Construct {
  /**
   * For `PayhooksEdge`; pass it to a stack of another region with `crossRegionReferences`, or copy it from the output.
   */
  readonly webAclArn: string;

  constructor(scope: Construct, id: string, props: PayhooksWafProps = {}) {
    super(scope, id);
    const { requestsPerAddress: limit = REQUESTS_PER_ADDRESS, managedRules = 'count' } = props;
    this.refuseElsewhere();
    if (!Number.isInteger(limit) || limit < LEAST_REQUESTS || limit > MOST_REQUESTS) {
      throw new Error(
        `${this.node.path}: requestsPerAddress: found ${limit}; allowed: a whole number from ${LEAST_REQUESTS} to ${MOST_REQUESTS}`,
      );
    }
    const flood: Rule = {
      ...{ name: 'flood', action: { block: {} } },
      statement: {
        rateBasedStatement: { limit, aggregateKeyType: 'IP', evaluationWindowSec: WINDOW_SECONDS },
      },
    };
    const managed = managedRules === 'none' ? [] : MANAGED;
    const rules = [
      flood,
      ...this.strangers(),
      ...managed.map(
        (name): Rule => ({
          ...{ name, overrideAction: { count: {} } },
          statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
        }),
      ),
    ];
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      description: 'Payhooks: floods are refused, everything else is counted',
      visibilityConfig: seen('payhooks'),
      // No rule of ours reads a body, and none refuses one for its size: intake accepts 64 KB.
      associationConfig: { requestBody: { CLOUDFRONT: { defaultSizeInspectionLimit: 'KB_16' } } },
      rules: rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: seen(rule.name) })),
    });
    this.webAclArn = acl.attrArn;
  }

  /** WAF refuses the scope CLOUDFRONT in any other region, at deployment. @throws Error */
  private refuseElsewhere(): void {
    const { region } = Stack.of(this);
    if (region === REGION) return;
    const found = Token.isUnresolved(region) ? 'a stack without a region' : `the region "${region}"`;
    throw new Error(
      `${this.node.path}: found ${found}; allowed: a stack with env: { region: "${REGION}" }, wherever Payhooks is (WAF for CloudFront is in no other)`,
    );
  }

  /**
   * Counts requests to a provider's addresses that come from outside its published ranges (not every provider publishes
   * any). It only counts, because the stack's own probe and doctor are among them. `sourceAddresses: "check"` refuses
   * by the same list.
   */
  private strangers(): readonly Rule[] {
    return PROVIDERS.flatMap((provider): readonly Rule[] => {
      const { publishedSources, path } = providers[provider].config;
      if (publishedSources === undefined) return [];
      const published = new CfnIPSet(this, pascal(provider), {
        ...{ scope: 'CLOUDFRONT', ipAddressVersion: 'IPV4', addresses: [...publishedSources] },
        description: `Where ${provider} sends from, as it publishes it`,
      });
      const below = {
        byteMatchStatement: {
          ...{ searchString: path.replace(/\{account\}.*$/, ''), positionalConstraint: 'STARTS_WITH' },
          ...{ fieldToMatch: { uriPath: {} }, textTransformations: [{ priority: 0, type: 'NONE' }] },
        },
      };
      const elsewhere = {
        notStatement: { statement: { ipSetReferenceStatement: { arn: published.attrArn } } },
      };
      return [
        {
          ...{ name: `${provider}-elsewhere`, action: { count: {} } },
          statement: { andStatement: { statements: [below, elsewhere] } },
        },
      ];
    });
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority' | 'visibilityConfig'>;

/** No samples, because they would keep signatures and names of shoppers for three hours. */
const seen = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  ...{ metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false },
});
