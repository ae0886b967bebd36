/** `payments show`: refunds that the merchant registered, and what is still due to the shopper. */
import { matchRefunds, type RefundState, refundDueOf } from '../shared/payment/index.ts';
import type { Order, Payment } from '../shared/payment/types.ts';
import { providerOf } from '../shared/providers/index.ts';
import { bold, type Line, money, table, time } from './output.ts';

const STATES: Readonly<Record<RefundState, string>> = {
  asked: 'requested, no notification yet',
  sent: 'sent, as the provider reports',
  failed: 'FAILED: you still have the money',
};

const rulesOf = ({ provider }: Payment) => providerOf(provider).rules;

/** Undefined when nothing is due to the shopper. */
export function refundDueText(payment: Payment, order: Order | undefined): string | undefined {
  const found = refundDueOf(payment, order, rulesOf(payment));
  if (found === undefined) return undefined;
  const { due, underWay, isUnknown } = found;
  const left = isUnknown ? 'all of it; the amount is known to the provider only' : money(due) || 'nothing';
  return underWay.length === 0 ? left : `${left}, and ${money(underWay)} that was requested`;
}

export function refundLines(payment: Payment): readonly Line[] {
  const matched = matchRefunds(payment, rulesOf(payment));
  if (matched.length === 0) return [];
  const rows = matched.map(({ reference, amount, currency, state, id, seen, replaces, registeredAt }) => [
    reference,
    money([{ amount, currency }]),
    STATES[state],
    id ?? seen?.id ?? '-',
    replaces ?? '-',
    time(registeredAt),
  ]);
  const head = ['REFERENCE', 'AMOUNT', 'STATE', 'PROVIDER’S ID', 'REPLACES', 'REGISTERED (UTC)'];
  return ['', [bold('Refunds')], ...table(head, rows)];
}

export function refundsJson(payment: Payment, order: Order | undefined) {
  const refunds = matchRefunds(payment, rulesOf(payment)).map(({ seen, ...refund }) => ({
    ...refund,
    ...(seen === undefined ? {} : { seen: { id: seen.id, amount: seen.amount } }),
  }));
  const due = refundDueOf(payment, order, rulesOf(payment));
  return {
    refunds,
    ...(due === undefined
      ? {}
      : { owed: { owed: due.due, underWay: due.underWay, isUnknown: due.isUnknown } }),
  };
}
