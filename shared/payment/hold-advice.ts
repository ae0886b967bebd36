/** For each hold of a payment: the effect of each answer on its money and goods, and the advised answer. */
import { defined } from './defined.ts';
import { HOLD_EXPLAINED, type HoldExplained } from './explained.ts';
import { cannotRelease } from './holds.ts';
import type { Hold, HoldReason, Order, Payment, PaymentKey } from './types.ts';

export interface HoldAdvice extends Hold, HoldExplained {
  /** What else is to be known, below docs/: "runbooks/held-payments.md". */
  readonly runbook: string;
  /** The other payment that the hold is about: the one that has or had the claim on the order. Absent: none. */
  readonly other?: PaymentKey;
}

type Advisable = Pick<Payment, 'key' | 'holds' | 'grant' | 'reading' | 'status' | 'conflicts'>;
type Answers = Pick<HoldExplained, 'advised' | 'why' | 'release' | 'reject'>;

/** Reasons of holds that are about the payment in `order.paidBy`. */
const ABOUT_ANOTHER: ReadonlySet<HoldReason> = new Set(['order_already_paid', 'order_payment_reversed']);

/**
 * The advice for each hold of the payment, in the order of the holds. @param order undefined: there is none, or it was
 * not read; `other` is then absent
 */
export const holdAdvice = (payment: Advisable, order?: Pick<Order, 'paidBy'>): readonly HoldAdvice[] =>
  payment.holds.map((hold): HoldAdvice => {
    const { title, says } = HOLD_EXPLAINED[hold.reason];
    const { release, ...rest } = answersTo(hold.reason, payment);
    return {
      ...hold,
      title,
      says,
      ...rest,
      runbook: runbookOf(hold),
      ...defined({ release, other: otherPayment(hold, payment.key, order) }),
    };
  });

const runbookOf = ({ reason }: Hold): string =>
  reason === 'conflicting_duplicate' ? 'runbooks/conflicting-duplicates.md' : 'runbooks/held-payments.md';

/** The payment in `order.paidBy` that the hold is about. Undefined: the hold is about this payment alone. */
export function otherPayment(
  { reason }: Pick<Hold, 'reason'>,
  key: PaymentKey,
  order: Pick<Order, 'paidBy'> | undefined,
): PaymentKey | undefined {
  const { paidBy } = order ?? {};
  return ABOUT_ANOTHER.has(reason) && paidBy !== key ? paidBy : undefined;
}

function answersTo(reason: HoldReason, payment: Advisable): Answers {
  const answers = ofDirection(HOLD_EXPLAINED[reason], payment);
  const refusal = cannotRelease(reason, payment);
  if (refusal === undefined) return answers;
  const { advised: _, why, release: __, ...rest } = answers;
  const isKnown = HOLD_EXPLAINED[reason].release === undefined;
  return { advised: 'reject', why: isKnown ? why : `It is the only answer: ${refusal}.`, ...rest };
}

function ofDirection(usual: Answers, { reading, grant }: Advisable): Answers {
  if (reading.kind !== 'payment') {
    return {
      ...usual,
      release: 'It counts as its status says. This moves no money and no goods.',
      reject: 'Payhooks ignores it from then on. This moves no money and no goods.',
    };
  }
  if (reading.direction === 'out') {
    return {
      advised: 'none',
      why: 'Compare it with what you registered. Your answer does not stop the money: only the provider can.',
      release: 'You accept the money that you sent as it is.',
      reject: 'Your shop is told that you refuse it. The money is not stopped by that.',
    };
  }
  if (grant.state !== 'granted') return usual;
  return {
    ...usual,
    release: 'You keep the money, and the goods that were given stay given.',
    reject: 'The goods that were given are taken back, and your shop is told to give the money back.',
  };
}
