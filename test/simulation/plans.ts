/**
 * What happens in one simulated world: payments with their histories, in wire format and genuinely signed, and
 * the orders that the merchant expects. Histories are the documented paths and some that only a bad day brings.
 */

import type { Order, OrderKind } from '../../shared/payment/types.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import type { Account, ProviderName } from '../../shared/providers/provider.ts';
import { ACCOUNT } from './accounts.ts';
import type { Random } from './random.ts';
import { americas, europe, type Planned, paymentwall, type Write } from './wire.ts';

export interface PlannedPayment {
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
  /** The merchant's reference, under which the order may be registered. */
  readonly reference: string;
  /** What it is in truth; the order may be registered as something else. */
  readonly kind: OrderKind;
  /** Trustly Europe: the shopper pays in several credits, and the order says so. */
  readonly instalments: boolean;
  readonly history: readonly Planned[];
}

export interface PlannedOrder {
  readonly order: Order;
  /** Fraction of the story's length at which it is registered, or while a notification about it is worked on. */
  readonly when: number | 'with its news';
}

interface Story {
  readonly kind: OrderKind;
  readonly instalments?: boolean;
  readonly messages: readonly Write[];
}

interface NormalizedEvent {
  readonly random: Random;
  readonly id: string;
  readonly reference: string;
  /** Europe: only an account that holds what it does not know may pay out. */
  readonly mayPayOut: boolean;
  /** Europe: the account is asked about withdrawals and about who pays. */
  readonly asks: boolean;
}

type Step = readonly [event: string, status: string];

const CHILD_STEPS: readonly Step[] = [
  ['Authorize', '2'],
  ['Process', '3'],
  ['Complete', '4'],
];

function americasStory({ random, id, reference }: NormalizedEvent): Story {
  let count = 0;
  const events = (steps: readonly Step[], type: string, child?: string): Write[] =>
    steps.map(([eventType, status]) => {
      count += 1;
      const says =
        eventType === 'Complete' || eventType === 'Reconcile' || (eventType === 'Refund' && status !== '10');
      const fields = {
        merchantId: '1002463580',
        merchantReference: reference,
        paymentType: '2',
        transactionType: type,
        eventId: `${id}${String(count).padStart(2, '0')}`,
        eventType,
        objectId: child ?? id,
        objectType: 'Transaction',
        message: '',
        timeZone: 'Etc/UTC',
        // Timestamps lie on purpose: they must not decide anything.
        createdAt: String(1_701_986_450_000 - count),
        status,
        ...(child === undefined ? {} : { parentObjectId: id }),
        ...(eventType === 'Dispute' ? { transactionId: id } : {}),
      };
      return americas(fields, says && (type === '3' || type === '8'));
    });
  const way = random.next();
  if (way < 0.08)
    return {
      kind: 'payment',
      messages: events(
        [
          ['Authorize', '2'],
          ['Complete', '4'],
        ],
        '1',
      ),
    };
  if (way < 0.18) {
    const end: Step[] = random.chance(0.7) ? [['Complete', '4']] : [['Fail', '5']];
    const payout = events([['Authorize', '2'], ['Process', '3'], ...end], '6');
    return {
      kind: 'payout',
      messages: random.chance(0.2) ? [...payout, ...events(CHILD_STEPS, '7', `${id}7`)] : payout,
    };
  }
  const own = events(americasOwnSteps(random), '3');
  const children: Write[] = [];
  if (random.chance(0.15))
    children.push(...events(CHILD_STEPS.slice(0, random.between(1, 3)), '4', `${id}4`));
  if (random.chance(0.1)) children.push(...events(CHILD_STEPS.slice(0, random.between(1, 3)), '5', `${id}5`));
  if (random.chance(0.1)) children.push(...events(CHILD_STEPS, '8', `${id}8`));
  return { kind: 'payment', messages: [...own, ...children] };
}

function americasOwnSteps(random: Random): readonly Step[] {
  const steps: Step[] = [['Authorize', '2']];
  if (random.chance(0.8)) steps.push(['Process', '3']);
  const end = random.next();
  if (end < 0.6) steps.push(['Complete', '4']);
  else if (end < 0.75) steps.push(['Deny', '8']);
  else if (end < 0.85) steps.push(['Complete', '4'], ['Fail', '5']);
  if (end < 0.6) {
    if (random.chance(0.25)) steps.push(['Dispute', '9']);
    if (random.chance(0.15)) steps.push(['Reconcile', '4']);
    if (random.chance(0.2)) steps.push(['Refund', random.chance(0.5) ? '12' : '11']);
    if (random.chance(0.2)) steps.push(['Reverse', '10']);
  }
  if (random.chance(0.1)) steps.push(['Hold', '14'], ['Approve', '2']);
  return steps;
}

