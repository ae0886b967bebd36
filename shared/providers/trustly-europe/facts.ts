/**
 * The status that follows from an order's facts. A pure function of the set, without order of arrival or clock. Money
 * is a balance per currency, never netted across currencies (tables.ts says what each notification adds to it).
 */
import { defined } from '../../payment/defined.ts';
import {
  largestMoney as largest,
  parseMoneyText,
  positiveMoney,
  subtractMoney,
  sumMoney,
} from '../../payment/money.ts';
import type { Doubt, Facts, Money, OrderKind, ReadContext, Reading, Status } from '../../payment/types.ts';
import { attributeCredits } from './credits.ts';
import { type Entry, sumOf, withRole } from './entries.ts';
import { isKnownMethod, type MethodName } from './fields.ts';
import { refundsOf } from './refunds.ts';
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

export function readFacts(facts: Facts, context: ReadContext): Reading {
  const kind = context.orderKind ?? kindByEvidence(facts);
  const entries = entriesOf(facts, kind ?? 'payment');
  // Without an order the core decides by its policy. Until then, everything that is not plainly a payout counts as a
  // payment in: in that reading a debit or a cancel can only take away.
  const read = (kind ?? 'payment') === 'payment' ? readIncoming(entries, context) : readOutgoing(entries);
  return {
    kind: 'payment',
    ...read,
    ...defined({ orderKind: kind }),
    // A closed loop of payouts selects the account first, under an order that no payment ever follows.
    ...(entries.every(({ role }) => role === 'account') ? { noMoneyReported: true } : {}),
    goodwill: false,
    doubts: [...read.doubts, ...contradictoryEntries(facts)],
    announcements: [
      ...read.announcements,
      ...announcementsOf(withRole(entries, 'account'), 'account.received'),
      ...announcementsOf(
        entries.filter(({ codes }) => codes.includes(RESTORE)),
        'balance.restore',
      ),
    ],
  };
}

type DirectionReading = Pick<
  Reading,
  | 'direction'
  | 'status'
  | 'moved'
  | 'returned'
  | 'unexpected'
  | 'agreed'
  | 'refundsSeen'
  | 'refundsFailed'
  | 'doubts'
  | 'announcements'
>;

/**
 * Payout notifications without a credit are a payout; a credit or pending is a payment; a debit alone may be either.
 */
function kindByEvidence(facts: Facts): OrderKind | undefined {
  const methods = new Set(Object.keys(facts).map((key) => splitKey(key).method));
  if (methods.has('credit')) return 'payment';
  if (methods.has('payoutconfirmation') || methods.has('payoutfailed')) return 'payout';
  return methods.has('pending') ? 'payment' : undefined;
}

/** The parts of "<method>/<notificationid>", as notification.ts writes it. */
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
    // Two amounts under one notificationid: the first in order is used, and contradictoryEntries adds a doubt.
    const [amount] = amounts;
    entries.push({
      key,
      method,
      role,
      codes,
      ...(amount === undefined ? {} : { money: parseMoneyText(amount) }),
    });
  }
  // The same set must give the same reading, whatever the order of its keys.
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

/** A notification that has two amounts or two answers of ours contradicts itself. */
function contradictoryEntries(facts: Facts): readonly Doubt[] {
  const evidence = Object.entries(facts)
    .filter(([, { amounts, codes }]) => amounts.length > 1 || answersIn(codes).length > 1)
    .map(([key]) => key)
    .sort();
  return evidence.length === 0 ? [] : [{ reason: 'contradictory_evidence', evidence }];
}

// --- payments in ---------------------------------------------------------------------------------------------

/** A refund failed or came back: reported by payoutfailed, by a cancel, and by the credit that brings the money. */
const REFUND_FAILED = ['refund_failed', 'refund_ended', 'refund_returned'] as const satisfies readonly Role[];

