/** An account with a checkout, its attempts to pay, and the redirects of its shoppers. */
import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createCheckoutHandler } from '../../shared/app/http/checkout.ts';
import { createRedirectHandler } from '../../shared/app/http/redirect.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import { seal } from '../../shared/app/platform/seal.ts';
import type { Secrets } from '../../shared/app/platform/secrets.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { hashText, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import type { Session } from '../../shared/app/transition/sessions.ts';
import type { Effect } from '../../shared/payment/types.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { americasAccount, LENIENT } from './accounts.ts';
import { httpEvent } from './http-event.ts';
import { guarded } from './row-guard.ts';
import { secretsOf } from './secrets.ts';
import { toyMessage } from './toy-provider.ts';
import { envelopeKeys, workerBench } from './worker-bench.ts';

export const KEY = 'access-key';
export const PAGES = {
  pending: 'https://shop.example/pending',
  confirmed: 'https://shop.example/thanks',
  selection: 'https://shop.example/checkout?step=pay',
  declined: 'https://shop.example/declined',
};
const account = americasAccount(
  { checkout: { merchantId: '0012', signature: 'SHA1', required: [], pages: PAGES } },
  LENIENT,
);
export const secret = { current: { accessId: 'id-1', accessKey: KEY } };

export type Kind = 'return' | 'cancel';
export interface Opened {
  readonly merchantReference: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly requestSignature: string;
}

export function checkoutBench() {
  const base = workerBench();
  const deps = {
    ...base.deps,
    accounts: [
      account,
      { ...account, account: 'plain', checkout: undefined } as unknown as TrustlyAmericasAccount,
    ],
    notifications: base.notifications,
    environment: 'sandbox',
    secrets: secretsOf({ 'payhooks/sandbox/trustly-americas/shop': secret }),
    publicUrl: 'https://hooks.example',
  } as const;
  const checkout = createCheckoutHandler({ ...deps, store: guarded(deps.store, 'checkout') });
  async function post(over: object = {}) {
    const body = JSON.stringify({
      reference: 'order-1',
      amounts: [{ currency: 'USD', exact: '902.50' }],
      provider: 'trustly-americas',
      account: 'shop',
      establish: { paymentType: 'Deferred', customer: { name: 'Joe User' } },
      ...over,
    });
    const event = { body, requestContext: { requestId: 'r' } } as APIGatewayProxyEventV2;
    const { statusCode, body: text } = await checkout(event);
    return { statusCode, ...(JSON.parse(text ?? '{}') as { error?: string; establishData?: Opened }) };
  }
  async function opened(over: object = {}): Promise<Opened> {
    const { establishData } = await post(over);
    if (establishData === undefined) throw new Error('no establishData');
    return establishData;
  }

  /** The address that Trustly redirects the browser to, signed over the full URL. */
  function signed(session: Opened, kind: Kind, over: Record<string, string> = {}, trailing = ''): string {
    const url = kind === 'return' ? session.returnUrl : session.cancelUrl;
    const query = new URLSearchParams({
      transactionId: '1002633191',
      transactionType: '1',
      merchantReference: session.merchantReference,
      status: kind === 'return' ? '2' : '7',
      'payment.paymentType': '2',
      'payment.paymentProvider.type': '1',
      'payment.account.verified': 'true',
      panel: '1',
      ...over,
    }).toString();
    const signature = createHmac('sha1', KEY).update(`${url}?${query}`).digest('base64');
    return `${url}?${query}&requestSignature=${encodeURIComponent(signature)}${trailing}`;
  }

  const visit = (address: string) => redirectWith(deps.secrets, address);
  async function redirectWith(secrets: Secrets, address: string) {
    const redirect = createRedirectHandler({ ...deps, store: guarded(deps.store, 'redirect'), secrets });
    const { pathname, search } = new URL(address);
    const [, , , name = '', kind = '', nonce = ''] = pathname.split('/');
    const event = httpEvent({ account: name, rawQueryString: search.slice(1), timeEpoch: base.time.now });
    const { statusCode, headers, body } = await redirect({
      ...event,
      routeKey: `GET /trustly/americas/{account}/${kind}/{nonce}`,
      pathParameters: { account: name, nonce },
    });
    return { status: statusCode, location: headers?.location, body };
  }

  const sessions = () => base.memory.data<Session>('session');

  /** The account of the worker, which holds a payment without an order. */
  const held = { ...account, policy: { ...account.policy, unknownOrder: 'hold' } } as const;
  const apply = createApply({ ...base.deps, accounts: [held] });
  async function event(id = '1002633191', reference = ''): Promise<void> {
    const message = toyMessage({ key: `event-${id}`, payment: id, reference });
    const digest = hashText(message);
    const sealed = seal(message, notificationContext('trustly-americas', 'shop', digest), envelopeKeys);
    const of = { provider: 'trustly-americas', account: 'shop', digest, sealed } as const;
    await apply(base.envelope({}, of));
  }
  const payment = async (id = '1002633191') => {
    const row = await base.memory.get(paymentKeyOf(`trustly-americas:shop:${id}`));
    return row === undefined ? undefined : paymentOf(row);
  };
  /** Sweeps a minute later and applies the messages. @returns how many payments were derived anew */
  async function swept(): Promise<number> {
    base.time.now += 60_000;
    await sweep({ ...base.deps, store: guarded(base.deps.store, 'sweeper') }, () => 60_000);
    const messages = base.notifications.sent.splice(0);
    for (const { body } of messages) await apply(body);
    return messages.length;
  }
  const renewals = () => base.memory.all().filter(({ sk }) => sk === 'renew');
  const fulfils = () => base.memory.data<Effect>('effect#').filter(({ type }) => type === 'fulfil').length;
  return {
    ...{ ...base, post, opened, signed, visit, redirectWith, sessions },
    ...{ event, payment, swept, renewals, fulfils },
  };
}
