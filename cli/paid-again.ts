/** `payments show`, `orders show`: an order that should be paid once, and was paid by several payments. */
import { GOODS_EXPLAINED } from '../shared/payment/explained.ts';
import type { PaidAgain } from '../shared/payment/index.ts';
import { bold, type Line, money, table, time } from './output.ts';

export function paidAgainLines(paidAgain: PaidAgain | undefined): readonly Line[] {
  if (paidAgain === undefined) return [];
  const rows = paidAgain.payments.map(({ payment, goods, kept, decision }) => [
    payment,
    GOODS_EXPLAINED[goods],
    money(kept) || '-',
    decision === undefined ? '-' : `${time(decision.at)} by ${decision.by}: ${decision.note}`,
  ]);
  return [
    '',
    [bold('Paid more than once')],
    ...table(['PAYMENT', 'GOODS', 'MONEY YOU HAVE', 'RELEASED'], rows),
    ...paidAgainSentences(paidAgain),
  ];
}

/** The member of a JSON answer, with its sentences; no member when the order was paid once. */
export const paidAgainJson = (paidAgain: PaidAgain | undefined) =>
  paidAgain === undefined ? {} : { paidAgain: { ...paidAgain, says: paidAgainSentences(paidAgain) } };

function paidAgainSentences({ goodsOut, kept, due }: PaidAgain): readonly string[] {
  const given = ['not given', 'given once', 'given twice'][goodsOut] ?? `given ${goodsOut} times`;
  const all = money(kept);
  return [
    `The goods of this order are ${given}${all === '' ? '' : `, and you have ${all} of the shopper`}.`,
    due.length > 0
      ? `Still due to the shopper: ${money(due)}.`
      : goodsOut > 1
        ? 'Nothing is recorded as due to the shopper, because an operator decided to keep both payments. To give one back, refund it at the provider and register the refund.'
        : 'Nothing is recorded as due to the shopper.',
  ];
}
