/** What the merchant receives. Fixed when the effect is made, so that every retry is identical. */
import { defined } from './defined.ts';
import { detailsFor } from './details.ts';
import { effectId, webhookIdOf } from './keys.ts';
import { subtractMoney, sumMoney } from './money.ts';
import { movedBy } from './moved.ts';
import { orderState } from './orders.ts';
import { followRefunds } from './refunds.ts';
import { isPaidLike } from './statuses.ts';
import type {
  Details,
  Effect,
  Environment,
  MerchantEvent,
  Order,
  Payment,
  ProviderRules,
  RefundSeen,
  Status,
} from './types.ts';

/** Everything an event is rendered from; the payment as it is after the transition. */
export interface EventSource {
  readonly payment: Payment;
  /** As it is after the transition. */
  readonly order: Order | undefined;
  /** The payment in `order.paidBy`, where it is another one. */
  readonly claimant?: Payment | undefined;
  readonly environment: Environment;
  readonly rules: Pick<ProviderRules, 'namesRefunds'>;
  readonly previousStatus: Status | undefined;
  /** Of the message that caused it; in a notice they win over the joined ones. */
  readonly details: Details;
  readonly causedBy: readonly string[];
  readonly at: string;
}

/** What one effect is called, `n3#payment.refunded` (n = sequence) or `1#fulfil` (epoch), and what it is about. */
export interface EffectName {
  readonly name: string;
  readonly type: string;
  readonly sequence: number;
  readonly refund?: RefundSeen | undefined;
}

/** With what the merchant registered of it. */
function refundOf(
  { key, id, amount }: RefundSeen,
  { payment, rules }: EventSource,
): NonNullable<MerchantEvent['refund']> {
  const registered = followRefunds(payment, rules).find(({ seen }) => seen?.key === key);
  const known = amount ?? (registered && { amount: registered.amount, currency: registered.currency });
  return {
    ...defined({ reference: registered?.reference, id, amount: known }),
  };
}

function renderEvent({ name, type, sequence, refund }: EffectName, source: EventSource): MerchantEvent {
  const { payment, order, environment, previousStatus, details, causedBy, at } = source;
  const { reading, status } = payment;
  const amounts = movedBy(source);
  const returned = sumMoney(reading.returned);
  const [endUser, ...otherUsers] = payment.endUsers;
  return {
    schema: 1,
    id: effectId(payment.key, name),
    type,
    sequence,
    epoch: payment.grant.epoch,
    environment,
    test: payment.test,
    provider: payment.provider,
    account: payment.account,
    ...defined({ orderReference: payment.orderReference }),
    ...(order === undefined
      ? {}
      : { order: orderState(order, order.paidBy === payment.key ? payment : source.claimant) }),
    payment: payment.key,
    aliases: payment.aliases,
    // Two different end users are doubt, not information; the order's own is what the merchant told us.
    ...(endUser === undefined || otherUsers.length > 0 ? {} : { endUser }),
    status,
    ...defined({ previousStatus }),
    moved: amounts.moved,
    returned,
    net: subtractMoney(amounts.moved, returned),
    ...defined({ unexpected: reading.unexpected }),
    ...(refund === undefined ? {} : { refund: refundOf(refund, source) }),
    amountSource: amounts.source,
    goodwill: reading.goodwill,
    ...(payment.decisions.some(({ verdict }) => verdict === 'confirm')
      ? { confirmedBy: 'operator' as const }
      : {}),
    early: type === 'fulfil' && !isPaidLike(status),
    holds: payment.holds.map(({ reason }) => reason),
    details: detailsFor(type, payment, details),
    causedBy,
    occurredAt: at,
  };
}

export function makeEffect(name: EffectName, source: EventSource): Effect {
  const { payment, at } = source;
  const id = effectId(payment.key, name.name);
  const webhookId = webhookIdOf(id);
  return {
    id,
    payment: payment.key,
    name: name.name,
    type: name.type,
    epoch: payment.grant.epoch,
    sequence: name.sequence,
    state: 'pending',
    attempts: 0,
    event: renderEvent(name, source),
    ...(webhookId === id ? {} : { webhookId }),
    createdAt: at,
    updatedAt: at,
  };
}
