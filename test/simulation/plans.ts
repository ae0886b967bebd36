/**
 * The plan of one simulated world: payments with their messages, in wire format and genuinely signed, and the orders
 * that the merchant registers. The messages follow the documented paths and some rare ones.
 */

import type { Order, OrderKind } from '../../shared/payment/types.ts';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { ACCOUNT } from './accounts.ts';
import { drawChanges, drawRefunds, type PlannedChange, type PlannedRefund } from './merchant-requests.ts';
import type { Random } from './random.ts';
import { attemptsOf, capturesOf, type Member, type Series } from './series.ts';
import { type RefundStory, type Setting, STORIES, type Story } from './stories.ts';
import type { Planned, Write } from './wire.ts';

export interface PlannedPayment {
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
  /** The merchant's reference, under which the order may be registered. */
  readonly reference: string;
  /** The true kind of the payment; the order may be registered with another kind. */
  readonly kind: OrderKind;
  /** Trustly Europe: the shopper pays with several credits, and the order expects instalments. */
  readonly instalments: boolean;
  /** Refunds that the merchant requested from the provider; the merchant registers most of them. */
  readonly refunds: readonly RefundStory[];
  /** The amount that the provider's API reports; absent: the seed chooses it. */
  readonly worth?: string;
  /** For a capture: the id of its authorization. */
  readonly authorization?: string;
  readonly history: readonly Planned[];
}

export interface PlannedOrder {
  readonly order: Order;
  /** When the order is registered: a fraction of the story's length, or while its notification is processed. */
  readonly when: number | 'during its notification';
}

/** The genuine messages of a payment, and sometimes one message of each other kind. */
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

const MOMENTS = [0, 0, 0.3, 0.6, 1.2, 'during its notification'] as const;
/** When an order for a part of a series is registered, also after the money has paid another order. */
const LATER_MOMENTS = [0, 0.6, 1.2, 1.2, 'during its notification'] as const;
const RACING_MOMENTS = [0, 'during its notification', 'during its notification'] as const;

/** Makes the settings of a payment, with a unique id and the account of its provider. */
class Ids {
  #next = 0;
  readonly #random: Random;
  readonly #accounts: readonly Account[];

  constructor(random: Random, accounts: readonly Account[]) {
    this.#random = random;
    this.#accounts = accounts;
  }

  setting(provider: ProviderName, reference: string): Setting {
    const account = this.#accounts.find(({ provider: its }) => its === provider);
    const number = 900_000_000 + this.#random.below(99_999_999);
    this.#next += 1;
    return {
      random: this.#random,
      id: `${provider === 'paymentwall' ? 'b' : ''}${number}${this.#next - 1}`,
      reference,
      mayPayOut: account?.policy.unknownOrder === 'hold',
      asks: account?.provider === 'trustly-europe' && account.withdrawals,
      api:
        account?.provider === 'paymentwall' && account.api === 'virtual_currency'
          ? account.api
          : 'digital_goods',
    };
  }
}

export interface Plan {
  readonly payments: readonly PlannedPayment[];
  readonly orders: readonly PlannedOrder[];
  readonly refunds: readonly PlannedRefund[];
  readonly changes: readonly PlannedChange[];
}

export interface Circumstances {
  readonly accounts: readonly Account[];
  readonly startAt: string;
  readonly races: boolean;
  /** Whether the sweeper runs: only the sweeper derives captures anew that came before their authorization. */
  readonly sweeps: boolean;
}

/** One to three payments, sometimes several of the same order; or a series of payments. */
export function plan(random: Random, circumstances: Circumstances): Plan {
  const ids = new Ids(random, circumstances.accounts);
  const { payments, orders } = random.chance(0.25)
    ? planSeries(random, ids, circumstances)
    : planPayments(random, ids, circumstances);
  return {
    payments,
    orders,
    refunds: drawRefunds(random, payments),
    changes: drawChanges(random, orders, circumstances),
  };
}

type PaymentsAndOrders = Pick<Plan, 'payments' | 'orders'>;

function paymentOf(random: Random, provider: ProviderName, member: Member): PlannedPayment {
  const { setting, story, ...rest } = member;
  const { kind, instalments = false, messages, refunds = [] } = story;
  const history = historyOf(random, messages);
  const { id, reference } = setting;
  return { provider, account: ACCOUNT, id, reference, kind, instalments, refunds, history, ...rest };
}