function readIncoming(entries: readonly Entry[], context: ReadContext): DirectionReading {
  const pulledBack = sumOf(withRole(entries, 'pulled_back'));
  const attributed = attributeCredits(entries, context);
  const { counted: moved, unexpected, settled, refundsReturned, returnedCredits, doubts } = attributed;

  const refundsSent = largestByMethod(withRole(entries, 'refund_sent'));
  // A failed refund is reported twice, by payoutfailed and by the credit that brings the money; it counts once.
  const refundsBack = largest(
    sumMoney([...sumOf(withRole(entries, 'refund_returned')), ...refundsReturned]),
    sumOf(withRole(entries, 'refund_failed')),
  );
  const refunded = positiveMoney(subtractMoney(refundsSent, refundsBack));
  const takenBack = positiveMoney(subtractMoney(pulledBack, settled));
  const returned = sumMoney([...takenBack, ...refunded]);
  const remaining = positiveMoney(subtractMoney(moved, returned));
  return {
    direction: 'in',
    status: incomingStatus(entries, { takenBack, refunded, remaining }),
    moved,
    returned,
    ...(unexpected.length === 0 ? {} : { unexpected }),
    refundsSeen: refundsOf(withRole(entries, 'refund_sent')),
    refundsFailed: refundsOf([
      ...REFUND_FAILED.flatMap((role) => withRole(entries, role)),
      ...returnedCredits,
    ]),
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
  // A credit without an amount: money arrived, and the amount is unknown.
  if (withRole(entries, 'received').some(({ money }) => money === undefined)) return 'awaiting_confirmation';
  const ended = endedStatus(entries);
  if (ended !== undefined) return ended;
  return withRole(entries, 'accepted').length > 0 ? 'processing' : 'pending';
}

/** A payment and its opposite are both reported, and a part of the money remains: an operator must check. */
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
  // After a credit Trustly sends debit, not cancel (docs/protocols/trustly-europe.md#order-of-arrival).
  if (withRole(entries, 'ended').length > 0) doubts.push(doubt('received', 'ended'));
  // A debit takes back a whole credit. The rest after a smaller one is not what the order was about.
  if (balance.takenBack.length > 0) doubts.push(doubt('received', 'pulled_back'));
  // In one currency more was returned than ever arrived, while money in another one remains.
  const overdrawn = positiveMoney(subtractMoney(balance.returned, balance.moved));
  if (overdrawn.length > 0) doubts.push(doubt('received', 'pulled_back', 'refund_sent'));
  return doubts;
}

// --- payouts, withdrawals, refunds ---------------------------------------------------------------------------

function readOutgoing(entries: readonly Entry[]): DirectionReading {
  const sent = largestByMethod(withRole(entries, 'sent'));
  const moved = largest(sent, sumOf(withRole(entries, 'taken')));
  const returned = sumOf(withRole(entries, 'returned'));
  const accepted = sumOf(withRole(entries, 'accepted'));
  const against = againstOutgoing(entries);
  const evidence = entries.filter(({ role }) => against.includes(role)).map(({ key }) => key);
  return {
    direction: 'out',
    status: outgoingStatus(entries, positiveMoney(subtractMoney(moved, returned))),
    moved,
    returned,
    refundsSeen: [],
    refundsFailed: [],
    // The amount that the provider accepted for payout is what will leave.
    ...(moved.length > 0 || accepted.length === 0 ? {} : { agreed: accepted }),
    doubts: evidence.length > 0 ? [{ reason: 'contradictory_evidence', evidence }] : [],
    announcements: announcementsOf(withRole(entries, 'returned'), 'balance.restore'),
  };
}

/** The roles that contradict each other. A credit ends the contradiction if it brings the money back. */
function againstOutgoing(entries: readonly Entry[]): readonly Role[] {
  const has = (role: Role): boolean => withRole(entries, role).length > 0;
  if (has('ended') && has('sent')) return ['sent', 'ended'];
  if (has('returned')) return [];
  // Two questions: one withdrawal takes a balance once, and the answer to the other question may have ended it.
  const taken = withRole(entries, 'taken').length;
  if (taken > 1 || (taken === 1 && has('refused'))) return ['taken', 'refused'];
  // The money left and could not be paid out. "failed" does not mean that the money is still here.
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

/** The status by the cancels. Undefined: there is none. */
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

/** One announcement per notification: the text behind "#" makes them distinct and is not sent to the merchant. */
function announcementsOf(entries: readonly Entry[], event: string): readonly string[] {
  return entries.map(({ key }) => `${event}#${splitKey(key).id}`);
}

/** The same money reported by two methods (payoutconfirmation and debit) counts once: the larger sum. */
function largestByMethod(entries: readonly Entry[]): readonly Money[] {
  const methods = [...new Set(entries.map(({ method }) => method))];
  return methods.map((name) => sumOf(entries.filter(({ method }) => method === name))).reduce(largest, []);
}
