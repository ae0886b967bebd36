/** The HTTP API: its routes, its throttles and its log. */
import { describe, expect, it } from 'vitest';
import { fields, idOf, type Json, ofType, type Resource, templateOf } from '../support.ts';

/** The form of a target: {"Fn::Join": ["", ["integrations/", {"Ref": id}]]} */
const integrationOf = ({ Properties }: Resource): Resource => {
  const join = fields(Properties.Target)['Fn::Join'] as readonly [string, readonly Json[]];
  return template.Resources[idOf(join[1][1])] as Resource;
};

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the HTTP API', () => {
  const [stage] = all('AWS::ApiGatewayV2::Stage') as [Resource];

  it('the API has ANY routes per provider and account without authorizer, and POST /checkout routes with AWS_IAM', () => {
    const routes = all('AWS::ApiGatewayV2::Route').map((route) => [
      route.Properties.RouteKey,
      route.Properties.AuthorizationType,
      template.Resources[idOf(integrationOf(route).Properties.IntegrationUri)]?.Properties.FunctionName,
    ]);
    expect(routes).toEqual([
      ['ANY /trustly/americas/{account}/events', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/americas/{proxy+}', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/europe/{account}/notifications', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /trustly/europe/{proxy+}', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /paymentwall/{account}/pingback', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['ANY /paymentwall/{proxy+}', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['ANY /trustly/americas/shop/events', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/europe/shop/notifications', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /paymentwall/shop/pingback', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['POST /checkout/orders', 'AWS_IAM', 'payhooks-sandbox-checkout'],
      ['POST /checkout/orders/changes', 'AWS_IAM', 'payhooks-sandbox-checkout'],
      ['POST /checkout/refunds', 'AWS_IAM', 'payhooks-sandbox-checkout'],
    ]);
  });

  it('the API uses payload format 2.0, and times out an intake after 2.9 s', () => {
    for (const { Properties } of all('AWS::ApiGatewayV2::Integration')) {
      const name = String(template.Resources[idOf(Properties.IntegrationUri)]?.Properties.FunctionName);
      expect(Properties.PayloadFormatVersion).toBe('2.0');
      expect(Properties.TimeoutInMillis).toBe(name.includes('-intake-') ? 2_900 : 10_000);
    }
  });

  it('every account has its own route with a rate of 500, and unknown accounts share a rate of 20', () => {
    const settings = fields(stage.Properties.RouteSettings);
    const rate = (path: string) => Number(fields(settings[`ANY ${path}`]).ThrottlingRateLimit);
    expect(rate('/paymentwall/shop/pingback')).toBe(500);
    expect(rate('/trustly/americas/shop/events')).toBe(500);
    expect(rate('/paymentwall/{account}/pingback')).toBe(20);
  });

  it('every route has a throttle of its own', () => {
    const routes = all('AWS::ApiGatewayV2::Route').map(({ Properties }) => String(Properties.RouteKey));
    const settings = fields(stage.Properties.RouteSettings);
    expect(Object.keys(settings).sort()).toEqual([...routes].sort());
    for (const setting of Object.values(settings)) {
      expect(Number(fields(setting).ThrottlingRateLimit)).toBeGreaterThan(0);
      expect(Number(fields(setting).ThrottlingBurstLimit)).toBeGreaterThan(0);
    }
    // CloudFormation refuses settings of a route that does not exist yet.
    const routeIds = ofType(template, 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    expect(stage.DependsOn).toEqual(expect.arrayContaining(routeIds));
  });

  it('only the API may invoke a function of its routes, with one permission for all routes', () => {
    const permissions = all('AWS::Lambda::Permission').filter(
      ({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com',
    );
    const [[api]] = ofType(template, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(permissions.map(({ Properties }) => idOf(Properties.FunctionName)).sort()).toEqual(
      [
        ...new Set(
          all('AWS::ApiGatewayV2::Integration').map(({ Properties }) => idOf(Properties.IntegrationUri)),
        ),
      ].sort(),
    );
    for (const { Properties } of permissions) {
      const [, parts] = fields(Properties.SourceArn)['Fn::Join'] as readonly [string, readonly Json[]];
      expect(parts.at(-2)).toEqual({ Ref: api });
      expect(parts.at(-1)).toBe('/*/*/*');
    }
  });

  it('the access log has an allow-list: no query, path, header or caller, but the source address', () => {
    const format = String(fields(stage.Properties.AccessLogSettings).Format);
    expect(Object.values(JSON.parse(format) as object).sort()).toEqual([
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.identity.sourceIp',
      '$context.integration.latency',
      '$context.integration.status',
      '$context.protocol',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  it('the API has no detailed metrics of single routes', () => {
    const { DefaultRouteSettings, RouteSettings } = stage.Properties;
    const all = [
      fields(DefaultRouteSettings),
      ...Object.values(fields(RouteSettings)).map((of) => fields(of)),
    ];
    expect(all.map(({ DetailedMetricsEnabled }) => DetailedMetricsEnabled)).toEqual(all.map(() => false));
  });

  const domain = {
    name: 'pay.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
  };

  it('the API keeps its own address beside customDomain by default, because open orders name the address', () => {
    const named = templateOf({ customDomain: domain });
    const [[, api]] = ofType(named, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(api.Properties.DisableExecuteApiEndpoint).toBe(false);
    expect(named.Outputs.UrlPaymentwallShop?.Value).toBe('https://pay.example.com/paymentwall/shop/pingback');
  });

  it('the API answers under customDomain only when keepOwnAddress is false', () => {
    const named = templateOf({ customDomain: { ...domain, keepOwnAddress: false } });
    const [[, api]] = ofType(named, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    const [[, made]] = ofType(named, 'AWS::ApiGatewayV2::DomainName') as [[string, Resource]];
    expect(api.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(made.Properties).toMatchObject({
      DomainName: 'pay.example.com',
      DomainNameConfigurations: [{ SecurityPolicy: 'TLS_1_2', EndpointType: 'REGIONAL' }],
    });
    expect(ofType(named, 'AWS::ApiGatewayV2::ApiMapping')).toHaveLength(1);
    expect(named.Outputs.UrlPaymentwallShop?.Value).toBe('https://pay.example.com/paymentwall/shop/pingback');
    expect(named.Outputs.DomainTarget).toBeDefined();
  });
});
