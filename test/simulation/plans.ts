/**
 * What happens in one simulated world: payments with their histories, in wire format and genuinely signed, and
 * the orders that the merchant expects. Histories are the documented paths and some that only a bad day brings.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { signNotification as signAmericas } from '../../local/senders/trustly-americas.ts';
import { plainText } from '../../local/senders/trustly-europe.ts';
import type { Order, ProviderName } from '../../shared/payment/types.ts';
import type { Random } from './random.ts';

export interface HttpRequest {
  readonly method: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Planned {
  /** The provider's own identity of the message, as the core will key it. */
  readonly name: string;
  readonly request: HttpRequest;
  /** This message says that money came: before it, nothing may be fulfilled. */
  readonly money: boolean;
}

export interface PlannedPayment {
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
  /** The merchant's reference, under which the order may be registered. */
  readonly reference: string;
  readonly history: readonly Planned[];
}

export interface PlannedOrder {
  readonly order: Order;
  /** Fraction of the story's length at which it is registered. */
  readonly when: number;
}

export const ACCESS = { accessId: 'simulated-access', accessKey: 'simulated-key' };
export const PAYMENTWALL_SECRET = 'simulated-paymentwall-secret';
export const trustlyKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const merchantKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

type Maker = (random: Random, id: string, reference: string) => readonly Planned[];

function americasEvent(
  id: string,
  reference: string,
  n: number,
  type: string,
  status: string,
  extra: Record<string, string> = {},
) {
  const { headers, body } = signAmericas(
    {
      merchantId: '1002463580',
      merchantReference: reference,
      paymentType: '2',
      transactionType: '3',
      eventId: `${id}${String(n).padStart(2, '0')}`,
      eventType: type,
      objectId: id,
      objectType: 'Transaction',
      message: '',
      timeZone: 'Etc/UTC',
      // Timestamps lie on purpose: they must not decide anything.
      createdAt: String(1_701_986_450_000 - n),
      status,
      ...extra,
    },
    ACCESS,
  );
  return {
    name: `${id}${String(n).padStart(2, '0')}`,
    request: { method: 'POST', rawQuery: '', headers, body },
    // A reconciled dispute and a partial refund also say that the money had come.
    money: type === 'Complete' || type === 'Reconcile' || (type === 'Refund' && status === '11'),
  };
}

const americas: Maker = (random, id, reference) => {
  const events: [string, string][] = [['Authorize', '2']];
  if (random.chance(0.8)) events.push(['Process', '3']);
  const end = random.next();
  if (end < 0.6) events.push(['Complete', '4']);
  else if (end < 0.75) events.push(['Deny', '8']);
  else if (end < 0.85) events.push(['Complete', '4'], ['Fail', '5']);
  if (end < 0.6) {
    if (random.chance(0.25)) events.push(['Dispute', '9']);
    if (random.chance(0.15)) events.push(['Reconcile', '4']);
    if (random.chance(0.2)) events.push(['Refund', random.chance(0.5) ? '12' : '11']);
    if (random.chance(0.2)) events.push(['Reverse', '10']);
  }
  if (random.chance(0.1)) events.push(['Hold', '14'], ['Approve', '2']);
  return events.map(([type, status], n) =>
    americasEvent(id, reference, n, type, status, type === 'Dispute' ? { transactionId: id } : {}),
  );
};

function europeNotification(
  id: string,
  reference: string,
  n: number,
  method: string,
  amount: string,
  extra: object = {},
) {
  const notificationid = `${id}${String(n).padStart(2, '0')}`;
  const uuid = `00000000-0000-4000-8000-${notificationid.padStart(12, '0').slice(-12)}`;
  const data = {
    amount,
    currency: 'EUR',
    messageid: reference,
    orderid: id,
    enduserid: 'user-1',
    notificationid,
    timestamp: '2010-01-20 14:42:04.675645+01',
    attributes: {},
    ...extra,
  };
  const signature = sign('sha1', plainText(method, uuid, data), trustlyKeys.privateKey).toString('base64');
  return {
    name: notificationid,
    request: {
      method: 'POST',
      rawQuery: '',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method, params: { signature, uuid, data }, version: '1.1' }),
    },
    money: method === 'credit',
  };
}

