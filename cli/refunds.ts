/** `payments show`: refunds that the merchant registered, and what the shopper is still owed. */
import { followRefunds, owedOf, type RefundState } from '../shared/payment/index.ts';
import type { Order, Payment } from '../shared/payment/types.ts';
import { bold, type Line, money, table, time } from './output.ts';

const STATES: Readonly<Record<RefundState, string>> = {
  asked: 'asked for, nothing told of it yet',
  sent: 'sent, says the provider',
  failed: 'FAILED: the money is with you',
};

/** Undefined: nothing was promised. */
export function owedText(payment: Payment, order: Order | undefined): string | undefined {
  const found = owedOf(payment, order);
  if (found === undefined) return undefined;
  const { owed, underWay, isUnknown } = found;
  const left = isUnknown ? 'all of it; only the provider knows how much' : money(owed) || 'nothing';
  return underWay.length === 0 ? left : `${left}, beside ${money(underWay)} that was asked for`;
}

export function refundLines(payment: Payment): readonly Line[] {
  const followed = followRefunds(payment);
  if (followed.length === 0) return [];
  const rows = followed.map(({ reference, amount, currency, state, id, seen, replaces, registeredAt }) => [
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
  const refunds = followRefunds(payment).map(({ seen, ...refund }) => ({
    ...refund,
    ...(seen === undefined ? {} : { seen: { id: seen.id, amount: seen.amount } }),
  }));
  const owed = owedOf(payment, order);
  return { refunds, ...(owed === undefined ? {} : { owed }) };
}
