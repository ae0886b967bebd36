/** The HTTP API from the template: routes, limits, and the content of the access log. */
import { MAX_OWN_ROUTES } from '../../infra/constructs/intake.ts';
import { targetOf } from './listings.ts';
import { code, table } from './markdown.ts';
import { allTemplates, checkListed } from './resources.ts';
import { ofType, type Properties, type Resources } from './templates.ts';

/** Routes of accounts: the rendered configuration has accounts of these names. */
const OF_ACCOUNT = /\/(shop|withdrawals)\//;

export function apiSection(): string {
  const { all, smallest } = allTemplates();
  const [api] = propertiesOf(
    smallest,
    'AWS::ApiGatewayV2::Api',
    'Description DisableExecuteApiEndpoint Name ProtocolType Tags',
  );
  const [stage] = propertiesOf(
    all,
    'AWS::ApiGatewayV2::Stage',
    'AccessLogSettings ApiId AutoDeploy DefaultRouteSettings RouteSettings StageName Tags',
  );
  const [domain] = propertiesOf(
    all,
    'AWS::ApiGatewayV2::DomainName',
    'DomainName DomainNameConfigurations Tags',
  );
  const [configuration] = domain?.DomainNameConfigurations ?? [];
  const rest = stage?.DefaultRouteSettings;
  const log = JSON.parse(stage?.AccessLogSettings.Format);
  const versions = integrationsOf(all).map(({ PayloadFormatVersion }) => PayloadFormatVersion);
  return [
    '#### HTTP API',
    `Protocol ${api?.ProtocolType}, payload format ${[...new Set(versions)].join()}, stage ${code(stage?.StageName)} (${stage?.AutoDeploy ? 'deployed by itself' : 'not deployed by itself'}), no metrics of single routes. The API’s own address is ${api?.DisableExecuteApiEndpoint ? 'off' : 'on'}, and off with a custom domain whose keepOwnAddress is false (${configuration.EndpointType.toLowerCase()}, ${configuration.SecurityPolicy.replace('_', ' ').replace('_', '.')}). A route that is not in the table, ${rest.ThrottlingRateLimit} requests a second (burst ${rest.ThrottlingBurstLimit}).`,
    routesTable(all, smallest, stage?.RouteSettings),
    `Access log, one line a request: ${Object.keys(log).map(code).join(', ')}. No path, query, header, address.`,
    `Every account has a route of its own while there are at most ${MAX_OWN_ROUTES} of them, and the one with \`{account}\` answers 404 to strangers; beyond that accounts share it, with the limits of an own one.`,
  ].join('\n\n');
}

function routesTable(all: Resources, smallest: Resources, settings: Properties): string {
  const rows = new Map<string, readonly (string | number)[]>();
  const routes = propertiesOf(all, 'AWS::ApiGatewayV2::Route', 'ApiId AuthorizationType RouteKey Target');
  integrationsOf(all);
  for (const { RouteKey, AuthorizationType, Target } of routes) {
    const integration = all[targetOf(Target, all)]?.Properties ?? {};
    const {
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
      DetailedMetricsEnabled,
    } = settings[RouteKey];
    if (DetailedMetricsEnabled !== false) throw new Error(`${RouteKey} has metrics of its own`);
    const name = RouteKey.replace(OF_ACCOUNT, '/<account>/');
    rows.set(name, [
      code(name),
      AuthorizationType === 'AWS_IAM' ? 'IAM (SigV4)' : 'none of AWS; the function verifies',
      `${integration.TimeoutInMillis / 1_000} s`,
      rate,
      burst,
      whenOf(RouteKey, smallest),
    ]);
  }
  return table(
    ['route', 'who may call', 'timeout', 'requests a second', 'burst', 'there with'],
    [...rows.values()],
  );
}

/** An intake's route exists if its provider has an account; the smallest configuration has one of each. */
function whenOf(key: string, smallest: Resources): string {
  if (key.includes('{nonce}')) return '`checkout` of a Trustly Americas account';
  if (OF_ACCOUNT.test(key)) return 'each account';
  const isThere = ofType(smallest, 'AWS::ApiGatewayV2::Route').some(
    ([, { Properties }]) => Properties?.RouteKey === key,
  );
  if (!isThere) throw new Error(`${key} is not always there, and nothing says when (tools/docs/api.ts)`);
  return key.startsWith('ANY ') ? 'an account of this provider' : 'always';
}

const integrationsOf = (all: Resources) =>
  propertiesOf(
    all,
    'AWS::ApiGatewayV2::Integration',
    'ApiId IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis',
  );

/** @param listed every property that this page prints or leaves out on purpose */
function propertiesOf(all: Resources, type: string, listed: string): readonly Properties[] {
  return ofType(all, type).map(([id, resource]) => {
    checkListed(type, id, resource, listed.split(' '));
    return resource.Properties ?? {};
  });
}