/** A series of captures needs an account whose provider is polled for amounts. */
function planSeries(
  random: Random,
  ids: Ids,
  { accounts, startAt, races, sweeps }: Circumstances,
): PaymentsAndOrders {
  const canCapture = accounts.some(
    (each) => each.provider === 'trustly-americas' && each.confirm && each.policy.amountCheck === 'required',
  );
  const captures = canCapture && sweeps && random.chance(0.8);
  const provider = captures ? 'trustly-americas' : random.pick(PROVIDERS);
  const settings = Array.from({ length: captures ? 4 : 2 }, () => ids.setting(provider, 'order-0'));
  const series = captures ? capturesOf(random, settings) : attemptsOf(random, provider, settings);
  const payments = series.members.map((member) => paymentOf(random, provider, member));
  if (random.chance(0.1)) return { payments, orders: [] };
  const when = random.pick(races ? RACING_MOMENTS : MOMENTS);
  const others = (series.others ?? []).map(
    (order): PlannedOrder => ({
      order: {
        ...{ kind: 'payment', use: 'once', provider, account: ACCOUNT, version: 1, registeredAt: startAt },
        ...order,
      },
      when: random.pick(races ? RACING_MOMENTS : LATER_MOMENTS),
    }),
  );
  return { payments, orders: [{ order: seriesOrder(series, provider, startAt), when }, ...others] };
}

function seriesOrder({ order, id }: Series, provider: ProviderName, registeredAt: string): Order {
  return {
    reference: 'order-0',
    kind: 'payment',
    ...order,
    ...(id === undefined ? {} : { provider, account: ACCOUNT }),
    aliases: [
      ...(id === undefined ? [] : [{ type: 'id' as const, value: id }]),
      { type: 'reference', value: 'order-0' },
    ],
    version: 1,
    registeredAt,
  };
}

function planPayments(random: Random, ids: Ids, { startAt, races }: Circumstances): PaymentsAndOrders {
  const payments: PlannedPayment[] = [];
  const orders: PlannedOrder[] = [];
  const count = random.between(races ? 2 : 1, 3);
  const sharing = races ? 0.8 : 0.3;
  for (let n = 0; n < count; n += 1) {
    const provider = random.pick(PROVIDERS);
    const reference = n > 0 && random.chance(sharing) ? (payments[0]?.reference ?? 'order-0') : `order-${n}`;
    const setting = ids.setting(provider, reference);
    const story = STORIES[provider](setting);
    const payment = paymentOf(random, provider, { setting, story });
    const { id } = payment;
    payments.push(payment);
    const moment = () => random.pick(races ? RACING_MOMENTS : MOMENTS);
    const isTaken = orders.some(({ order }) => order.reference === reference);
    const order = orderFor({ random, payment, story, registeredAt: startAt });
    if (!isTaken && !random.chance(0.2)) orders.push({ order, when: moment() });
    const hasId = orders.some(({ order }) => order.aliases.some(({ value }) => value === id));
    if (!hasId && random.chance(0.12)) orders.push({ order: ownOrder(order, payment), when: moment() });
  }
  return { payments, orders };
}

/** Another order, registered under the payment's id: the payment matches it before the order under the reference. */
function ownOrder(order: Order, { provider, id }: PlannedPayment): Order {
  const reference = `${order.reference}-own-${id}`;
  const aliases = [{ type: 'id', value: id } as const, { type: 'reference', value: reference } as const];
  return { ...order, reference, provider, account: ACCOUNT, aliases };
}

function orderFor({
  random,
  payment,
  story,
  registeredAt,
}: {
  readonly random: Random;
  readonly payment: PlannedPayment;
  readonly story: Story;
  readonly registeredAt: string;
}): Order {
  const { reference, kind, instalments, provider, id } = payment;
  // The merchant may know the provider's id before the payment.
  const byId = random.chance(0.15);
  const plain = [{ currency: 'EUR', exact: random.chance(0.85) ? '100.00' : '90.00' }];
  return {
    reference,
    kind,
    amounts: story.amounts ?? plain,
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
