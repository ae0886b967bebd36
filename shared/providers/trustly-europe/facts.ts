/**
 * What status follows from an order's facts. A pure function of the set: no order of arrival, no clock. Money is
 * a balance per currency, never netted across currencies (tables.ts says what each notification adds to it).
 */
import {
  compareDecimals,
  parseMoneyText,
  subtractDecimals,
  subtractMoney,
  sumMoney,
} from '../../payment/money.ts';
import type { AmountTerm, Doubt, Facts, Money, OrderKind, Reading, Status } from '../../payment/types.ts';
import { isKnownMethod, type MethodName } from './fields.ts';
import {
  ANSWERED,
  CANCEL_REASONS,
  ENDED_PRECEDENCE,
  MEANINGS,
  type MeaningRow,
  REFUND_FLAG_MEANINGS,
  REFUSED_DEBIT_MEANING,
  RESTORE,
  type Role,
} from './tables.ts';

export interface ReadContext {
  readonly orderKind: OrderKind | undefined;
  /** What the order expects; tells a second instalment from money that nobody expects. */
  readonly amounts?: readonly AmountTerm[] | undefined;
  /** The account never pays out: without an order, payout notices are of refunds. */
  readonly inboundOnly?: boolean | undefined;
}

interface Entry {
  readonly key: string;
  readonly method: MethodName;
  readonly role: Role;
  readonly codes: readonly string[];
  /** Absent: the notification named no amount. */
  readonly money?: Money;
}

export function readFacts(facts: Facts, context: ReadContext): Reading {
  const kind = context.orderKind ?? kindByEvidence(facts);
  const entries = entriesOf(facts, kind ?? 'payment');
  // Without an order the core decides by its policy; until then everything that is not plainly a payout counts as
  // a payment in, the reading in which a debit or a cancel can only take away.
  const read = (kind ?? 'payment') === 'payment' ? readIncoming(entries, context) : readOutgoing(entries);
  return {
    kind: 'payment',
    ...read,
    ...(kind === undefined ? {} : { orderKind: kind }),
    goodwill: false,
    doubts: [...read.doubts, ...contradictoryEntries(facts)],
    announcements: [
      ...read.announcements,
      ...announced(entries, 'account', 'account.received'),
      ...announcedOf(
        entries.filter(({ codes }) => codes.includes(RESTORE)),
        'balance.restore',
      ),
    ],
  };
}

type Side = Pick<Reading, 'direction' | 'status' | 'moved' | 'returned' | 'doubts' | 'announcements'>;

/** Payout notices without a credit are a payout; a credit or pending is a payment; a debit alone may be either. */
function kindByEvidence(facts: Facts): OrderKind | undefined {
  const methods = new Set(Object.keys(facts).map((key) => splitKey(key).method));
  if (methods.has('credit')) return 'payment';
  if (methods.has('payoutconfirmation') || methods.has('payoutfailed')) return 'payout';
  return methods.has('pending') ? 'payment' : undefined;
}

/** "<method>/<notificationid>", as notification.ts writes it. */
function splitKey(key: string): { readonly method: string; readonly id: string } {
  const slash = key.indexOf('/');
  return { method: key.slice(0, slash), id: key.slice(slash + 1) };
}

function entriesOf(facts: Facts, kind: OrderKind): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [key, { codes, amounts }] of Object.entries(facts)) {
    const { method } = splitKey(key);
    if (!isKnownMethod(method)) continue;
    const { role } = meaningOf(kind, method, codes);
    // Two amounts under one notificationid: the first in order, and a doubt (below).
    const [amount] = amounts;
    entries.push({
      key,
      method,
      role,
      codes,
      ...(amount === undefined ? {} : { money: parseMoneyText(amount) }),
    });
  }
  // The same set must read the same whatever order its keys stand in.
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function meaningOf(kind: OrderKind, method: MethodName, codes: readonly string[]): MeaningRow {
  if (kind === 'payment' && codes.includes('refund') && Object.hasOwn(REFUND_FLAG_MEANINGS, method)) {
    return REFUND_FLAG_MEANINGS[method as keyof typeof REFUND_FLAG_MEANINGS];
  }
  const answers = answersIn(codes);
  const refused = answers.length === 1 && answers[0] === `${ANSWERED}FAILED`;
  if (kind === 'withdrawal' && refused) return REFUSED_DEBIT_MEANING;
  return MEANINGS[kind][method];
}

