import { type Duration, Lazy, Stack } from 'aws-cdk-lib';
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
  /** Part of ids in the template: what the function is, not what calls it. */
  readonly id: string;
  readonly handler: IFunction;
  readonly timeout: Duration;
}

export interface RouteProps {
  /** One for a path, whoever handles it: API Gateway takes no second route of one key, not even for a moment. */
  readonly id: string;
  readonly path: string;
  readonly method: HttpMethod;
  readonly integration: HttpIntegration;
  readonly throttle: Throttle;
  /** Callers sign with SigV4. */
  readonly iam?: boolean;
}

/** For routes without limits of their own, of which there are none. */
const DEFAULT_THROTTLE = { rateLimit: 50, burstLimit: 100 };

/**
 * An allow-list: no path (it may hold anything), no query string, no header. The account is in our function's own log
 * line, under the same request id. The source address tells who sends what is refused; it is personal data (shoppers
 * come back through redirects), an access log can't be told to leave it out of some lines, and so this log group has a
 * short retention of its own.
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
 * The HTTP API: payload format 2.0, so the raw query arrives verbatim. A REST API would decode parameters and
 * break verification.
 */
export class HttpApiGateway extends Construct {
  /** Without a slash at the end; what is registered with providers starts with it. */
  readonly url: string;
  /** For the merchant's DNS: what the custom domain must point to. */
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
      // Metrics of each route cost by the account and are used by nothing: our functions' own name account and outcome.
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
    const own = customDomain === undefined ? this.api.apiEndpoint : `https://${customDomain.name}`;
    this.url = publicUrl ?? own;
    if (domainName !== undefined) {
      this.domainTarget = domainName.regionalDomainName;
      if (customDomain?.hostedZoneId !== undefined)
        this.record(domainName, customDomain.name, customDomain.hostedZoneId);
    }
  }

  /** By the zone's id, so that synth looks nothing up. */
  private record(domain: DomainName, name: string, hostedZoneId: string): void {
    new CfnRecordSet(this, 'Record', {
      hostedZoneId,
      name,
      type: 'A',
      aliasTarget: { dnsName: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId },
    });
  }

  /**
   * Once per function, however many routes lead to it: a permission for each would outgrow the 20 KB of the
   * function's policy at some forty accounts, and the stack's 500 resources soon after.
   */
  integration({ id, handler, timeout }: Integrated): HttpIntegration {
    handler.addPermission(`${id}Permission`, {
      scope: this,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      // Stage, method and path.
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

  /** L1, because the L2 route makes an integration of its own below the first route that has it. */
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
