/** Which notification's details count where several name them (shared/payment/details.ts). */
import type { Standing } from '../../payment/types.ts';

/** Money that came, then what leads to it. */
const FOR: readonly string[] = ['credit', 'pending', 'account', 'kyc'];
/** What takes the money back or ends the order, then what became of a refund or payout. */
const AGAINST: readonly string[] = ['debit', 'cancel', 'payoutconfirmation', 'payoutfailed'];

/** @param isRefund the notification is about a refund of the payment under whose orderid it comes */
export function standingOf(method: string, isRefund: boolean): Standing {
  if (isRefund)
    return { side: 'against', rank: 10 + Math.max(0, AGAINST.indexOf(method)), describes: 'nothing' };
  const against = AGAINST.indexOf(method);
  if (against >= 0) return { side: 'against', rank: against, describes: 'all' };
  const rank = FOR.indexOf(method);
  return { side: 'for', rank: rank < 0 ? FOR.length : rank, describes: 'all' };
}