const answersIn = (codes: readonly string[]): readonly string[] =>
  codes.filter((code) => code.startsWith(ANSWERED));

/** One notification cannot say two things, nor can we have answered it in two ways. */
function contradictoryEntries(facts: Facts): readonly Doubt[] {
  const evidence = Object.entries(facts)
    .filter(([, { amounts, codes }]) => amounts.length > 1 || answersIn(codes).length > 1)
    .map(([key]) => key)
    .sort();
  return evidence.length === 0 ? [] : [{ reason: 'contradictory_evidence', evidence }];
}

// --- payments in ---------------------------------------------------------------------------------------------

function readIncoming(entries: readonly Entry[], context: ReadContext): Side {
  const credits = withRole(entries, 'received');
  const pulledBack = sumOf(withRole(entries, 'pulled_back'));
  const { surplus, refundsReturned, doubts } = attributeCredits(entries, context);

  const moved = positive(subtractMoney(sumOf(credits), [...surplus, ...refundsReturned]));
  const refundsSent = largestByMethod(withRole(entries, 'refund_sent'));
  // A failed refund is told twice, by payoutfailed and by the credit that brings the money: once is enough.
  const refundsBack = largest(
    sumMoney([...sumOf(withRole(entries, 'refund_returned')), ...refundsReturned]),
    sumOf(withRole(entries, 'refund_failed')),
  );
  const refunded = positive(subtractMoney(refundsSent, refundsBack));
  const takenBack = positive(subtractMoney(pulledBack, surplus));
  const returned = sumMoney([...takenBack, ...refunded]);
  const remaining = positive(subtractMoney(moved, returned));
  return {
    direction: 'in',
    status: incomingStatus(entries, { takenBack, refunded, remaining }),
    moved,
    returned,
    doubts: [...doubts, ...contradictions(entries, { takenBack, returned, moved, remaining })],
    announcements: [],
  };
}

interface Balance {
  readonly takenBack: readonly Money[];
  readonly refunded: readonly Money[];
  readonly remaining: readonly Money[];
}

function incomingStatus(entries: readonly Entry[], { takenBack, refunded, remaining }: Balance): Status {
  if (takenBack.length > 0 && remaining.length === 0) return 'reversed';
  if (refunded.length > 0 && remaining.length === 0) return 'refunded';
  if (remaining.length > 0)
    return takenBack.length > 0 || refunded.length > 0 ? 'partially_refunded' : 'paid';
  // A credit that names no amount: money came, nobody said how much.
  if (withRole(entries, 'received').some(({ money }) => money === undefined)) return 'awaiting_confirmation';
  const ended = endedStatus(entries);
  if (ended !== undefined) return ended;
  return withRole(entries, 'accepted').length > 0 ? 'processing' : 'pending';
}

/** A payment and its opposite both stand, and it is not all gone: a person must look. */
function contradictions(
  entries: readonly Entry[],
  balance: {
    readonly takenBack: readonly Money[];
    readonly returned: readonly Money[];
    readonly moved: readonly Money[];
    readonly remaining: readonly Money[];
  },
): readonly Doubt[] {
  if (balance.remaining.length === 0) return [];
  const doubt = (...roles: Role[]): Doubt => ({
    reason: 'contradictory_evidence',
    evidence: entries.filter(({ role }) => roles.includes(role)).map(({ key }) => key),
  });
  const doubts: Doubt[] = [];
  // After a credit Trustly sends debit, not cancel (protocol notes 4.2).
  if (withRole(entries, 'ended').length > 0) doubts.push(doubt('received', 'ended'));
  // A debit takes back a whole credit; what is left of a smaller one is not what the order was about.
  if (balance.takenBack.length > 0) doubts.push(doubt('received', 'pulled_back'));
  // More back than ever came, in one currency, while another one still stands.
  const overdrawn = positive(subtractMoney(balance.returned, balance.moved));
  if (overdrawn.length > 0) doubts.push(doubt('received', 'pulled_back', 'refund_sent'));
  return doubts;
}

