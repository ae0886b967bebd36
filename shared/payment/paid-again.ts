/**
 * A `once` order that several payments have paid: which of them have their goods out, how much of their money is with
 * the merchant, and who released them. It stays visible after the release, when the payments are no longer held.
 */
import { defined } from './defined.ts';
import { positiveMoney, subtractMoney, sumMoney } from './money.ts';
import { movedBy } from './moved.ts';
import { type RefundDue, refundDueOf } from './refunds.ts';
import type { Grant, HoldReason, Money, Order, Payment, PaymentKey, ProviderRules } from './types.ts';

interface PaidAgainBy {
  readonly payment: PaymentKey;
  /** granted: the goods are out. revoked: they were taken back. */
  readonly goods: Grant['state'];
  /** What moved, less what was returned. */
  readonly kept: readonly Money[];
  /**
   * Who released the payment although another one had the order. Absent: no release was needed (it was the first
   * payment, or the policy allowed it).
   */
  readonly decision?: { readonly by: string; readonly note: string; readonly at: string };
  /** What the shopper must still get back of this payment. Absent: nothing was promised. */
  readonly refundDue?: RefundDue;
}

export interface PaidAgain {
  readonly order: string;
  /** In the order of `firstSeenAt`. */
  readonly payments: readonly PaidAgainBy[];
  /** For how many of the payments the goods are out. */
  readonly goodsOut: number;
  /** The sum of `kept` over all these payments. */
  readonly kept: readonly Money[];
  /** What the shopper must still get back, by the facts, over all these payments. Empty: nothing. */
  readonly due: readonly Money[];
}

const LETS_PAY_AGAIN: ReadonlySet<HoldReason | 'waiting'> = new Set([
  'order_already_paid',
  'order_payment_reversed',
]);

/** Payments that have or had the claim, and those that were held because of it. `paidAgain` selects from them. */
export const paidAgainCandidates = ({
  paidBy,
  paidBefore = [],
  contenders = [],
}: Order): readonly PaymentKey[] => [
  ...new Set([...paidBefore, ...(paidBy === undefined ? [] : [paidBy]), ...contenders]),
];

const decisionOf = ({ decisions }: Payment) =>
  decisions.findLast(({ reason, verdict }) => verdict === 'release' && LETS_PAY_AGAIN.has(reason));

/**
 * Undefined: at most one payment has paid the order.
 * @param payments the payments of `paidAgainCandidates`; one whose row is gone may be missing
 */
export function paidAgain(
  order: Order | undefined,
  payments: readonly Payment[],
  rulesOf: (payment: Payment) => Pick<ProviderRules, 'namesRefunds'>,
): PaidAgain | undefined {
  if (order === undefined || order.use !== 'once') return undefined;
  const claimants = new Set([...(order.paidBefore ?? []), order.paidBy]);
  const paying = payments
    .filter((each) => claimants.has(each.key) || decisionOf(each) !== undefined)
    .sort((a, b) => (a.firstSeenAt < b.firstSeenAt ? -1 : 1));
  if (paying.length < 2) return undefined;
  const each = paying.map((payment): PaidAgainBy => {
    const made = decisionOf(payment);
    return {
      payment: payment.key,
      goods: payment.grant.state,
      kept: positiveMoney(subtractMoney(movedBy({ payment, order }).moved, payment.reading.returned)),
      ...defined({
        decision: made === undefined ? undefined : { by: made.by, note: made.note, at: made.at },
        refundDue: refundDueOf(payment, order, rulesOf(payment)),
      }),
    };
  });
  return {
    order: order.reference,
    payments: each,
    goodsOut: each.filter(({ goods }) => goods === 'granted').length,
    kept: sumMoney(each.flatMap(({ kept }) => kept)),
    due: sumMoney(each.flatMap(({ refundDue }) => refundDue?.due ?? [])),
  };
}
