/** The content of the API's latest answer about a transaction (`confirmed/<id>/<version>`, written by api.ts). */
import { compareDecimals, moneyText, parseMoneyText, positiveMoney, sumMoney } from '../../payment/money.ts';
import type { FactEntry, Facts, Money, Reading, Status } from '../../payment/types.ts';
import { AMERICAS_STATUSES, CONFIRMED, rowOf, type StatusRow } from './tables.ts';

const KIND = 'confirmed/';

export interface Snapshot {
  readonly key: string;
  /** Money arrived at some time: the status is completed or a later one. */
  readonly moneyArrived: boolean;
  /** The transaction's own amount, whether it moved or not. */
  readonly amount: readonly Money[];
  readonly paid: readonly Money[];
  readonly refunded: readonly Money[];
  readonly reversed: readonly Money[];
  /** Statuses that follow from returned money in its sums, whatever its own status. */
  readonly givenBack: readonly Status[];
  /**
   * Completed, and with a reversed sum: the answer is from after the reversal, so the money came again (representment).
   */
  readonly paidDespiteReversal: boolean;
  /** Completed, and it names zero as what was paid. */
  readonly paidNothing: boolean;
  /** Two answers of one version have different content. */
  readonly twofold: boolean;
}

export const NO_MONEY: Pick<Reading, 'moved' | 'returned'> = { moved: [], returned: [] };

/** The snapshot with the highest version. Versions have a fixed width, so the keys sort like numbers. */
export function latestSnapshot(facts: Facts): Snapshot | undefined {
  const latest = Object.entries(facts)
    .filter(([key]) => key.startsWith(KIND))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .at(-1);
  return latest === undefined ? undefined : readSnapshot(...latest);
}

/** The different sums of refunded money, over all answers. */
export function refundedSums(facts: Facts): readonly string[] {
  const sums = Object.entries(facts)
    .filter(([key]) => key.startsWith(KIND))
    .flatMap(([key, entry]) => readSnapshot(key, entry).refunded.map(moneyText));
  return [...new Set(sums)].sort();
}

function readSnapshot(key: string, { codes, amounts }: FactEntry): Snapshot {
  const valuesOf = (name: string): string[] =>
    codes.filter((code) => code.startsWith(`${name}:`)).map((code) => code.slice(name.length + 1));
  const statuses = valuesOf(CONFIRMED);
  const sums = { paid: valuesOf('paid'), refunded: valuesOf('refunded'), reversed: valuesOf('reversed') };
  const twofold = [statuses, amounts, ...Object.values(sums)].some((values) => values.length > 1);
  // No amount of a twofold answer is used, so it does not matter which of its statuses is taken below.
  const money = (texts: readonly string[]): readonly Money[] =>
    twofold ? [] : positiveMoney(texts.map(parseMoneyText));
  // Without `paid`: the transaction's own amount. "0.00" is an answer of its own.
  const paid = money(sums.paid.length > 0 ? sums.paid : amounts);
  const [refunded, reversed] = [money(sums.refunded), money(sums.reversed)];
  const [status] = statuses;
  const completed = status === '4';
  return {
    key,
    amount: money(amounts),
    moneyArrived: moneyArrived(rowOf(AMERICAS_STATUSES, status)),
    paid,
    refunded,
    reversed,
    givenBack: completed ? givenBack(paid, refunded, reversed) : [],
    paidDespiteReversal: completed && reversed.length > 0,
    paidNothing: completed && !twofold && paid.length === 0 && (sums.paid.length > 0 || amounts.length > 0),
    twofold,
  };
}

const moneyArrived = (row: StatusRow | undefined): boolean =>
  row?.child === 'completed' || row?.payment === 'disputed' || row?.payment === 'reversed';

/** The statuses that the sums imply. A partial refund and a reversal of the rest together leave nothing either. */
function givenBack(
  paid: readonly Money[],
  refunded: readonly Money[],
  reversed: readonly Money[],
): readonly Status[] {
  const gone = reversed.length === 0 ? [] : sumMoney([...refunded, ...reversed]);
  return [...backAs('refunded', refunded, paid), ...backAs('reversed', gone, paid)];
}

function backAs(
  allOfIt: 'refunded' | 'reversed',
  [back]: readonly Money[],
  [whole]: readonly Money[],
): readonly Status[] {
  if (back === undefined) return [];
  const part = whole !== undefined && compareDecimals(back.amount, whole.amount) < 0;
  return [part ? 'partially_refunded' : allOfIt];
}

/** The paid and the returned money, as far as the API said. After a representment the reversed money has come again. */
export function moneyOf(
  snapshot: Snapshot | undefined,
  represented: boolean,
): Pick<Reading, 'moved' | 'returned'> {
  if (snapshot === undefined || !snapshot.moneyArrived) return NO_MONEY;
  const { paid, refunded, reversed, paidDespiteReversal } = snapshot;
  const cameAgain = represented && paidDespiteReversal;
  return { moved: paid, returned: sumMoney([...refunded, ...(cameAgain ? [] : reversed)]) };
}
