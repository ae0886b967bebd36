/**
 * An example per event type, made by the real code: a provider's notification in its wire format, through its own
 * parser and tables and through the core. A type that no provider can cause would have no example, and the test would
 * fail.
 */
import { parseConfig } from '../../infra/config.ts';
import { defined } from '../../shared/payment/defined.ts';
import { DecisionError, paymentKey, transition } from '../../shared/payment/index.ts';
import type { MerchantEvent, Order, Payment } from '../../shared/payment/types.ts';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { CATALOGUE } from './event-schema.ts';

const AT = '2030-01-31T12:00:00.000Z';
const REFERENCE = 'order-1042';

const { accounts } = parseConfig({
  environment: 'live',
  target: { type: 'eventbridge' },
  policy: { amountCheck: 'when-present' },
  accounts: [
    { provider: 'trustly-americas', account: 'shop' },
    { provider: 'trustly-europe', account: 'shop' },
    {
      provider: 'paymentwall',
      account: 'shop',
      api: 'digital_goods',
      signatureVersion: 3,
      orderParameter: 'order',
    },
  ],
});
const accountOf = (provider: ProviderName): Account =>
  accounts.find((account) => account.provider === provider) as Account;

interface Message {
  readonly provider: ProviderName;
  readonly text: string;
}
/** A message, or an operator's answer to the first hold. */
type Step = Message | 'reject';

const AMERICAS_ID = '1025376256';
const EUROPE_ID = '3931155141';
const PAYMENTWALL_REF = 'b1493096790';
let serial = 0;

/** @param more further fields, or replacements of fields */
function americas(eventType: string, status?: string, more: Readonly<Record<string, string>> = {}): Message {
  serial += 1;
  const fields = {
    merchantId: '1002463580',
    merchantReference: REFERENCE,
    paymentType: '2',
    transactionType: '3',
    eventId: String(1_028_606_600 + serial),
    eventType,
    objectId: AMERICAS_ID,
    objectType: 'Transaction',
    createdAt: '1701986450064',
    ...defined({ status }),
    ...more,
  };
  return { provider: 'trustly-americas', text: new URLSearchParams(fields).toString() };
}
const payout = (eventType: string, status?: string): Message =>
  americas(eventType, status, { transactionType: '6' });
const authorization = (eventType: string, status?: string): Message =>
  americas(eventType, status, { transactionType: '1' });
const dispute = (transactionType: string): Message =>
  americas('Dispute', '9', { transactionType, transactionId: AMERICAS_ID });
const child = (transactionType: string): Message =>
  americas('Process', '3', { transactionType, objectId: '1025376300', parentObjectId: AMERICAS_ID });

function europe(method: string, amount = '902.50', more: Readonly<Record<string, unknown>> = {}): Message {
  serial += 1;
  const data = {
    notificationid: String(3_653_956_900 + serial),
    orderid: EUROPE_ID,
    messageid: REFERENCE,
    enduserid: '32123',
    ...(method === 'cancel' || method === 'account' ? {} : { amount, currency: 'EUR' }),
    timestamp: '2030-01-31 12:00:00.674+00',
    ...(method === 'account' ? { accountid: '1234567890', verified: '1' } : {}),
    ...more,
  };
  const params = { signature: '', uuid: '258a2184-2842-b485-25ca-293525152425', data };
  return { provider: 'trustly-europe', text: JSON.stringify({ method, params, version: '1.1' }) };
}

function paymentwall(type: string, reason?: string): Message {
  const query = new URLSearchParams({
    uid: 'pwuser',
    goodsid: 'gold_membership',
    slength: '',
    speriod: '',
    type,
    ref: PAYMENTWALL_REF,
    ...defined({ reason }),
    order: REFERENCE,
    sign_version: '3',
    sig: 'x',
  });
  return { provider: 'paymentwall', text: query.toString() };
}

interface Scene {
  readonly steps: readonly Step[];
  /** Fields of the order; `none` when nobody registered one. */
  readonly order?: Readonly<Record<string, unknown>> | 'none';
  /** Another payment has already paid the order. */
  readonly paidBefore?: true;
}
const scene = (...steps: readonly Step[]): Scene => ({ steps });
const payoutScene = (...steps: readonly Step[]): Scene => ({ steps, order: { kind: 'payout' } });
const withoutOrder = (...steps: readonly Step[]): Scene => ({ steps, order: 'none' });

const declined = {
  errorCode: '331',
  suggestedRetryAmount: '11.00',
  'paymentProviderTransaction.status': 'SW021',
  'paymentProviderTransaction.reasonCode': '12',
  'paymentProviderTransaction.extendedReason.code': '120000',
};
const complete = americas('Complete', '4');
const paidOut = payout('Complete', '4');
const authorized = authorization('Authorize', '2');
const orphan = [authorized, child('4')];

