import { type Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnRoute,
  type CfnStage,
  DomainName,
  HttpApi,
  HttpIntegration,
  HttpIntegrationType,
  type HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Throttle } from '../throttles.ts';

export interface HttpApiGatewayProps {
  readonly apiName: string;
  readonly accessLog: LogGroup;
  readonly customDomain?: Config['customDomain'];
  readonly publicUrl?: Config['publicUrl'];
}

/** A function behind the API. */
export interface Integrated {
  /** Part of ids in the template: it names the function, not the route that calls it. */
  readonly id: string;
  readonly handler: IFunction;
  readonly timeout: Duration;
}

export interface RouteProps {
  /**
   * One id per path, whichever function handles it: API Gateway never takes a second route of one key, not even for a
   * moment.
   */
  readonly id: string;
  readonly path: string;
  readonly method: HttpMethod;
  readonly integration: HttpIntegration;
  readonly throttle: Throttle;
  /** Whether callers must sign with SigV4. */
  readonly iam?: boolean;
}

/** For routes without limits of their own; there are none. */
const DEFAULT_THROTTLE = { rateLimit: 50, burstLimit: 100 };

/**
 * An allow-list: no path (it may hold anything), no query string, no header. The account is in our function's own log
 * line, under the same request id. The source address shows who sends refused requests. It is personal data (shoppers
 * come back through redirects), and an access log cannot omit it from some lines only, so this log group has a short
 * retention of its own.
 */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  sourceIp: '$context.identity.sourceIp',
  time: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  method: '$context.httpMethod',
  protocol: '$context.protocol',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationStatus: '$context.integration.status',
  integrationLatencyMs: '$context.integration.latency',
  errorType: '$context.error.responseType',
};

/**
 * The HTTP API with payload format 2.0, so the raw query arrives verbatim. A REST API would decode parameters and break
 * verification.
 */
export class HttpApiGateway extends Construct {
  /** Without a trailing slash; the addresses that are registered with providers start with it. */
  readonly url: string;
  /**
   * The API's own address, which CloudFront calls, and with which callers of the checkout sign (SigV4 signs the host).
   */
  readonly ownUrl: string;
  /** The custom domain, if there is one. */
  readonly domainName?: string;
  /** The address of what stands in front of the API, if anything does. */
  readonly publicUrl?: string;
  /** The DNS target that the custom domain's record must point to. */
  readonly domainTarget?: string;
  readonly apiId: string;
  private readonly api: HttpApi;
  private readonly stage: CfnStage;
  private readonly throttles: Record<string, object> = {};

  constructor(scope: Construct, id: string, props: HttpApiGatewayProps) {
    super(scope, id);
    const { apiName, accessLog, customDomain, publicUrl } = props;
    this.api = new HttpApi(this, 'Api', {
      apiName,
      description: 'Payhooks: where payment providers send their notifications',
      createDefaultStage: false,
      disableExecuteApiEndpoint: customDomain !== undefined && !customDomain.keepOwnAddress,
    });
    this.apiId = this.api.apiId;
    if (customDomain !== undefined) this.refuseCertificate(customDomain.certificateArn);
    const domainName =
      customDomain &&
      new DomainName(this, 'Domain', {
        domainName: customDomain.name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', customDomain.certificateArn),
        securityPolicy: SecurityPolicy.TLS_1_2,
      });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      // Metrics per route cost money per account and nothing uses them: our functions' own metrics name account and
      // outcome.
      detailedMetricsEnabled: false,
      throttle: DEFAULT_THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
      ...(domainName === undefined ? {} : { domainMapping: { domainName } }),
    });
    this.stage = stage.node.defaultChild as CfnStage;
    this.stage.routeSettings = Lazy.any({ produce: () => this.throttles });
    this.ownUrl = customDomain === undefined ? this.api.apiEndpoint : `https://${customDomain.name}`;
    this.url = publicUrl ?? this.ownUrl;
    if (publicUrl !== undefined) this.publicUrl = publicUrl;
    if (customDomain !== undefined) this.domainName = customDomain.name;
    if (domainName !== undefined) {
      this.domainTarget = domainName.regionalDomainName;
      if (customDomain?.hostedZoneId !== undefined)
        this.record(domainName, customDomain.name, customDomain.hostedZoneId);
    }
  }

  /** API Gateway takes no certificate of another region. A region that only the deployment knows passes. @throws Error */
  private refuseCertificate(arn: string): void {
    const { region } = Stack.of(this);
    const [, , , found] = arn.split(':');
    if (Token.isUnresolved(region) || found === region) return;
    throw new Error(
      `payhooks.customDomain.certificateArn: found a certificate of "${found}"; allowed: one of the stack's region "${region}"`,
    );
  }

  /** Uses the zone's id, so that synth makes no lookup. */
  private record(domain: DomainName, name: string, hostedZoneId: string): void {
    new CfnRecordSet(this, 'Record', {
      hostedZoneId,
      name,
      type: 'A',
      aliasTarget: { dnsName: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId },
    });
  }

  /**
   * One integration per function, however many routes lead to it: a permission for each would exceed the 20 KB of the
   * function's policy at some forty accounts, and the stack's 500 resources soon after.
   */
  integration({ id, handler, timeout }: Integrated): HttpIntegration {
    handler.addPermission(`${id}Permission`, {
      scope: this,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      // The three parts are stage, method and path.
      sourceArn: Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.apiId,
        resourceName: '*/*/*',
      }),
    });
    return new HttpIntegration(this, `${id}Integration`, {
      httpApi: this.api,
      integrationType: HttpIntegrationType.AWS_PROXY,
      integrationUri: handler.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
      timeout,
    });
  }

  /** L1, because the L2 route makes an integration of its own below the first route that uses it. */
  route({ id, path, method, integration, throttle, iam = false }: RouteProps): Construct {
    const route = new Construct(this, id);
    const routeKey = `${method} ${path}`;
    new CfnRoute(route, 'Resource', {
      apiId: this.apiId,
      routeKey,
      target: `integrations/${integration.integrationId}`,
      authorizationType: iam ? 'AWS_IAM' : 'NONE',
    });
    // CloudFormation refuses settings of a route that does not exist yet.
    this.throttles[routeKey] = {
      ThrottlingRateLimit: throttle.rate,
      ThrottlingBurstLimit: throttle.burst,
      DetailedMetricsEnabled: false,
    };
    this.stage.node.addDependency(route);
    return route;
  }
}
