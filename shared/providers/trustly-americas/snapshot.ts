/** What the API's latest answer about a transaction says (`confirmed/<id>/<version>`, written by api.ts). */
import { compareDecimals, moneyText, parseMoneyText, sumMoney } from '../../payment/money.ts';
import type { FactEntry, Facts, Money, Reading, Status } from '../../payment/types.ts';
import { AMERICAS_STATUSES, CONFIRMED, rowOf, type StatusRow } from './tables.ts';

const KIND = 'confirmed/';

export interface Snapshot {
  readonly key: string;
  /** Money came at some time: completed, and whatever may follow on it. */
  readonly moneyCame: boolean;
  /** The transaction's own amount, whether it moved or not. */
  readonly amount: readonly Money[];
  readonly paid: readonly Money[];
  readonly refunded: readonly Money[];
  readonly reversed: readonly Money[];
  /** Its sums say that money went back, whatever its status says. */
  readonly givenBack: readonly Status[];
  /** Completed, and it names a reversal: it was made after it, so the money came anew (representment). */
  readonly paidDespiteReversal: boolean;
  /** Two answers of one version that say different things. */
  readonly twofold: boolean;
}

export const NO_MONEY: Pick<Reading, 'moved' | 'returned'> = { moved: [], returned: [] };

/** The one with the highest version; versions are of fixed width, so the keys compare like numbers. */
export function latestSnapshot(facts: Facts): Snapshot | undefined {
  const latest = Object.entries(facts)
    .filter(([key]) => key.startsWith(KIND))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .at(-1);
  return latest === undefined ? undefined : readSnapshot(...latest);
}

/** The different sums of what was refunded, over all answers. */
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
  // Of a twofold answer no amount is believed, so any of its statuses will do below.
  const money = (texts: readonly string[]): readonly Money[] =>
    twofold ? [] : positive(texts.map(parseMoneyText));
  // `paid` left out: the transaction's own amount. "0.00" is an answer and not the same.
  const paid = money(sums.paid.length > 0 ? sums.paid : amounts);
  const [refunded, reversed] = [money(sums.refunded), money(sums.reversed)];
  const [status] = statuses;
  const completed = status === '4';
  return {
    key,
    amount: money(amounts),
    moneyCame: moneyCame(rowOf(AMERICAS_STATUSES, status)),
    paid,
    refunded,
    reversed,
    givenBack: completed ? givenBack(paid, refunded, reversed) : [],
    paidDespiteReversal: completed && reversed.length > 0,
    twofold,
  };
}

const moneyCame = (row: StatusRow | undefined): boolean =>
  row?.child === 'completed' || row?.payment === 'disputed' || row?.payment === 'reversed';

/** A part refunded and the rest reversed leave nothing either. */
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

/** Paid, and given back, as far as the API said. After a representment the reversed money has come again. */
export function moneyOf(
  snapshot: Snapshot | undefined,
  represented: boolean,
): Pick<Reading, 'moved' | 'returned'> {
  if (snapshot === undefined || !snapshot.moneyCame) return NO_MONEY;
  const { paid, refunded, reversed, paidDespiteReversal } = snapshot;
  const cameAgain = represented && paidDespiteReversal;
  return { moved: paid, returned: sumMoney([...refunded, ...(cameAgain ? [] : reversed)]) };
}

const positive = (sums: readonly Money[]): readonly Money[] =>
  sums.filter(({ amount }) => compareDecimals(amount, '0') > 0);
