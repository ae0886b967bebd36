/** The messages of one payment: the documented paths and some rare ones. */
import type { AmountTerm, OrderKind } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import type { Random } from './random.ts';
import { americas, europe, type PaymentwallApi, paymentwall, type Write } from './wire.ts';

export interface Story {
  readonly kind: OrderKind;
  readonly instalments?: boolean;
  /** The amounts that the order expects; absent: the usual amounts. */
  readonly amounts?: readonly AmountTerm[];
  readonly messages: readonly Write[];
  readonly refunds?: readonly RefundStory[];
}

/** A refund that the merchant requests from the provider, and the provider's messages about it. */
export interface RefundStory {
  readonly amount: string;
  /** The provider's id of the refund; absent where the provider gives none. */
  readonly id?: string;
  /** Names of the messages that report it as sent. Empty when the provider reports no successful refunds. */
  readonly sent: readonly string[];
  /** Names of the messages that report that it failed or came back. */
  readonly failed: readonly string[];
}

export interface Setting {
  readonly random: Random;
  readonly id: string;
  readonly reference: string;
  /** Trustly Europe: whether payouts occur. They need an account that holds unknown orders. */
  readonly mayPayOut: boolean;
  /** Trustly Europe: whether the account has questions (`debit` of a withdrawal, `kyc`). */
  readonly asks: boolean;
  /** Paymentwall: the API through which the goods are sold. */
  readonly api: PaymentwallApi;
}

const nameOf = (write: Write): string => write('genuine').name;
const refundStory = (
  refund: Omit<RefundStory, 'sent' | 'failed'>,
  sent: readonly Write[],
  failed: readonly Write[],
) => ({
  ...refund,
  sent: sent.map(nameOf),
  failed: failed.map(nameOf),
});

export type Step = readonly [event: string, status: string];

const CHILD_STEPS: readonly Step[] = [
  ['Authorize', '2'],
  ['Process', '3'],
  ['Complete', '4'],
];

interface AmericasEvents {
  readonly steps: readonly Step[];
  /** transactionType */
  readonly type: string;
  /** The id of the child transaction; absent: the event is about the payment itself. */
  readonly child?: string;
  /** For a capture: the id of its authorization. */
  readonly parent?: string;
  /** The amount that the API reports for the child; absent: the payment's amount. */
  readonly worth?: string;
}

/** Writes the numbered events of one payment and its children. */
export function americasEvents({ id, reference }: Pick<Setting, 'id' | 'reference'>) {
  let count = 0;
  return ({ steps, type, child, parent, worth }: AmericasEvents): Write[] =>
    steps.map(([eventType, status]) => {
      count += 1;
      const says =
        eventType === 'Complete' || eventType === 'Reconcile' || (eventType === 'Refund' && status !== '10');
      const parentObjectId = child === undefined ? parent : id;
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
        // Timestamps decrease on purpose: no result may depend on a timestamp.
        createdAt: String(1_701_986_450_000 - count),
        status,
        ...(parentObjectId === undefined ? {} : { parentObjectId }),
        ...(eventType === 'Dispute' ? { transactionId: id } : {}),
      };
      return americas(fields, says && (type === '3' || type === '8'), worth);
    });
}

function americasStory(setting: Setting): Story {
  const { random, id } = setting;
  const events = americasEvents(setting);
  const way = random.next();
  if (way < 0.08)
    return {
      kind: 'payment',
      messages: events({
        steps: [
          ['Authorize', '2'],
          ['Complete', '4'],
        ],
        type: '1',
      }),
    };
  if (way < 0.18) {
    const end: Step[] = random.chance(0.7) ? [['Complete', '4']] : [['Fail', '5']];
    const payout = events({ steps: [['Authorize', '2'], ['Process', '3'], ...end], type: '6' });
    return {
      kind: 'payout',
      messages: random.chance(0.2)
        ? [...payout, ...events({ steps: CHILD_STEPS, type: '7', child: `${id}7` })]
        : payout,
    };
  }
  const own = events({ steps: americasOwnSteps(random), type: '3' });
  const children: Write[] = [];
  const refunds: RefundStory[] = [];
  for (const child of random.chance(0.25) ? [`${id}4`, `${id}41`].slice(0, random.between(1, 2)) : []) {
    const refund = americasRefund(random, child, events);
    children.push(...refund.messages);
    refunds.push(refund.story);
  }
  const reversal = CHILD_STEPS.slice(0, random.between(1, 3));
  if (random.chance(0.1)) children.push(...events({ steps: reversal, type: '5', child: `${id}5` }));
  if (random.chance(0.1)) children.push(...events({ steps: CHILD_STEPS, type: '8', child: `${id}8` }));
  return { kind: 'payment', messages: [...own, ...children], refunds };
}

