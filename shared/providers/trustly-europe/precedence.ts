/** Ranks notifications: whose details count if several name them (shared/payment/details.ts). */
import type { Precedence } from '../../payment/types.ts';

/** Money that arrived, then what precedes it. */
const FOR: readonly string[] = ['credit', 'pending', 'account', 'kyc'];
/** What takes the money back or ends the order, then reports about a refund or payout. */
const AGAINST: readonly string[] = ['debit', 'cancel', 'payoutconfirmation', 'payoutfailed'];

/** The precedence of a notification. @param isRefund it is about a refund of the payment with this orderid */
export function precedenceOf(method: string, isRefund: boolean): Precedence {
  if (isRefund)
    return { side: 'against', rank: 10 + Math.max(0, AGAINST.indexOf(method)), describes: 'nothing' };
  const against = AGAINST.indexOf(method);
  if (against >= 0) return { side: 'against', rank: against, describes: 'all' };
  const rank = FOR.indexOf(method);
  return { side: 'for', rank: rank < 0 ? FOR.length : rank, describes: 'all' };
}