function europeStory({ random, id, reference, mayPayOut, asks }: NormalizedEvent): Story {
  const write = ([method, amount]: Step, n: number): Write => {
    const ids = {
      messageid: reference,
      orderid: id,
      notificationid: `${id}${String(n).padStart(2, '0')}`,
    };
    if (method === 'kyc') return europe(method, { ...ids, kycentityid: '5' });
    return europe(method, {
      ...ids,
      amount,
      currency: 'EUR',
      enduserid: 'user-1',
      timestamp: '2010-01-20 14:42:04.675645+01',
      ...(method === 'account' ? { accountid: '1234567890', verified: '1' } : {}),
    });
  };
  if (asks && mayPayOut && random.chance(0.4)) {
    return { kind: 'withdrawal', messages: withdrawal(random, write) };
  }
  const payout = mayPayOut && random.chance(0.12);
  const kyc: Step[] = asks && random.chance(0.5) ? [['kyc', '']] : [];
  const steps = [...kyc, ...(payout ? europePayoutSteps(random) : europeSteps(random))];
  const parts = steps.filter(([method, amount]) => method === 'credit' && amount !== '100.00');
  // Without the word in its order the second one is a refund that came back.
  const instalments = !payout && parts.length > 1 && random.chance(0.6);
  return { kind: payout ? 'payout' : 'payment', instalments, messages: steps.map(write) };
}

/** "Take it from the balance": what comes next depends on the answer. */
function withdrawal(random: Random, write: (step: Step, n: number) => Write): readonly Write[] {
  const debit = write(['debit', '100.00'], 1);
  const { name } = debit('genuine');
  const after =
    (status: string, step: Step, n: number, cents?: number): Write =>
    (kind) => ({
      ...write(step, n)(kind),
      follows: { name, status },
      ...(cents === undefined ? {} : { cents }),
    });
  const messages = [debit, after('FAILED', ['cancel', '100.00'], 2)];
  // The same money as the debit's, so it adds nothing.
  if (random.chance(0.7)) messages.push(after('OK', ['payoutconfirmation', '100.00'], 3, 0));
  if (random.chance(0.4)) messages.push(after('OK', ['credit', '100.00'], 4));
  // Asked about twice: the other question has an id of its own, and may be the quicker one.
  if (random.chance(0.25)) messages.push(write(['debit', '100.00'], 5));
  return messages;
}

function europePayoutSteps(random: Random): readonly Step[] {
  const steps: Step[] = [
    ['pending', '100.00'],
    ['payoutconfirmation', '100.00'],
  ];
  // Not final: the money may come back.
  return random.chance(0.3) ? [...steps, ['credit', '100.00']] : steps;
}

function europeSteps(random: Random): readonly Step[] {
  const steps: Step[] = [];
  if (random.chance(0.8)) steps.push(['pending', '100.00']);
  const end = random.next();
  if (end < 0.5) steps.push(['credit', '100.00']);
  else if (end < 0.65) steps.push(['credit', '60.00'], ['credit', '40.00']);
  else if (end < 0.7) steps.push(['credit', '60.00']);
  else if (end < 0.75) steps.push(['credit', '100.00'], ['credit', '100.00']);
  else if (end < 0.85) steps.push(['cancel', '100.00']);
  if (end < 0.75 && random.chance(0.3)) steps.push(['debit', '100.00']);
  if (random.chance(0.05)) steps.push(['account', '0']);
  return steps;
}

function paymentwallStory({ random, id, reference }: NormalizedEvent): Story {
  const write = (type: string, extra: Readonly<Record<string, string>> = {}): Write =>
    paymentwall({ goodsid: reference, type, ref: id, ...extra }, ['0', '1', '201'].includes(type));
  const messages: Write[] = [];
  const way = random.next();
  if (way < 0.5) messages.push(write('0'));
  else if (way < 0.65) messages.push(write('200'), write('201'));
  else if (way < 0.75) messages.push(write('200'), write('202'));
  else if (way < 0.85) messages.push(write('200'), write('201'), write('0'));
  else if (way < 0.93) messages.push(write('1'));
  else messages.push(write(random.pick(['12', '13', '14'])));
  if (way < 0.85 && random.chance(0.35)) messages.push(write('2', { reason: random.pick(['1', '2', '9']) }));
  if (way < 0.85 && random.chance(0.15)) {
    for (const part of ['p1', 'p2']) {
      messages.push(write('2', { reason: '10', merchant_refund_id: part, refund_amount: '10.00' }));
    }
  }
  if (way >= 0.85 && way < 0.93 && random.chance(0.4)) messages.push(write('2', { reason: '8' }));
  if (way < 0.93 && random.chance(0.05)) messages.push(write('203'));
  return { kind: 'payment', messages };
}

