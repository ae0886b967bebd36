/** The single refunds in pingbacks and in the answers of Payment Status. A chargeback is not a refund. */
import { defined } from '../../payment/defined.ts';
import { compareDecimals, parseMoneyText, subtractMoney, sumMoney } from '../../payment/money.ts';
import type { Facts, Money, RefundSeen } from '../../payment/types.ts';
import type { NegativeReason } from './tables.ts';

/** A negative pingback of the facts. */
export interface Negative {
  readonly key: string;
  readonly reason: NegativeReason;
}

export interface RefundEvidence {
  readonly negatives: readonly Negative[];
  /** The amounts that Payment Status named: one, unless its answers contradict each other. */
  readonly amounts: readonly Money[];
  /** Payment Status says refunded, and no known partial refund explains it. */
  readonly refunded: boolean;
  readonly facts: Facts;
}

/** Key of a refund that is known only by the word "refunded" of Payment Status. */
const UNNAMED = 'unnamed';

const isWhole = ({ takes, status }: NegativeReason): boolean => takes === 'all' && status === 'refunded';

export function refundsOf({ negatives, amounts, refunded, facts }: RefundEvidence): readonly RefundSeen[] {
  const [paid, ...others] = amounts;
  const known = others.length > 0 ? undefined : paid;
  const seen = negatives
    .filter(({ reason }) => reason.takes === 'part' || isWhole(reason))
    .map(({ key }): RefundSeen => {
      const amount = amountOf(key, facts, known);
      return { key, id: idOf(key), ...defined({ amount }) };
    });
  // A fact that takes back the whole payment is what Payment Status means.
  const isExplained = negatives.some(({ reason }) => reason.takes === 'all');
  const all: readonly RefundSeen[] = refunded && !isExplained ? [...seen, { key: UNNAMED }] : seen;
  const parts = new Set(negatives.filter(({ reason }) => reason.takes === 'part').map(({ key }) => key));
  return all.map((refund) => {
    if (parts.has(refund.key) || refund.amount !== undefined || known === undefined) return refund;
    const rest = restOf(known, all, refund.key);
    return rest === undefined ? refund : { ...refund, amount: rest };
  });
}

/** The amount in the pingback. It has no currency of its own: the payment's is used once Payment Status named it. */
function amountOf(key: string, facts: Facts, paid: Money | undefined): Money | undefined {
  const [text] = facts[key]?.amounts ?? [];
  if (text === undefined) return undefined;
  const { amount, currency } = parseMoneyText(text);
  return { amount, currency: paid?.currency ?? currency };
}

/** The amount of a refund of the whole: all that the other refunds left. Undefined: not known. */
function restOf(paid: Money, all: readonly RefundSeen[], key: string): Money | undefined {
  const others = all.filter((each) => each.key !== key);
  if (others.some(({ amount }) => amount === undefined)) return undefined;
  const parts = sumMoney(others.flatMap(({ amount }) => (amount === undefined ? [] : [amount])));
  const rest = subtractMoney([paid], parts).find(({ currency }) => currency === paid.currency);
  return rest !== undefined && compareDecimals(rest.amount, '0') > 0 ? rest : undefined;
}

/**
 * The id in "negative/<type>/<reason>/<merchant_refund_id>/<amount>/<digest>"; without one, the digest of the signed
 * text.
 */
function idOf(key: string): string {
  const [, , , ...rest] = key.split('/');
  const digest = rest.at(-1) ?? '';
  const given = rest.slice(0, -2).join('/');
  return given !== '' ? given : digest !== '' ? digest : key.slice('negative/'.length);
}
