/**
 * What an operator may do to a payment that is not settled and not held: confirm what was paid, after a check at the
 * provider, or reject it. No payment therefore waits for ever, whatever its provider does or can be asked.
 *
 * showPayment → waitingOf(payment).digest → confirmPayment | rejectPayment
 */
import { canonical, hasCurrencyForm, isDecimal } from '../../payment/index.ts';
import type { Money, PaymentKey } from '../../payment/types.ts';
import {
  applyDecision,
  checkOperatorNote,
  type DecisionResult,
  type OperateDeps,
  OperatorError,
  type OperatorNote,
} from './holds.ts';

export interface WaitingAnswer extends OperatorNote {
  readonly payment: PaymentKey;
  /** The digest of the state that the operator saw. The answer is refused if a message arrived since. */
  readonly digest: string;
}

export interface Confirmation extends WaitingAnswer {
  /** All that was paid, as the provider's back office or the bank statement shows it. */
  readonly paid: Money;
  /** The part of it that was returned. Absent: nothing. If it is all of it, the payment counts as refunded. */
  readonly returned?: Money;
}

/**
 * The sums count as evidence from now on, and the payment is compared with its order as usual.
 * @throws DecisionError, OperatorError, or an error of store or queue
 */
export async function confirmPayment(given: Confirmation, deps: OperateDeps): Promise<DecisionResult> {
  const { payment, digest } = given;
  const paid = sum('paid', given.paid);
  const returned = given.returned === undefined ? {} : { returned: sum('returned', given.returned) };
  const operatorNote = checkOperatorNote(given);
  return applyDecision(
    payment,
    { reason: 'waiting', digest, verdict: 'confirm', ...operatorNote, paid, ...returned },
    deps,
  );
}

/**
 * Final, like rejectHold: the merchant is asked to give back the money, and goods already given are revoked.
 * @throws DecisionError, OperatorError, or an error of store or queue
 */
export async function rejectPayment(given: WaitingAnswer, deps: OperateDeps): Promise<DecisionResult> {
  const { payment, digest } = given;
  return applyDecision(
    payment,
    { reason: 'waiting', digest, verdict: 'reject', ...checkOperatorNote(given) },
    deps,
  );
}

function sum(name: string, { amount, currency }: Money): Money {
  if (!isDecimal(amount) || !hasCurrencyForm(currency)) {
    throw new OperatorError(
      `${name}: found "${amount} ${currency}", allowed: a decimal and an ISO 4217 code, such as "902.50 EUR"`,
    );
  }
  return { amount: canonical(amount), currency };
}