const STORIES: Readonly<Record<ProviderName, (normalized: NormalizedEvent) => Story>> = {
  'trustly-americas': americasStory,
  'trustly-europe': europeStory,
  paymentwall: paymentwallStory,
};

/** The genuine messages, and now and then one of each of the other kinds about the same payment. */
function historyOf(random: Random, messages: readonly Write[]): readonly Planned[] {
  const history = messages.map((write) => write('genuine'));
  if (messages.length === 0) return history;
  if (random.chance(0.08)) history.push(random.pick(messages)('conflicting'));
  if (random.chance(0.1)) history.push(random.pick(messages)('ambiguous'));
  if (random.chance(0.15)) {
    history.push(random.pick(messages)(random.pick(['forged', 'forged and ambiguous'] as const)));
  }
  return history;
}

const MOMENTS = [0, 0, 0.3, 0.6, 1.2, 'with its news'] as const;
const RACING_MOMENTS = [0, 'with its news', 'with its news'] as const;

/** One to three payments; sometimes several for the same order, also by different providers. */
export function plan(
  random: Random,
  accounts: readonly Account[],
  startAt: string,
  races: boolean,
): { payments: PlannedPayment[]; orders: PlannedOrder[] } {
  const payments: PlannedPayment[] = [];
  const orders: PlannedOrder[] = [];
  const count = random.between(races ? 2 : 1, 3);
  const sharing = races ? 0.8 : 0.3;
  for (let n = 0; n < count; n += 1) {
    const provider = random.pick(PROVIDERS);
    const reference = n > 0 && random.chance(sharing) ? (payments[0]?.reference ?? 'order-0') : `order-${n}`;
    const id = `${provider === 'paymentwall' ? 'b' : ''}${900_000_000 + random.below(99_999_999)}${n}`;
    const account = accounts.find(({ provider: its }) => its === provider);
    const mayPayOut = account?.policy.unknownOrder === 'hold';
    const asks = account?.provider === 'trustly-europe' && account.withdrawals;
    const story = STORIES[provider]({ random, id, reference, mayPayOut, asks });
    const { kind, instalments = false, messages } = story;
    const history = historyOf(random, messages);
    const payment = { provider, account: ACCOUNT, id, reference, kind, instalments, history };
    payments.push(payment);
    const moment = () => random.pick(races ? RACING_MOMENTS : MOMENTS);
    const isTaken = orders.some(({ order }) => order.reference === reference);
    if (!isTaken && !random.chance(0.2)) {
      orders.push({ order: orderFor(random, payment, startAt), when: moment() });
    }
    const hasId = orders.some(({ order }) => order.aliases.some(({ value }) => value === id));
    if (!hasId && random.chance(0.12)) {
      orders.push({ order: ownOrder(orderFor(random, payment, startAt), payment), when: moment() });
    }
  }
  return { payments, orders };
}

/** Another order, for this very payment: it goes before the one under the reference. */
function ownOrder(order: Order, { provider, id }: PlannedPayment): Order {
  const reference = `${order.reference}-own-${id}`;
  const aliases = [{ type: 'id', value: id } as const, { type: 'reference', value: reference } as const];
  return { ...order, reference, provider, account: ACCOUNT, aliases };
}

function orderFor(
  random: Random,
  { reference, kind, instalments, provider, id }: PlannedPayment,
  registeredAt: string,
): Order {
  // The provider's own id is known when the merchant asked the provider for it.
  const byId = random.chance(0.15);
  return {
    reference,
    kind,
    amounts: [{ currency: 'EUR', exact: random.chance(0.85) ? '100.00' : '90.00' }],
    use: random.chance(0.8) ? 'once' : 'open',
    ...(instalments ? { instalments } : {}),
    ...(random.chance(0.1) ? { endUser: random.pick(['user-1', 'user-2']) } : {}),
    ...(random.chance(0.05)
      ? { validUntil: new Date(Date.parse(registeredAt) + 600_000).toISOString() }
      : {}),
    ...(byId ? { provider, account: ACCOUNT } : {}),
    aliases: [...(byId ? [{ type: 'id' as const, value: id }] : []), { type: 'reference', value: reference }],
    ...(random.chance(0.05) ? { fulfilled: 'external' as const } : {}),
    version: 1,
    registeredAt,
  };
}