interface Attribution {
  /** Credited twice and taken back once: neither counts. */
  readonly surplus: readonly Money[];
  /** Credits that are failed refunds coming home, not payments. */
  readonly refundsReturned: readonly Money[];
  readonly doubts: readonly Doubt[];
}

/**
 * Which credits are the payment? One is. More are legitimate only if they add up to what the order expects; beyond
 * it they must be explained by a debit or by refunds that came back (a failed refund of a deposit is a `credit` on
 * the deposit's order id). Anything else is money nobody expects.
 */
function attributeCredits(entries: readonly Entry[], context: ReadContext): Attribution {
  const credits = withRole(entries, 'received');
  const surplus: Money[] = [];
  const refundsReturned: Money[] = [];
  const unexpected: Entry[] = [];
  for (const sum of sumOf(credits)) {
    const own = credits.filter(({ money }) => money?.currency === sum.currency);
    const { kind, excess } = judgeCredits(sum, credits.length, entries, context);
    if (kind === 'surplus') surplus.push({ amount: excess, currency: sum.currency });
    if (kind === 'refunds') refundsReturned.push({ amount: excess, currency: sum.currency });
    if (kind === 'unexpected') unexpected.push(...own);
  }
  // Beside others, a credit without an amount cannot be attributed at all.
  if (credits.length > 1) unexpected.push(...credits.filter(({ money }) => money === undefined));
  const evidence = unexpected.map(({ key }) => key).sort();
  return {
    surplus,
    refundsReturned,
    doubts: evidence.length === 0 ? [] : [{ reason: 'unexpected_credit', evidence }],
  };
}

interface Judgement {
  readonly kind: 'payment' | 'surplus' | 'refunds' | 'unexpected';
  /** What was credited beyond the expected amount. */
  readonly excess: string;
}

const PAYOUT_NOTICES: ReadonlySet<MethodName> = new Set(['payoutconfirmation', 'payoutfailed']);

/** `sum`: all credits of one currency; `count`: the credits of every currency. */
function judgeCredits(
  { amount, currency }: Money,
  count: number,
  entries: readonly Entry[],
  context: ReadContext,
): Judgement {
  if (count === 1) {
    // Of an unregistered order, a credit beside a payout's notices may be that payout's money coming home.
    const isUnknown = context.orderKind === undefined && context.inboundOnly !== true;
    const mayBePayout = isUnknown && entries.some(({ method }) => PAYOUT_NOTICES.has(method));
    return { kind: mayBePayout ? 'unexpected' : 'payment', excess: '0' };
  }
  const expected = mostExpected(context.amounts, currency);
  if (expected === undefined) return { kind: 'unexpected', excess: '0' };
  const excess = subtractDecimals(amount, expected);
  const refunds = amountIn(refundsKnown(entries), currency);
  if (compareDecimals(excess, '0') <= 0) {
    // Up to the expected amount they are instalments, unless one may be a refund that came back.
    return { kind: compareDecimals(refunds, '0') === 0 ? 'payment' : 'unexpected', excess };
  }
  const pulledBack = amountIn(sumOf(withRole(entries, 'pulled_back')), currency);
  if (compareDecimals(excess, pulledBack) === 0) return { kind: 'surplus', excess };
  return { kind: compareDecimals(excess, refunds) <= 0 ? 'refunds' : 'unexpected', excess };
}

/** How much may come back as failed refunds: what Trustly said of refunds. */
const refundsKnown = (entries: readonly Entry[]): readonly Money[] =>
  sumMoney([...sumOf(withRole(entries, 'refund_sent')), ...sumOf(withRole(entries, 'refund_failed'))]);

/** An open order has no bound to which credits could be instalments. */
function mostExpected(terms: readonly AmountTerm[] | undefined, currency: string): string | undefined {
  const term = terms?.find((each) => each.currency === currency);
  if (term === undefined || 'open' in term) return undefined;
  return 'exact' in term ? term.exact : term.max;
}

// --- payouts, withdrawals, refunds ---------------------------------------------------------------------------