/** A failed refund was sent before, so the provider reports first that it was sent. */
function americasRefund(
  random: Random,
  id: string,
  events: ReturnType<typeof americasEvents>,
): { readonly messages: readonly Write[]; readonly story: RefundStory } {
  const amount = random.pick(['25.00', '30.00']);
  const fails = random.chance(0.35);
  const steps = fails
    ? [...CHILD_STEPS.slice(0, 2), ['Fail', '5'] as const]
    : CHILD_STEPS.slice(0, random.between(2, 3));
  const messages = events({ steps, type: '4', child: id, worth: amount });
  const [, ...later] = messages;
  return {
    messages,
    story: refundStory({ amount, id }, fails ? later.slice(0, 1) : later, fails ? later.slice(1) : []),
  };
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

/** Writes the n-th notification of an order. */
export const europeWriter =
  ({ id, reference }: Pick<Setting, 'id' | 'reference'>) =>
  ([method, amount]: Step, n: number): Write => {
    const ids = {
      messageid: reference,
      orderid: id,
      notificationid: `${id}${String(n).padStart(2, '0')}`,
    };
    if (method === 'kyc') return europe(method, { ...ids, kycentityid: '5' });
    return europe(method, {
      ...ids,
      ...(amount === '' ? {} : { amount, currency: 'EUR' }),
      enduserid: 'user-1',
      timestamp: '2010-01-20 14:42:04.675645+01',
      ...(method === 'account' ? { accountid: '1234567890', verified: '1' } : {}),
    });
  };

function europeStory(setting: Setting): Story {
  const { random, mayPayOut, asks } = setting;
  const write = europeWriter(setting);
  if (asks && mayPayOut && random.chance(0.4)) {
    return { kind: 'withdrawal', messages: withdrawal(random, write) };
  }
  const payout = mayPayOut && random.chance(0.12);
  if (!payout && random.chance(0.25)) return europeRefunded(random, write);
  const kyc: Step[] = asks && random.chance(0.5) ? [['kyc', '']] : [];
  const steps = [...kyc, ...(payout ? europePayoutSteps(random) : europeSteps(random))];
  const parts = steps.filter(([method, amount]) => method === 'credit' && amount !== '100.00');
  // If the order expects no instalments, the second credit counts as a returned refund.
  const instalments = !payout && parts.length > 1 && random.chance(0.6);
  return { kind: payout ? 'payout' : 'payment', instalments, messages: steps.map(write) };
}

/** The question `debit` of a withdrawal, and the messages that depend on its answer. */
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
  // The confirmation reports the amount of the debit again, so its balance is 0.
  if (random.chance(0.7)) messages.push(after('OK', ['payoutconfirmation', '100.00'], 3, 0));
  if (random.chance(0.4)) messages.push(after('OK', ['credit', '100.00'], 4));
  // A second question about the withdrawal, with its own id. It may be answered first.
  if (random.chance(0.25)) messages.push(write(['debit', '100.00'], 5));
  return messages;
}

const eur = (terms: readonly object[]): readonly AmountTerm[] =>
  terms.map((term) => ({ currency: 'EUR', ...term }) as AmountTerm);

/** Terms of orders: a deposit fits some of them and is too small for others. */
const TERMS: readonly (readonly AmountTerm[])[] = [
  eur([{ min: '100.00', max: '500.00' }]),
  eur([{ min: '10.00', max: '500.00' }]),
  eur([{ exact: '120.00' }]),
  eur([{ exact: '100.00' }]),
  eur([{ open: true }]),
];

/**
 * A deposit that the merchant refunds. payoutconfirmation and payoutfailed are off by default, so often no notification
 * reports the refund, and a failed refund comes back as an ordinary credit.
 */
