/**
 * Decides which credits of an incoming order are the payment. A failed refund comes back as a `credit` with the
 * deposit's own orderid (docs/protocols/trustly-europe-fields.md#meaning-by-kind-of-order), and looks like new money.
 * One credit is therefore the payment: the largest, since a refund is never larger than what it refunds. A further one
 * counts only if the order expects instalments; if a known refund explains it, it is that refund coming back; any other
 * is `unexpected_credit` and adds nothing.
 */
import {
  addDecimals,
  amountIn,
  compareDecimals,
  positiveMoney,
  subtractDecimals,
  sumMoney,
} from '../../payment/money.ts';
import type { AmountTerm, Doubt, Money, ReadContext } from '../../payment/types.ts';
import { type Entry, sumOf, withRole } from './entries.ts';
import type { MethodName } from './fields.ts';

export interface Attribution {
  /** The money of the payment. */
  readonly counted: readonly Money[];
  /** Credited beside it, and neither a payment nor a known refund. */
  readonly unexpected: readonly Money[];
  /** Debits of money that is not counted: they take nothing from the payment. */
  readonly settled: readonly Money[];
  /** Credits that are failed refunds coming back, not payments. */
  readonly refundsReturned: readonly Money[];
  /** The same credits, singly. */
  readonly returnedCredits: readonly Entry[];
  readonly doubts: readonly Doubt[];
}

interface Judgement {
  readonly returned: readonly Entry[];
  readonly counted: string;
  readonly refundsReturned: string;
  /** Credited twice and taken back once, where instalments are expected: neither counts. */
  readonly surplus: string;
  readonly isDoubtful: boolean;
}

const NOTHING: Judgement = {
  returned: [],
  counted: '0',
  refundsReturned: '0',
  surplus: '0',
  isDoubtful: false,
};

export function attributeCredits(entries: readonly Entry[], context: ReadContext): Attribution {
  const credits = withRole(entries, 'received');
  const pulledBack = sumOf(withRole(entries, 'pulled_back'));
  const sums = sumOf(credits);
  const attributed = sums.map((sum) => {
    const judged = judgeCurrency(sum, sums, entries, context);
    const uncounted = subtractDecimals(subtractDecimals(sum.amount, judged.counted), judged.refundsReturned);
    const settled = settledBy(amountIn(pulledBack, sum.currency), uncounted, judged);
    return { ...sum, ...judged, settled, unexpected: subtractDecimals(uncounted, settled) };
  });
  const isGone = ({ amount, currency, refundsReturned }: (typeof attributed)[number]): boolean =>
    compareDecimals(amountIn(pulledBack, currency), subtractDecimals(amount, refundsReturned)) >= 0;
  const doubtful = attributed.filter((each) => each.isDoubtful && !isGone(each));
  const evidence = credits
    // Beside others, a credit without an amount cannot be attributed at all.
    .filter(({ money }) =>
      money === undefined ? credits.length > 1 : doubtful.some(({ currency }) => currency === money.currency),
    )
    .map(({ key }) => key)
    .sort();
  const each = (name: 'counted' | 'unexpected' | 'refundsReturned' | 'settled'): readonly Money[] =>
    positiveMoney(sumMoney(attributed.map(({ currency, [name]: amount }) => ({ amount, currency }))));
  return {
    counted: each('counted'),
    unexpected: each('unexpected'),
    settled: each('settled'),
    refundsReturned: each('refundsReturned'),
    returnedCredits: attributed.flatMap(({ returned }) => returned),
    doubts: evidence.length === 0 ? [] : [{ reason: 'unexpected_credit', evidence }],
  };
}

/**
 * The debits of money that is not counted. A debit takes the payment first; only the part beyond it can be about
 * another credit.
 */
function settledBy(pulledBack: string, uncounted: string, { counted, surplus }: Judgement): string {
  const rest = larger(subtractDecimals(pulledBack, counted), '0');
  return larger(surplus, smaller(rest, uncounted));
}

