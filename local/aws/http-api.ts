/**
 * Converts a request to an API Gateway HTTP API's event, and a function's answer to HTTP (payload format 2.0). Pure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/resolve.ts';
import type { RouteSpec } from '../template/template.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** Alternating names and values, as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly httpVersion: string;
  readonly sourceIp: string;
  /** Epoch milliseconds at which the request arrived. */
  readonly receivedAt: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** A header with several values has a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

export interface RouteMatch {
  readonly route: RouteSpec;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The most specific route wins: literal segments over variables over {proxy+}, a method over ANY. */
export function matchRoute(
  routes: readonly RouteSpec[],
  method: string,
  path: string,
): RouteMatch | undefined {
  let best: (RouteMatch & { readonly rank: string }) | undefined;
  for (const route of routes) {
    if (route.method !== 'ANY' && route.method !== method) continue;
    const matched = route.path === undefined ? { parameters: {}, rank: '' } : matchPath(route.path, path);
    if (matched === undefined) continue;
    const rank = matched.rank + (route.method === 'ANY' ? '0' : '1');
    if (best === undefined || rank > best.rank) best = { route, parameters: matched.parameters, rank };
  }
  return best;
}

/** `rank` is compared as text: one digit per segment, 3 literal, 2 variable, 1 greedy. */
function matchPath(
  template: string,
  path: string,
): { readonly parameters: Readonly<Record<string, string>>; readonly rank: string } | undefined {
  const parts = template.split('/').slice(1);
  const given = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  let rank = '';
  for (const [index, part] of parts.entries()) {
    const greedy = /^\{(.+)\+\}$/.exec(part)?.[1];
    if (greedy !== undefined) {
      if (given.length <= index) return undefined;
      parameters[greedy] = decoded(given.slice(index).join('/'));
      return { parameters, rank: `${rank}1` };
    }
    const value = given[index];
    if (value === undefined) return undefined;
    const variable = /^\{(.+)\}$/.exec(part)?.[1];
    if (variable === undefined && part !== value) return undefined;
    if (variable !== undefined) {
      if (value === '') return undefined;
      parameters[variable] = decoded(value);
    }
    rank += variable === undefined ? '3' : '2';
  }
  return given.length === parts.length ? { parameters, rank } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Splits a request target into path and query, both as received. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Lower-case names; several values of one name are joined by a comma; cookies go into a list of their own. */
export function joinHeaders(rawHeaders: readonly string[]): {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
} {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ''));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

/**
 * Bodies of these types arrive as text (invalid UTF-8 already replaced); bodies of another or no type arrive as base64.
 */
export function arrivesAsText(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return (
    type.startsWith('text/') ||
    ['application/json', 'application/xml', 'application/javascript'].includes(type)
  );
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "12/Mar/2020:19:03:58 +0000" */
export function commonLogTime(time: number): string {
  const date = new Date(time);
  const [, hours] = date.toISOString().split('T');
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${hours?.slice(0, 8)} +0000`;
}

/** The event that a function receives. */
export function requestEvent(
  request: HttpRequest,
  match: RouteMatch,
  ids: { readonly requestId: string; readonly traceId: string },
): Readonly<Record<string, unknown>> {
  const { path, query } = splitTarget(request.target);
  const { headers, cookies } = joinHeaders(request.rawHeaders);
  const asText = arrivesAsText(headers['content-type']);
  const forwarded = headers['x-forwarded-for'];
  const host = headers.host ?? 'localhost';
  const parameters = queryParameters(query);
  return {
    version: '2.0',
    routeKey: match.route.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: {
      ...headers,
      'content-length': String(request.body.length),
      'x-amzn-trace-id': ids.traceId,
      'x-forwarded-for': forwarded === undefined ? request.sourceIp : `${forwarded}, ${request.sourceIp}`,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(query === '' ? {} : { queryStringParameters: parameters }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      ...(match.route.authorization === 'AWS_IAM' ? { authorizer: { iam: localCaller } } : {}),
      domainName: host,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: ids.requestId,
      routeKey: match.route.routeKey,
      stage: '$default',
      time: commonLogTime(request.receivedAt),
      timeEpoch: request.receivedAt,
    },
    ...(Object.keys(match.parameters).length > 0 ? { pathParameters: match.parameters } : {}),
    ...(request.body.length > 0
      ? { body: request.body.toString(asText ? 'utf8' : 'base64'), isBase64Encoded: !asText }
      : { isBase64Encoded: false }),
  };
}

/** On this computer IAM routes accept requests without a signature (gateway.ts); the function still gets a caller. */
const localCaller = {
  accountId: LOCAL_ACCOUNT,
  callerId: 'local',
  accessKey: 'local',
  userId: 'local',
  userArn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/local`,
  region: LOCAL_REGION,
};

/**
 * Decoded, with several values of one name joined by a comma, as the gateway does it. Signatures must not rely on it.
 */
function queryParameters(query: string): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return parameters;
}

/** An answer of the gateway itself. */
function gatewayAnswer(status: number, message: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

export const forbidden = gatewayAnswer(403, 'Forbidden');
export const notFound = gatewayAnswer(404, 'Not Found');
export const tooLarge = gatewayAnswer(413, 'Request Entity Too Large');
export const internalError = gatewayAnswer(500, 'Internal Server Error');
export const unavailable = gatewayAnswer(503, 'Service Unavailable');

/** A function's answer (JSON text) as HTTP. Without a statusCode the gateway answers 200 with the whole value. */
export function answerFrom(payload: string): HttpAnswer {
  const value: unknown = JSON.parse(payload);
  if (value === null || typeof value !== 'object' || !('statusCode' in value)) {
    const text = typeof value === 'string' ? value : payload;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
  }
  const { statusCode, headers, body, isBase64Encoded, cookies } = value as Readonly<Record<string, unknown>>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return internalError;
  const given: Record<string, string | readonly string[]> = {};
  for (const [name, header] of Object.entries((headers ?? {}) as Record<string, unknown>)) {
    given[name.toLowerCase()] = String(header);
  }
  if (Array.isArray(cookies) && cookies.length > 0) given['set-cookie'] = cookies.map(String);
  given['content-type'] ??= 'text/plain;charset=UTF-8';
  const text = typeof body === 'string' ? body : '';
  return { status, headers: given, body: Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8') };
}
