/** Each refund that pingbacks or Payment Status tell of. A chargeback is none. */
import { defined } from '../../payment/defined.ts';
import { compareDecimals, parseMoneyText, subtractMoney, sumMoney } from '../../payment/money.ts';
import type { Facts, Money, RefundSeen } from '../../payment/types.ts';
import type { NegativeReason } from './tables.ts';

interface Negative {
  readonly key: string;
  readonly reason: NegativeReason;
}

interface RefundEvidence {
  readonly negatives: readonly Negative[];
  /** The amounts that Payment Status named: one, unless it contradicts itself. */
  readonly amounts: readonly Money[];
  /** Payment Status says refunded, and no part is known that would explain it. */
  readonly refunded: boolean;
  readonly facts: Facts;
}

/** Known by the word "refunded" of Payment Status alone. */
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
  // Whatever took the payment back is what Payment Status means.
  const isExplained = negatives.some(({ reason }) => reason.takes === 'all');
  const all: readonly RefundSeen[] = refunded && !isExplained ? [...seen, { key: UNNAMED }] : seen;
  const parts = new Set(negatives.filter(({ reason }) => reason.takes === 'part').map(({ key }) => key));
  return all.map((refund) => {
    if (parts.has(refund.key) || refund.amount !== undefined || known === undefined) return refund;
    const rest = restOf(known, all, refund.key);
    return rest === undefined ? refund : { ...refund, amount: rest };
  });
}

/** A pingback's amount has no currency of its own: it is the payment's, once Payment Status named that. */
function amountOf(key: string, facts: Facts, paid: Money | undefined): Money | undefined {
  const [text] = facts[key]?.amounts ?? [];
  if (text === undefined) return undefined;
  const { amount, currency } = parseMoneyText(text);
  return { amount, currency: paid?.currency ?? currency };
}

/** What a refund of the whole gives back: all that the other refunds left. */
function restOf(paid: Money, all: readonly RefundSeen[], key: string): Money | undefined {
  const others = all.filter((each) => each.key !== key);
  if (others.some(({ amount }) => amount === undefined)) return undefined;
  const parts = sumMoney(others.flatMap(({ amount }) => (amount === undefined ? [] : [amount])));
  const rest = subtractMoney([paid], parts).find(({ currency }) => currency === paid.currency);
  return rest !== undefined && compareDecimals(rest.amount, '0') > 0 ? rest : undefined;
}

/** "negative/<type>/<reason>/<merchant_refund_id>/<amount>/<digest>": its id, else the digest of what was signed. */
function idOf(key: string): string {
  const [, , , ...rest] = key.split('/');
  const digest = rest.at(-1) ?? '';
  const given = rest.slice(0, -2).join('/');
  return given !== '' ? given : digest !== '' ? digest : key.slice('negative/'.length);
}