/** Judges the credits of one currency. @param sum their sum. @param sums those of every currency that was credited */
function judgeCurrency(
  sum: Money,
  sums: readonly Money[],
  entries: readonly Entry[],
  context: ReadContext,
): Judgement {
  const { currency } = sum;
  const wanted = sums.filter((each) => termOf(context.amounts, each.currency) !== undefined);
  // Money in a currency that the order does not name, beside money in one that it names.
  if (wanted.length > 0 && !wanted.includes(sum)) return { ...NOTHING, isDoubtful: true };
  if (context.instalments === true) return judgeInstalments(sum, entries, context);
  const [payment, ...further] = creditsIn(currency, entries);
  const counted = payment?.money.amount ?? '0';
  if (mayBePayout(entries, context)) return { ...NOTHING, counted, isDoubtful: true };
  const returned = matchingRefunds(further, refundsIn(currency, entries, context));
  // With two currencies it is unknown which credit is the payment.
  const isOne = sums.length === 1 || (wanted.length === 1 && wanted.includes(sum));
  return {
    ...NOTHING,
    counted,
    returned,
    refundsReturned: amountIn(sumOf(returned), currency),
    isDoubtful: returned.length < further.length || !isOne,
  };
}

/**
 * Up to the amount that the order expects, all credits are the payment, except those that bring back a refund which a
 * notification reports as failed: that notification adds its amount already.
 */
function judgeInstalments(
  { amount, currency }: Money,
  entries: readonly Entry[],
  context: ReadContext,
): Judgement {
  const credits = creditsIn(currency, entries);
  const back = returnsAmong(credits, amountsOf(withRole(entries, 'refund_failed'), currency));
  const isAlone = credits.length - back.length <= 1;
  const refundsBack = amountIn(sumOf(back), currency);
  const known = exceeding(refundsIn(currency, entries, context), amountsOf(back, currency));
  const refunds = amountIn(total(known, currency), currency);
  const came = subtractDecimals(amount, refundsBack);
  const judged = { ...NOTHING, returned: back, refundsReturned: refundsBack };
  // One credit may be a refund that came back: the remaining amount is the same in both readings, the received one is
  // not.
  const mayReturn = !isAlone && compareDecimals(refunds, '0') > 0;
  // Or it was an instalment and the refund is still to come back: only a sum that fits the order decides.
  const paid = { ...judged, counted: came, isDoubtful: mayReturn || back.length > 0 };
  const term = termOf(context.amounts, currency);
  if (term === undefined) return { ...paid, isDoubtful: paid.isDoubtful || !isAlone };
  if ('open' in term) return paid;
  const expected = 'exact' in term ? term.exact : term.max;
  const excess = subtractDecimals(came, expected);
  if (compareDecimals(excess, '0') === 0) return { ...paid, isDoubtful: mayReturn };
  if (isAlone || compareDecimals(excess, '0') < 0) return paid;
  const pulledBack = amountIn(sumOf(withRole(entries, 'pulled_back')), currency);
  const isPulledBack = compareDecimals(excess, pulledBack) === 0;
  // A refund comes back as a whole: if credits of its amount equal the excess, they are it; otherwise it is unknown.
  const others = credits.filter((credit) => !back.includes(credit));
  const mayBeReturns = matchingRefunds(others, known);
  const returned = [mayBeReturns, ...mayBeReturns.map((each) => [each])].find(
    (credits) => compareDecimals(amountIn(sumOf(credits), currency), excess) === 0,
  );
  if (returned === undefined)
    return isPulledBack ? { ...judged, counted: expected, surplus: excess } : { ...paid, isDoubtful: true };
  return {
    ...judged,
    // The debit may have taken the surplus, too: then the refunds did not come back.
    isDoubtful: isPulledBack,
    returned: [...back, ...returned],
    counted: expected,
    refundsReturned: addDecimals(refundsBack, excess),
  };
}

