/**
 * Builds the events that the merchant receives. An event is fixed when its effect is created, so that every retry is
 * identical.
 */
import { defined } from './defined.ts';
import { detailsFor } from './details.ts';
import { effectId, webhookIdOf } from './keys.ts';
import { sumMoney } from './money.ts';
import { movedBy, netOf } from './moved.ts';
import { orderState } from './orders.ts';
import { matchRefunds } from './refunds.ts';
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

/** The input of an event. `payment` is the payment after the transition. */
export interface EventSource {
  readonly payment: Payment;
  /** The order after the transition. */
  readonly order: Order | undefined;
  /** The payment in `order.paidBy`, if it is not this one. */
  readonly claimant?: Payment | undefined;
  readonly environment: Environment;
  readonly rules: Pick<ProviderRules, 'namesRefunds'>;
  readonly previousStatus: Status | undefined;
  /** The details of the message that caused the effect. In a notice they override the joined details. */
  readonly details: Details;
  readonly causedBy: readonly string[];
  readonly at: string;
}

/**
 * The name of one effect, `n3#payment.refunded` (n = sequence) or `1#fulfil` (epoch), and the refund that it is about.
 */
export interface EffectName {
  readonly name: string;
  readonly type: string;
  readonly sequence: number;
  readonly refund?: RefundSeen | undefined;
}

/** The refund of the notice, completed with the merchant's registration of it. */
function refundOf(
  { key, id, amount }: RefundSeen,
  { payment, rules }: EventSource,
): NonNullable<MerchantEvent['refund']> {
  const registered = matchRefunds(payment, rules).find(({ seen }) => seen?.key === key);
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
    // Two different end users are a doubt, so neither is sent. The order's end user comes from the merchant anyway.
    ...(endUser === undefined || otherUsers.length > 0 ? {} : { endUser }),
    status,
    ...defined({ previousStatus }),
    moved: amounts.moved,
    returned,
    net: netOf(payment, amounts.moved),
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
