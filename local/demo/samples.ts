/** A signed notification of a successful payment for each provider; the start screen shows them to paste. */

import { randomInt, randomUUID } from 'node:crypto';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import type { LocalAccount } from '../account.ts';
import { signPingback } from './senders/paymentwall.ts';
import { signNotification as signAmericas } from './senders/trustly-americas.ts';
import { signNotification as signEurope } from './senders/trustly-europe.ts';

export interface SignedRequest {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Ten random digits: every start offers new payments. */
const newId = (): string => String(randomInt(1_000_000_000, 9_999_999_999));

/** Undefined when this computer has no private key for the account's sender (a supplied Trustly Europe credential). */
export function sampleRequest(account: LocalAccount): SignedRequest | undefined {
  switch (account.provider) {
    case 'trustly-americas':
      return americas(account);
    case 'trustly-europe':
      return europe(account);
    case 'paymentwall':
      return pingback(account);
  }
}

type AccountOf<P extends LocalAccount['provider']> = Extract<LocalAccount, { readonly provider: P }>;

function americas({ url, method, credentials }: AccountOf<'trustly-americas'>): SignedRequest {
  const fields = {
    merchantId: '1002463580',
    merchantReference: `order-${newId()}`,
    paymentType: '2',
    transactionType: '3',
    eventId: newId(),
    eventType: 'Complete',
    objectId: newId(),
    objectType: 'Transaction',
    parentObjectId: newId(),
    message: '',
    timeZone: 'Etc/UTC',
    createdAt: String(Date.now()),
    fiName: 'Demo Bank',
    status: '4',
    statusMessage: 'Completed',
  };
  return { method, url, ...signAmericas(fields, credentials.current as Parameters<typeof signAmericas>[1]) };
}

function europe({ url, method, credentials }: AccountOf<'trustly-europe'>): SignedRequest | undefined {
  if (credentials.demo === undefined) return undefined;
  const orderid = newId();
  const notification = {
    method: 'credit',
    uuid: randomUUID(),
    data: {
      amount: '902.50',
      currency: 'EUR',
      messageid: `order-${newId()}`,
      orderid,
      enduserid: 'shopper-7',
      notificationid: newId(),
      timestamp: new Date().toISOString().replace('T', ' ').replace('Z', '+00'),
      attributes: {},
    },
  };
  return { method, url, ...signEurope(notification, credentials.demo.trustlyPrivateKey) };
}

/** The parameters by which each API names the goods. */
const BOUGHT: Readonly<Record<PaymentwallAccount['api'], readonly (readonly [string, string])[]>> = {
  digital_goods: [
    ['goodsid', 'gold_membership'],
    ['slength', ''],
    ['speriod', ''],
  ],
  virtual_currency: [['currency', '100']],
  cart: [
    ['goodsid[0]', 'sword'],
    ['goodsid[1]', 'shield'],
  ],
};

function pingback({
  url,
  method,
  credentials,
  api,
  signatureVersion,
}: AccountOf<'paymentwall'>): SignedRequest {
  const { secretKey } = credentials.current as { readonly secretKey: string };
  const params = [['uid', 'shopper-7'], ...BOUGHT[api], ['type', '0'], ['ref', `b${newId()}`]] as const;
  const query = signPingback(params, { secretKey, api, version: signatureVersion });
  return { method, url: `${url}?${query}`, headers: {} };
}

/** The request as a command for a POSIX shell. */
export function curlOf({ method, url, headers, body }: SignedRequest): string {
  const parts = [
    `curl -sS ${quoted(url)}`,
    ...(method === 'GET' || body !== undefined ? [] : [`-X ${method}`]),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body)}`]),
  ];
  return parts.join(' \\\n  ');
}

/** As printed by a command, which replaces control characters within a line. */
export const curlLines = (request: SignedRequest): readonly string[] => curlOf(request).split('\n');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