const termOf = (terms: readonly AmountTerm[] | undefined, currency: string): AmountTerm | undefined =>
  terms?.find((each) => each.currency === currency);

const PAYOUT_NOTICES: ReadonlySet<MethodName> = new Set(['payoutconfirmation', 'payoutfailed']);

/**
 * For an unregistered order, a credit beside a payout's notifications may be that payout's money coming back. Not if
 * the merchant registered a refund: only a payment is refunded, so the notifications are the refund's.
 */
const mayBePayout = (
  entries: readonly Entry[],
  { orderKind, inboundOnly, refunds = [] }: ReadContext,
): boolean =>
  orderKind === undefined &&
  inboundOnly !== true &&
  refunds.length === 0 &&
  entries.some(({ method }) => PAYOUT_NOTICES.has(method));

type Credit = Entry & { readonly money: Money };

/** The largest first; a credit of zero is ignored. */
const creditsIn = (currency: string, entries: readonly Entry[]): readonly Credit[] =>
  withRole(entries, 'received')
    .filter((entry): entry is Credit => entry.money !== undefined)
    .filter(({ money }) => money.currency === currency && compareDecimals(money.amount, '0') > 0)
    .sort((a, b) => compareDecimals(b.money.amount, a.money.amount) || (a.key < b.key ? -1 : 1));

/** The credits that are known refunds coming back. Each uses up one refund of its amount. */
function matchingRefunds(credits: readonly Credit[], refunds: readonly string[]): readonly Credit[] {
  const left = [...refunds];
  return credits.filter(({ money }) => {
    const at = left.findIndex((amount) => compareDecimals(amount, money.amount) === 0);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/**
 * Returns the credits of instalments that are failed refunds coming back. A refund is never larger than what is left
 * without it, but it may be larger than each instalment.
 */
function returnsAmong(credits: readonly Credit[], failed: readonly string[]): readonly Credit[] {
  let back = matchingRefunds(credits, failed);
  for (let [largest] = back; largest !== undefined; [largest] = back) {
    const rest = sumOf(credits.filter((credit) => !back.includes(credit)));
    if (compareDecimals(amountIn(rest, largest.money.currency), largest.money.amount) >= 0) break;
    back = back.slice(1);
  }
  return back;
}

/** The amounts of the entries that name one; a credit of zero is ignored. */
const amountsOf = (entries: readonly Entry[], wanted: string): string[] =>
  entries.flatMap(({ money }) =>
    money?.currency === wanted && compareDecimals(money.amount, '0') > 0 ? [money.amount] : [],
  );

const total = (amounts: readonly string[], currency: string): readonly Money[] =>
  sumMoney(amounts.map((amount) => ({ amount, currency })));

/**
 * Amounts of the known refunds, each once. The merchant's registration and the notifications of its sending and its
 * failure are about the same refund, so for each amount the source that names it most often counts.
 */
function refundsIn(currency: string, entries: readonly Entry[], { refunds = [] }: ReadContext): string[] {
  const notices = (['refund_sent', 'refund_failed'] as const).flatMap((role) => withRole(entries, role));
  const methods = [...new Set(notices.map(({ method }) => method))];
  const sources = [
    refunds.filter((refund) => refund.currency === currency).map(({ amount }) => amount),
    ...methods.map((method) =>
      amountsOf(
        notices.filter((entry) => entry.method === method),
        currency,
      ),
    ),
  ];
  const known: string[] = [];
  for (const source of sources) known.push(...exceeding(source, known));
  return known;
}

/** The amounts in `amounts` that exceed those in `known`, counted per amount. */
function exceeding(amounts: readonly string[], known: readonly string[]): readonly string[] {
  const left = [...known];
  return amounts.filter((amount) => {
    const at = left.findIndex((each) => compareDecimals(each, amount) === 0);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function larger(a: string, b: string): string {
  return compareDecimals(a, b) >= 0 ? a : b;
}

function smaller(a: string, b: string): string {
  return compareDecimals(a, b) <= 0 ? a : b;
}