function readOutgoing(entries: readonly Entry[]): Side {
  const sent = largestByMethod(withRole(entries, 'sent'));
  const moved = largest(sent, sumOf(withRole(entries, 'taken')));
  const returned = sumOf(withRole(entries, 'returned'));
  const against = againstOutgoing(entries);
  const evidence = entries.filter(({ role }) => against.includes(role)).map(({ key }) => key);
  return {
    direction: 'out',
    status: outgoingStatus(entries, positive(subtractMoney(moved, returned))),
    moved,
    returned,
    doubts: evidence.length > 0 ? [{ reason: 'contradictory_evidence', evidence }] : [],
    announcements: announced(entries, 'returned', 'balance.restore'),
  };
}

/** What cannot both be. A credit clears it where it brings the money back. */
function againstOutgoing(entries: readonly Entry[]): readonly Role[] {
  const has = (role: Role): boolean => withRole(entries, role).length > 0;
  if (has('ended') && has('sent')) return ['sent', 'ended'];
  if (has('returned')) return [];
  // It went out and could not be paid out: whoever reads "failed" as "the money is still here" pays it twice.
  if (has('failed') && has('sent')) return ['sent', 'failed'];
  return has('ended') && has('taken') ? ['taken', 'ended'] : [];
}

function outgoingStatus(entries: readonly Entry[], remaining: readonly Money[]): Status {
  const has = (role: Role): boolean => withRole(entries, role).length > 0;
  if (has('returned')) {
    // A credit without an amount returns the whole.
    const partly =
      remaining.length > 0 && withRole(entries, 'returned').every(({ money }) => money !== undefined);
    if (partly) return 'partially_refunded';
    return has('sent') ? 'reversed' : 'failed';
  }
  if (has('failed')) return 'failed';
  if (has('refused') && !has('taken')) return 'denied';
  const ended = endedStatus(entries);
  if (ended !== undefined) return ended;
  if (has('sent')) return 'paid';
  return has('taken') || has('accepted') ? 'processing' : 'pending';
}

// --- both ----------------------------------------------------------------------------------------------------

/** What the cancels say; undefined without any. */
function endedStatus(entries: readonly Entry[]): Status | undefined {
  const ended = withRole(entries, 'ended');
  if (ended.length === 0) return undefined;
  const codes = new Set(ended.flatMap((entry) => entry.codes));
  const says = (status: Status): boolean =>
    Object.entries(CANCEL_REASONS).some(
      ([reason, means]) => means === status && codes.has(`reason:${reason}`),
    );
  return ENDED_PRECEDENCE.find(says) ?? 'canceled';
}

function withRole(entries: readonly Entry[], role: Role): readonly Entry[] {
  return entries.filter((entry) => entry.role === role);
}

/** Once per notification: what follows "#" tells them apart and is not sent. */
function announced(entries: readonly Entry[], role: Role, event: string): readonly string[] {
  return announcedOf(withRole(entries, role), event);
}

function announcedOf(entries: readonly Entry[], event: string): readonly string[] {
  return entries.map(({ key }) => `${event}#${splitKey(key).id}`);
}

function sumOf(entries: readonly Entry[]): readonly Money[] {
  return positive(sumMoney(entries.flatMap(({ money }) => (money === undefined ? [] : [money]))));
}

/** The same money told by two methods (payoutconfirmation and debit) counts once: the larger sum. */
function largestByMethod(entries: readonly Entry[]): readonly Money[] {
  const methods = [...new Set(entries.map(({ method }) => method))];
  return methods.map((name) => sumOf(entries.filter(({ method }) => method === name))).reduce(largest, []);
}

function largest(left: readonly Money[], right: readonly Money[]): readonly Money[] {
  const currencies = [...new Set([...left, ...right].map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const [a, b] = [amountIn(left, currency), amountIn(right, currency)];
    return { amount: compareDecimals(a, b) >= 0 ? a : b, currency };
  });
}

function amountIn(sums: readonly Money[], wanted: string): string {
  return sums.find(({ currency }) => currency === wanted)?.amount ?? '0';
}

function positive(sums: readonly Money[]): readonly Money[] {
  return sums.filter(({ amount }) => compareDecimals(amount, '0') > 0);
}
