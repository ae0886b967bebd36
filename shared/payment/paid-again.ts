/**
 * An order that is to be paid once, and that several payments have paid: which of them has its goods out, what of its
 * money is with the merchant, and who decided so. It stays to be seen after the decision, where nothing is held any more.
 */
import { defined } from './defined.ts';
import { compareDecimals, subtractMoney, sumMoney } from './money.ts';
import { movedBy } from './moved.ts';
import { type RefundDue, refundDueOf } from './refunds.ts';
import type { Grant, HoldReason, Money, Order, Payment, PaymentKey, ProviderRules } from './types.ts';

interface PaidAgainBy {
  readonly payment: PaymentKey;
  /** granted: its goods are out · revoked: they were taken back. */
  readonly goods: Grant['state'];
  /** Moved, less what was returned. */
  readonly kept: readonly Money[];
  /** Who released it although another payment had the order. Absent: nobody had to (it was the first, or a policy let it pass). */
  readonly decision?: { readonly by: string; readonly note: string; readonly at: string };
  /** What the shopper is still to get of it. Absent: nothing was promised. */
  readonly refundDue?: RefundDue;
}

export interface PaidAgain {
  readonly order: string;
  /** The first one first. */
  readonly payments: readonly PaidAgainBy[];
  /** How often the goods of this order are out. */
  readonly goodsOut: number;
  /** Of all these payments together. */
  readonly kept: readonly Money[];
  /** What the facts say that the shopper is still to get of all of them. Empty: nothing. */
  readonly due: readonly Money[];
}

const LETS_PAY_AGAIN: ReadonlySet<HoldReason | 'waiting'> = new Set([
  'order_already_paid',
  'order_payment_reversed',
]);

/** Payments that had or have the order, and those that were held on its account: `paidAgain` tells them apart. */
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
 * Undefined: one payment, or none, has paid it.
 * @param payments those of `paidAgainCandidates`; one whose row is gone may be missing
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
      kept: positive(subtractMoney(movedBy({ payment, order }).moved, payment.reading.returned)),
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

const positive = (sums: readonly Money[]): readonly Money[] =>
  sums.filter(({ amount }) => compareDecimals(amount, '0') > 0);