const europe: Maker = (random, id, reference) => {
  const steps: [string, string][] = [];
  if (random.chance(0.8)) steps.push(['pending', '100.00']);
  const end = random.next();
  if (end < 0.5) steps.push(['credit', '100.00']);
  else if (end < 0.65) steps.push(['credit', '60.00'], ['credit', '40.00']);
  else if (end < 0.75) steps.push(['credit', '60.00']);
  else if (end < 0.85) steps.push(['cancel', '100.00']);
  if (end < 0.75 && random.chance(0.3)) steps.push(['debit', '100.00']);
  if (random.chance(0.05)) steps.push(['account', '']);
  return steps.map(([method, amount], n) => {
    if (method === 'account') {
      return europeNotification(id, reference, n, method, '0', { accountid: '1234567890', verified: '1' });
    }
    return europeNotification(id, reference, n, method, amount);
  });
};

function pingback(id: string, reference: string, type: string, reason?: string) {
  const params: [string, string][] = [
    ['uid', 'user-1'],
    ['goodsid', reference],
    ['slength', ''],
    ['speriod', ''],
    ['type', type],
    ['ref', id],
    ['sign_version', '3'],
    ...(reason === undefined ? [] : ([['reason', reason]] as [string, string][])),
  ];
  const base = [...params].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
  const sig = createHash('sha256')
    .update(base.join('') + PAYMENTWALL_SECRET)
    .digest('hex');
  return {
    name: `${id}_${type}_${reason ?? ''}`,
    request: {
      method: 'GET',
      rawQuery: new URLSearchParams([...params, ['sig', sig]]).toString(),
      headers: {},
      body: '',
    },
    money: type === '0' || type === '201',
  };
}

const paymentwall: Maker = (random, id, reference) => {
  const types: [string, string?][] = [];
  const way = random.next();
  if (way < 0.6) types.push(['0']);
  else if (way < 0.75) types.push(['200'], ['201']);
  else if (way < 0.85) types.push(['200'], ['202']);
  else types.push(['200'], ['201'], ['0']);
  if (random.chance(0.35)) types.push(['2', random.pick(['1', '2', '9', '10'])]);
  if (random.chance(0.05)) types.push(['203']);
  return types.map(([type, reason]) => pingback(id, reference, type, reason));
};

const MAKERS: Readonly<Record<ProviderName, Maker>> = {
  'trustly-americas': americas,
  'trustly-europe': europe,
  paymentwall,
};

/** One to three payments; sometimes two for the same order. */
export function plan(
  random: Random,
  startAt: string,
): { payments: PlannedPayment[]; orders: PlannedOrder[] } {
  const payments: PlannedPayment[] = [];
  const orders: PlannedOrder[] = [];
  const count = random.between(1, 3);
  for (let n = 0; n < count; n += 1) {
    const provider = random.pick(['trustly-americas', 'trustly-europe', 'paymentwall'] as const);
    const reference = n > 0 && random.chance(0.4) ? (payments[0]?.reference ?? 'order-0') : `order-${n}`;
    const id = `${provider === 'paymentwall' ? 'b' : ''}${900_000_000 + random.below(99_999_999)}${n}`;
    payments.push({
      provider,
      account: 'simulated',
      id,
      reference,
      history: MAKERS[provider](random, id, reference),
    });
    if (orders.some(({ order }) => order.reference === reference) || random.chance(0.2)) continue;
    orders.push({ order: orderFor(random, reference, startAt), when: random.pick([0, 0, 0.3, 0.6, 1.2]) });
  }
  return { payments, orders };
}

function orderFor(random: Random, reference: string, registeredAt: string): Order {
  return {
    reference,
    kind: 'payment',
    amounts: [{ currency: 'EUR', exact: random.chance(0.85) ? '100.00' : '90.00' }],
    use: random.chance(0.8) ? 'once' : 'open',
    ...(random.chance(0.1) ? { endUser: random.pick(['user-1', 'user-2']) } : {}),
    aliases: [{ type: 'reference', value: reference }],
    ...(random.chance(0.05) ? { fulfilled: 'external' as const } : {}),
    version: 1,
    registeredAt,
  };
}
