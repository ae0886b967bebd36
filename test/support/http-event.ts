/** An event of the HTTP API (payload 2.0) in the gateway's form. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export interface EventFields {
  readonly account?: string;
  /** The path that a {proxy+} route captured. */
  readonly proxy?: string;
  readonly method?: string;
  readonly body?: string;
  readonly rawQueryString?: string;
  readonly headers?: Record<string, string>;
  readonly isBase64Encoded?: boolean;
  readonly timeEpoch: number;
  readonly requestId?: string;
}

export function httpEvent(fields: EventFields): APIGatewayProxyEventV2 {
  const { account = 'toy', method = 'GET', rawQueryString = '', headers = {}, timeEpoch } = fields;
  return {
    version: '2.0',
    routeKey: 'ANY /paymentwall/{account}/pingback',
    rawPath: `/paymentwall/${fields.proxy ?? `${account}/pingback`}`,
    rawQueryString,
    headers,
    pathParameters: fields.proxy === undefined ? { account } : { proxy: fields.proxy },
    isBase64Encoded: fields.isBase64Encoded ?? false,
    ...(fields.body === undefined ? {} : { body: fields.body }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: fields.requestId ?? 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch,
    },
  };
}