const SCENES: Readonly<Record<string, Scene>> = {
  fulfil: scene(europe('pending'), europe('credit')),
  revoke: scene(europe('credit'), europe('debit')),
  'payment.authorized': scene(americas('Authorize', '2')),
  'payment.processing': scene(europe('pending')),
  'payment.paid': scene(complete),
  'payment.held': scene(europe('credit', '862.50')),
  'payment.denied': scene(americas('Process', '3'), americas('Deny', '8', declined)),
  'payment.failed': scene(americas('Fail', '5')),
  'payment.expired': scene(americas('Expire', '6')),
  'payment.canceled': scene(europe('pending'), europe('cancel')),
  'payment.voided': scene(americas('Authorize', '2'), americas('Cancelled', '13')),
  'payment.disputed': scene(complete, dispute('3')),
  'payment.dispute_won': scene(complete, dispute('3'), americas('Reconcile', '4')),
  'payment.refunded': scene(europe('credit'), europe('payoutconfirmation', '40.00')),
  'refund.failed': scene(europe('credit'), europe('payoutfailed', '40.00')),
  'payment.refund_updated': scene(complete, americas('Refund', '11'), child('4')),
  'payment.reversed': scene(paymentwall('0'), paymentwall('2', '1')),
  'payment.at_risk': scene(europe('credit'), europe('credit', '40.00')),
  'payment.duplicate': { steps: [europe('credit')], paidBefore: true },
  'payment.rejected': scene(europe('credit', '862.50'), 'reject'),
  'payout.authorized': payoutScene(payout('Authorize', '2')),
  'payout.processing': payoutScene(payout('Process', '3')),
  'payout.paid': payoutScene(paidOut),
  'payout.held': withoutOrder(paidOut),
  'payout.denied': payoutScene(payout('Process', '3'), payout('Deny', '8')),
  'payout.failed': payoutScene(payout('Fail', '5')),
  'payout.expired': payoutScene(payout('Expire', '6')),
  'payout.canceled': payoutScene(payout('Cancelled', '7')),
  'payout.voided': payoutScene(payout('Cancelled', '13')),
  'payout.disputed': payoutScene(paidOut, dispute('6')),
  'payout.dispute_won': payoutScene(paidOut, dispute('6'), payout('Reconcile', '4')),
  'payout.refunded': payoutScene(paidOut, child('7')),
  'payout.refund_updated': payoutScene(paidOut, payout('Update', '11'), child('7')),
  'payout.reversed': payoutScene(paidOut, payout('Reverse', '10')),
  'payout.rejected': withoutOrder(paidOut, 'reject'),
  'authorization.authorized': scene(authorized),
  'authorization.processing': scene(authorized, authorization('Hold', '14')),
  'authorization.held': scene(...orphan),
  'authorization.denied': scene(authorization('Deny', '8')),
  'authorization.failed': scene(authorization('Fail', '5')),
  'authorization.expired': scene(authorization('Expire', '6')),
  'authorization.canceled': scene(authorization('Cancelled', '7')),
  'authorization.voided': scene(authorized, authorization('Cancelled', '13')),
  'authorization.rejected': scene(...orphan, 'reject'),
  'authorization.revoked': scene(
    authorized,
    americas('CONSENT_REVOKED', undefined, { transactionType: '1' }),
  ),
  'data.ready': scene(authorization('DataReady')),
  'account.received': scene(europe('account')),
  'balance.restore': payoutScene(europe('payoutconfirmation'), europe('credit')),
  'subscription.canceled': scene(paymentwall('12')),
  'subscription.expired': scene(paymentwall('13')),
  'subscription.payment_failed': scene(paymentwall('14')),
};

/** By type, in the order of the catalogue. @throws when a scene does not cause its event */
export function eventExamples(): Readonly<Record<string, MerchantEvent>> {
  return Object.fromEntries(Object.keys(CATALOGUE).map((type) => [type, runScene(type, SCENES[type])]));
}

function runScene(type: string, scene: Scene | undefined): MerchantEvent {
  if (scene === undefined) throw new Error(`${type} has no scene`);
  const events: MerchantEvent[] = [];
  let payment: Payment | undefined;
  let order = orderOf(scene);
  for (const step of scene.steps) {
    const made = step === 'reject' ? rejected(payment, order) : normalize(step, payment, order);
    payment = made.payment;
    order = made.order ?? order;
    events.push(...made.effects.map(({ event }) => event));
  }
  const found = events.findLast((event) => event.type === type);
  if (found === undefined)
    throw new Error(`${type}: its scene leads to ${events.map((event) => event.type)}`);
  return found;
}

/** The order as a live account registers it: with Trustly's own order id. */
const EUROPE_ORDER = {
  provider: 'trustly-europe',
  account: 'shop',
  aliases: [{ type: 'id', value: EUROPE_ID }],
};

function orderOf({ steps: [first], order = {}, paidBefore }: Scene): Order | undefined {
  if (order === 'none') return undefined;
  const named = typeof first === 'object' && first.provider === 'trustly-europe' ? EUROPE_ORDER : {};
  const amounts = [{ currency: 'EUR', exact: '902.50' }];
  const parsed = parseOrder({ reference: REFERENCE, amounts, ...named, ...order }, AT);
  const paidBy = paymentKey({ provider: 'trustly-europe', account: 'shop', id: '3931155100' });
  return paidBefore === true ? { ...parsed, paidBy } : parsed;
}

function normalize({ provider, text }: Message, payment: Payment | undefined, order: Order | undefined) {
  const account = accountOf(provider);
  const arrived = providers[provider].normalize(providers[provider].parse(text, account), account);
  if (arrived.subject === undefined) throw new Error(`${text} is about nothing`);
  return transition(
    { payment, order },
    { type: 'normalized', normalized: arrived, conflict: false },
    contextOf(account, arrived.subject.id, arrived.key),
  );
}

function rejected(payment: Payment | undefined, order: Order | undefined) {
  const [hold] = payment?.holds ?? [];
  if (payment === undefined || hold === undefined) throw new DecisionError('nothing is held');
  return transition(
    { payment, order },
    { type: 'decide', decision: { ...hold, verdict: 'reject', by: 'operator', note: '', at: AT } },
    contextOf(accountOf(payment.provider as ProviderName), payment.id, `reject ${hold.reason}`),
  );
}

const contextOf = (account: Account, id: string, cause: string) => ({
  policy: account.policy,
  read: providers[account.provider].readFacts,
  rules: providers[account.provider].rules,
  at: AT,
  key: { provider: account.provider, account: account.account, id },
  cause,
});
