/**
 * CloudFront in front of the API, with settings that keep every signed byte. docs/domain-and-waf.md has the reasons.
 */

import { Annotations, Duration, SecretValue, Stack, Token, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  type ErrorResponse,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { EDGE_HEADER } from '../../shared/app/platform/edge.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Payhooks } from '../payhooks.ts';

export interface PayhooksEdgeProps {
  /** A construct in the same stack, or in another stack of the same region. Its configuration must have `publicUrl`. */
  readonly payhooks: Payhooks;
  /** ARN of the certificate for the host of `publicUrl`, in us-east-1: CloudFront accepts no other region. */
  readonly certificateArn: string;
  /** ARN of the WebACL of `PayhooksWaf`, or of your own one (scope CLOUDFRONT, us-east-1). */
  readonly webAclArn?: string;
  /** Id of a public hosted zone of Route 53 that contains the host of `publicUrl`; when set, the records are made. */
  readonly hostedZoneId?: string;
  /**
   * A text to change after each `payhooks secrets rotate edge`: CloudFormation reads a secret again only when another
   * property of the distribution changes.
   */
  readonly headerVersion?: string;
}

/** The hosted zone of every distribution, for alias records. */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * CloudFront caches an error for ten seconds even if caching is off, keyed by the path alone: the 503 of one pingback
 * would answer all others. So the cache time is 0 for each status that can be set.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 */
const ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/**
 * The one entry for providers, shoppers, the probe and doctor. The merchant's own server registers orders at the API's
 * own address, because SigV4 signs the host, and CloudFront calls the API under another host.
 */
export class PayhooksEdge extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: PayhooksEdgeProps) {
    super(scope, id);
    const { payhooks, webAclArn, headerVersion = '1' } = props;
    const host = this.hostOf(payhooks);
    this.refuseItself(host, payhooks);
    this.refuseApart(payhooks);
    this.refuse('certificateArn', props.certificateArn, /^arn:aws:acm:us-east-1:/);
    if (webAclArn !== undefined)
      this.refuse('webAclArn', webAclArn, /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\//);
    const errorResponses = ERRORS.map(
      (httpStatus): ErrorResponse => ({ httpStatus, ttl: Duration.seconds(0) }),
    );
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `Payhooks (${payhooks.environment}), header version ${headerVersion}`,
      domainNames: [host],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
      // The same as the API's own domain: no source documents which ciphers the providers' clients support.
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2018,
      httpVersion: HttpVersion.HTTP2,
      errorResponses,
      ...defined({ webAclId: webAclArn }),
      defaultBehavior: {
        origin: new HttpOrigin(originOf(payhooks), {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          readTimeout: Duration.seconds(30),
          ...this.header(payhooks),
        }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // A provider follows no redirect.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // Passes the query string byte for byte, and `Authorization`, which a list of headers cannot contain with
        // caching disabled.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        compress: false,
      },
    });
    this.acknowledge(webAclArn !== undefined);
    if (props.hostedZoneId !== undefined) this.records(host, props.hostedZoneId);
  }

  /** @throws Error without `publicUrl`: outputs, probe and shoppers would bypass CloudFront */
  private hostOf({ gateway, node }: Payhooks): string {
    if (gateway.publicUrl !== undefined) return gateway.publicUrl.replace('https://', '');
    throw new Error(
      `${this.node.path}: found no "publicUrl" in the configuration of ${node.path}; allowed: "https://" and the name under which CloudFront answers`,
    );
  }

  /** CloudFront would call itself: a name leads to one place only. @throws Error */
  private refuseItself(host: string, { gateway }: Payhooks): void {
    if (host !== gateway.domainName) return;
    throw new Error(
      `${this.node.path}: found "${host}" as "publicUrl" and as "customDomain"; allowed: two names, CloudFront's and the API's behind it`,
    );
  }

  /** CloudFormation reads secrets of its own region only. @throws Error for a stack in another region */
  private refuseApart({ gateway, node }: Payhooks): void {
    const [own, theirs] = [Stack.of(this), Stack.of(gateway)].map(({ region }) => region);
    if (own === theirs) return;
    const shown = (region = '') => (Token.isUnresolved(region) ? 'no region' : `"${region}"`);
    throw new Error(
      `${this.node.path}: found a stack of ${shown(own)}, and ${node.path} in one of ${shown(theirs)}; allowed: the same region (CloudFront is everywhere; only the certificate and WAF must be in us-east-1)`,
    );
  }

  /** @throws Error for a value that CloudFront would refuse at deployment; a value that is only known then passes */
  private refuse(name: string, value: string, allowed: RegExp): void {
    if (Token.isUnresolved(value) || allowed.test(value)) return;
    throw new Error(
      `${this.node.path}: ${name}: found ${JSON.stringify(value)}; allowed: one of us-east-1, wherever Payhooks is (CloudFront takes no other)`,
    );
  }

  /** The template does not contain the secret's value: CloudFormation reads it at deployment. */
  private header({ edgeSecretArn }: Payhooks): { readonly customHeaders?: Record<string, string> } {
    if (edgeSecretArn === undefined) {
      Annotations.of(this).addWarningV2(
        'payhooks:edge-open',
        'edgeHeader: found "off"; whoever knows the address of the API walks around CloudFront and WAF: set it to "count", and later to "require" (docs/domain-and-waf.md)',
      );
      return {};
    }
    const value = SecretValue.secretsManager(edgeSecretArn, { jsonField: 'current' });
    return { customHeaders: { [EDGE_HEADER]: value.unsafeUnwrap() } };
  }

  private records(name: string, hostedZoneId: string): void {
    for (const type of ['A', 'AAAA']) {
      new CfnRecordSet(this, `Record${type}`, {
        ...{ hostedZoneId, name, type },
        aliasTarget: { dnsName: this.distribution.distributionDomainName, hostedZoneId: CLOUDFRONT_ZONE },
      });
    }
  }

  private acknowledge(hasWaf: boolean): void {
    const reasons: Readonly<Record<string, string>> = {
      'AwsSolutions-CFR1': 'Providers and shoppers come from every country.',
      'AwsSolutions-CFR3':
        'The access log of CloudFront holds query strings: signatures and names of shoppers. The API has an access log without them.',
      ...(hasWaf
        ? {}
        : { 'AwsSolutions-CFR2': 'Whoever makes this construct decides for or against a WAF.' }),
    };
    for (const [id, reason] of Object.entries(reasons)) Validations.of(this).acknowledge({ id, reason });
  }
}

/** The host under which the API answers. */
function originOf({ gateway }: Payhooks): string {
  const { region, urlSuffix } = Stack.of(gateway);
  return gateway.domainName ?? `${gateway.apiId}.execute-api.${region}.${urlSuffix}`;
}
