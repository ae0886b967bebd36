/** `payments show --json`: an allow-list, so that a future field (or a person's data) is not printed by accident. */
import type { Moment, PaymentView } from '../shared/app/operator/views.ts';
import { defined } from '../shared/payment/defined.ts';
import { stateOfOrder } from '../shared/payment/index.ts';
import type { Details, Order, Payment } from '../shared/payment/types.ts';
import { paidAgainJson } from './paid-again.ts';
import { refundsJson } from './refunds.ts';

export const picked = <T extends object, K extends keyof T>(value: T, names: readonly K[]): Pick<T, K> =>
  Object.fromEntries(
    names.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]),
  ) as Pick<T, K>;

const PAYMENT = [
  ...(['key', 'provider', 'account', 'id', 'status', 'reading', 'holds', 'grant', 'orderReference'] as const),
  ...(['test', 'facts', 'aliases', 'conflicts', 'decisions', 'sequence', 'version'] as const),
  ...(['firstSeenAt', 'updatedAt'] as const),
] as const satisfies readonly (keyof Payment)[];

/** Details without the bank account and free text. */
const DETAILS = [
  ...(['eventType', 'goods', 'coins', 'subscription', 'code', 'errorCode', 'reasonCode'] as const),
  ...(['suggestedRetryAmount', 'paymentType', 'transactionType', 'parentId'] as const),
] as const satisfies readonly (keyof Details)[];

const ORDER = [
  ...(['reference', 'kind', 'amounts', 'use', 'validUntil', 'provider', 'account', 'fulfilled'] as const),
  ...(['instalments', 'paidBy', 'paidBefore', 'contenders', 'version', 'registeredAt'] as const),
] as const satisfies readonly (keyof Order)[];

export const EFFECT_FIELDS = [
  ...(['id', 'name', 'type', 'epoch', 'sequence', 'state', 'attempts', 'redeliveries'] as const),
  ...(['leaseUntil', 'notBefore', 'lastFailure', 'createdAt', 'updatedAt'] as const),
] as const satisfies readonly (keyof Extract<Moment, { what: 'effect' }>['effect'])[];

export function paymentJson({ payment, order, advice, paidAgain, questions, timeline, more }: PaymentView) {
  return {
    payment: {
      ...picked(payment, PAYMENT),
      // The number only: it shows whether they were erased.
      endUsers: payment.endUsers.length,
      details: picked(payment.details, DETAILS),
    },
    ...(advice.length === 0 ? {} : { advice }),
    ...refundsJson(payment, order),
    ...paidAgainJson(paidAgain),
    ...(order === undefined ? {} : { order: orderJson(order) }),
    ...defined({ questions }),
    timeline: timeline.map(momentJson),
    more,
  };
}

export const orderJson = (order: Order) => ({ ...picked(order, ORDER), state: stateOfOrder(order) });

function momentJson(moment: Moment) {
  if (moment.what !== 'effect') return moment;
  const { at, what, effect } = moment;
  return { at, what, effect: picked(effect, EFFECT_FIELDS) };
}