function europeRefunded(random: Random, write: ReturnType<typeof europeWriter>): Story {
  const paid = random.pick(['60.00', '100.00', '120.00']);
  const amount = random.pick([paid, '25.00']);
  const isConfirmed = random.chance(0.5);
  const returns = random.chance(0.6);
  const credit = write(['credit', paid], 1);
  const confirmation = isConfirmed ? [write(['payoutconfirmation', amount], 2)] : [];
  const failure = isConfirmed && returns && random.chance(0.5) ? [write(['payoutfailed', amount], 3)] : [];
  const back = returns
    ? [(kind: Parameters<Write>[0]) => ({ ...write(['credit', amount], 4)(kind), returns: true as const })]
    : [];
  // A debit of the whole deposit, for example a chargeback.
  const debit = random.chance(0.15) ? [write(['debit', paid], 5)] : [];
  return {
    kind: 'payment',
    amounts: random.pick(TERMS),
    messages: [credit, ...confirmation, ...failure, ...back, ...debit],
    refunds: [refundStory({ amount }, confirmation, [...failure, ...back])],
  };
}

function europePayoutSteps(random: Random): readonly Step[] {
  const steps: Step[] = [
    ['pending', '100.00'],
    ['payoutconfirmation', '100.00'],
  ];
  // The payout is not final: the money may come back.
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
  // A credit without an amount: only an operator can confirm the amount.
  if (end >= 0.85 && random.chance(0.5)) steps.push(['credit', '']);
  if (random.chance(0.05)) steps.push(['account', '0']);
  return steps;
}

/** Writes a pingback of one payment, with the quantity of coins that the pingback gives or takes. */
export const paymentwallWriter =
  ({ id, reference, api }: Pick<Setting, 'id' | 'reference' | 'api'>) =>
  (type: string, extra: Readonly<Record<string, string>> = {}): Write => {
    const { takes, ...rest } = extra;
    const isMoney = ['0', '1', '201'].includes(type);
    // Goodwill gives fewer coins than a purchase; a deduction has a minus sign.
    const many = takes ?? (type === '1' ? '20' : '200');
    const goods =
      api === 'virtual_currency'
        ? { currency: type.startsWith('2') && type.length === 1 ? `-${many}` : many, my_order: reference }
        : { goodsid: reference, slength: type === '2' ? '-1' : type === '1' ? '2' : '12', speriod: 'month' };
    return paymentwall({ ...goods, type, ref: id, ...rest }, isMoney, api);
  };

function paymentwallStory(setting: Setting): Story {
  const { random } = setting;
  const write = paymentwallWriter(setting);
  const messages: Write[] = [];
  const refunds: RefundStory[] = [];
  const way = random.next();
  // Goodwill (type 1) and a purchase (type 0) under the same ref.
  if (way < 0.1) messages.push(write('1'), write('0'));
  else if (way < 0.5) messages.push(write('0'));
  else if (way < 0.65) messages.push(write('200'), write('201'));
  else if (way < 0.75) messages.push(write('200'), write('202'));
  else if (way < 0.85) messages.push(write('200'), write('201'), write('0'));
  else if (way < 0.93) messages.push(write('1'));
  else messages.push(write(random.pick(['12', '13', '14'])));
  if (way < 0.85 && random.chance(0.35)) messages.push(write('2', { reason: random.pick(['1', '2', '9']) }));
  if (way < 0.85 && random.chance(0.2)) {
    for (const part of ['p1', 'p2']) {
      const refund = { reason: '10', merchant_refund_id: part, refund_amount: '10.00', takes: '50' };
      const partly = write('2', refund);
      messages.push(partly);
      refunds.push(refundStory({ amount: '10.00', id: part }, [partly], []));
    }
  }
  if (way >= 0.85 && way < 0.93 && random.chance(0.4)) messages.push(write('2', { reason: '8' }));
  if (way < 0.93 && random.chance(0.05)) messages.push(write('203'));
  return { kind: 'payment', messages, refunds };
}

export const STORIES: Readonly<Record<ProviderName, (setting: Setting) => Story>> = {
  'trustly-americas': americasStory,
  'trustly-europe': europeStory,
  paymentwall: paymentwallStory,
};
