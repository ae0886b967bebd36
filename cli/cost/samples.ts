/** One notification of each provider, as `npm start` prints it, with its order and the secret of its account. */
import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { intakePath } from '../../infra/names.ts';
import type { LocalAccount } from '../../local/account.ts';
import { type SignedRequest, sampleRequest } from '../../local/demo/samples.ts';
import { type Credential, prepareCredentials, secretText } from '../../local/template/credentials.ts';
import { defined } from '../../shared/payment/defined.ts';
import { type Account, type ProviderName, providers } from '../../shared/providers/index.ts';

/** The provider whose figures docs/cost-and-scale.md has. */
export const DEFAULT_PROVIDER: ProviderName = 'paymentwall';

interface Sample {
  /** Settings of the account, besides provider and name. */
  readonly settings: object;
  /** The reference in the request, by which the order is found. */
  referenceIn(request: SignedRequest): string | undefined;
  /** The order's amount. A notification that names an amount names this one. */
  readonly amount: string;
}

const SAMPLES: Readonly<Record<ProviderName, Sample>> = {
  paymentwall: {
    settings: { api: 'digital_goods', signatureVersion: 3 },
    referenceIn: ({ url }) => new URL(url).searchParams.get('goodsid') ?? undefined,
    amount: '9.90',
  },
  'trustly-americas': {
    settings: {},
    referenceIn: ({ body }) => new URLSearchParams(body).get('merchantReference') ?? undefined,
    amount: '9.90',
  },
  'trustly-europe': {
    settings: {},
    referenceIn: ({ body = '' }) => JSON.parse(body).params.data.messageid,
    amount: '902.50',
  },
};

/** The account in the form of the configuration. */
export const sampleAccount = (provider: ProviderName): object => ({
  provider,
  account: 'cost',
  ...SAMPLES[provider].settings,
});

export interface Notification {
  /** The text of the account's secret. */
  readonly secret: string;
  /** The same request every time, each time with another request id. @param at the gateway's time stamp, milliseconds */
  event(at: number): APIGatewayProxyEventV2;
  /** The order that the notification pays, in the form that the shop registers. */
  readonly order: object;
}

/** A new notification of a paid payment, signed with a new key. */
export async function newNotification(account: Account): Promise<Notification> {
  const { provider } = account;
  const name = `${provider}/${account.account}`;
  const credentials = await prepareCredentials([{ name: `/payhooks/${name}` }], {});
  const credential = credentials[name] as Credential;
  const path = intakePath(account);
  const sender = {
    ...account,
    method: providers[provider].method,
    url: `https://cost.invalid${path}`,
    credentials: credential,
  };
  const request = sampleRequest(sender as LocalAccount);
  if (request === undefined) throw new Error(`there is no sample of ${name}`);
  const { referenceIn, amount } = SAMPLES[provider];
  return {
    secret: secretText(credential),
    event: (at) => eventOf(request, account, at),
    order: {
      ...{ reference: referenceIn(request), kind: 'payment', use: 'once' },
      amounts: [{ currency: 'EUR', exact: amount }],
    },
  };
}

/**
 * The event as the gateway makes it, without members that are not read. Each request has an id of its own, as long as
 * the gateway's.
 */
function eventOf(
  { method, url, headers, body }: SignedRequest,
  { account }: Account,
  at: number,
): APIGatewayProxyEventV2 {
  const { pathname, search } = new URL(url);
  return {
    ...{ version: '2.0', routeKey: '', rawPath: pathname, rawQueryString: search.slice(1), headers },
    ...defined({ body }),
    pathParameters: { account },
    isBase64Encoded: false,
    requestContext: {
      ...{ accountId: '', apiId: '', domainName: '', domainPrefix: '', routeKey: '', stage: '', time: '' },
      requestId: `${randomBytes(11).toString('base64url')}=`,
      timeEpoch: at,
      http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
    },
  };
}
