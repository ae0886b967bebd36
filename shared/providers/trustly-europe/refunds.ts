/**
 * Each refund of a deposit that came under the deposit's own orderid. Nothing names a refund, and two methods may tell
 * of one (payoutconfirmation and debit): as many as the method that tells most, apart for each amount.
 */
import { moneyText } from '../../payment/money.ts';
import type { Money, RefundSeen } from '../../payment/types.ts';

interface Sent {
  /** "<method>/<notificationid>" */
  readonly key: string;
  readonly method: string;
  readonly money?: Money;
}

/** @param sent notifications of refunds that were sent, or that failed, in any order; both give equal keys */
export function refundsOf(sent: readonly Sent[]): readonly RefundSeen[] {
  const byAmount = Map.groupBy(sent, ({ money }) => (money === undefined ? '' : moneyText(money)));
  const amounts = [...byAmount].sort(([a], [b]) => (a < b ? -1 : 1));
  return amounts.flatMap(([amount, entries]) => refundsOfAmount(amount, entries));
}

function refundsOfAmount(amount: string, entries: readonly Sent[]): readonly RefundSeen[] {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  const methods = [...Map.groupBy(sorted, ({ method }) => method)].sort(([a], [b]) => (a > b ? -1 : 1));
  const many = Math.max(...methods.map(([, notice]) => notice.length));
  return Array.from({ length: many }, (_, index) => {
    // Of payoutconfirmation before that of debit.
    const notice = methods.map(([, each]) => each[index]).find((each) => each !== undefined);
    return {
      key: `${amount}#${index + 1}`,
      ...(notice === undefined ? {} : { id: notice.key.slice(notice.key.indexOf('/') + 1) }),
      ...(notice?.money === undefined ? {} : { amount: notice.money }),
    };
  });
}
