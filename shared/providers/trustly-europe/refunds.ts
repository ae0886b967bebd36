/**
 * The single refunds of a deposit that were reported under the deposit's own orderid. Nothing identifies a refund, and
 * two methods may report the same one (payoutconfirmation and debit): for each amount, there are as many refunds as the
 * method with the most notifications reports.
 */
import { defined } from '../../payment/defined.ts';
import { compareDecimals, moneyText } from '../../payment/money.ts';
import type { Money, RefundSeen } from '../../payment/types.ts';

interface Sent {
  /** "<method>/<notificationid>" */
  readonly key: string;
  readonly method: string;
  readonly money?: Money;
}

/**
 * @param sent notifications of refunds that were sent, or that failed, in any order; both give equal keys. One of zero is
 *   no refund
 */
export function refundsOf(sent: readonly Sent[]): readonly RefundSeen[] {
  const refunds = sent.filter(({ money }) => money === undefined || compareDecimals(money.amount, '0') > 0);
  const byAmount = Map.groupBy(refunds, ({ money }) => (money === undefined ? '' : moneyText(money)));
  const amounts = [...byAmount].sort(([a], [b]) => (a < b ? -1 : 1));
  return amounts.flatMap(([amount, entries]) => refundsOfAmount(amount, entries));
}

function refundsOfAmount(amount: string, entries: readonly Sent[]): readonly RefundSeen[] {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  const methods = [...Map.groupBy(sorted, ({ method }) => method)].sort(([a], [b]) => (a > b ? -1 : 1));
  const many = Math.max(...methods.map(([, notice]) => notice.length));
  return Array.from({ length: many }, (_, index) => {
    // The notification of payoutconfirmation before that of debit.
    const notice = methods.map(([, each]) => each[index]).find((each) => each !== undefined);
    return {
      key: `${amount}#${index + 1}`,
      ...defined({ id: notice?.key.slice(notice.key.indexOf('/') + 1), amount: notice?.money }),
    };
  });
}
