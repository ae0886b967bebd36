/**
 * The status that follows from the join of all facts in events (normalize.ts) and API answers (api.ts) about one row.
 * Answers are snapshots: all are stored, the latest counts, and it only adds to what events said. An event cannot be
 * proven older than an answer (timestamps never decide), so no answer outweighs a negative event.
 */
import { defined } from '../../payment/defined.ts';
import { largestMoney, parseMoneyText } from '../../payment/money.ts';
import { isGone } from '../../payment/statuses.ts';
import type { Doubt, Facts, Payment, Reading, Status } from '../../payment/types.ts';
import { isRefund, refundsOf } from './refunds.ts';
import { latestSnapshot, moneyOf, NO_MONEY } from './snapshot.ts';
import {
  AMERICAS_EVENTS,
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
  type ChildState,
  type ClaimName,
  CONFIRMED,
  DISPUTE,
  eventRow,
  movesNothing,
  rowOf,
  type StatusRow,
  type TransactionTypeRow,
  typeRow,
} from './tables.ts';
import type { Child, Own } from './transactions.ts';

/**
 * If an event and its status disagree, the more cautious of the two counts (the documented Completed event with status
 * 2 waits for confirmation; a Deny with status 2 is a denial). Most cautious first.
 */
export const CAUTION: readonly Status[] = [
  'reversed',
  'refunded',
  'denied',
  'failed',
  'voided',
  'canceled',
  'expired',
  'disputed',
  'partially_refunded',
  'in_review',
  'awaiting_confirmation',
  'pending',
  'authorized',
  'processing',
  'paid',
];

/** Statuses without money, in the order of their precedence. */
const NEGATIVES = ['denied', 'failed', 'voided', 'canceled', 'expired'] as const satisfies readonly Status[];

/** The table row of the status in an event. A flag has no row, whatever its status. */
function statusRow(event: ClaimName, status: string | undefined): StatusRow | undefined {
  return eventRow(event).meaning === 'flag' ? undefined : rowOf(AMERICAS_STATUSES, status);
}

/** Whether the table expects this status for this event. */
function fits(event: ClaimName, status: string | undefined): boolean {
  const { statuses } = eventRow(event);
  return status !== undefined && (statuses === 'any' || statuses.includes(status));
}

/** The status that `<event>:<status>` claims for a payment. Undefined: none. */
export function claimOf(event: ClaimName, status: string | undefined): Status | undefined {
  const { alone } = eventRow(event);
  const byStatus = statusRow(event, status)?.payment;
  if (byStatus === undefined) return alone;
  if (fits(event, status)) return byStatus;
  // Money is only believed if event and status agree.
  const believed = byStatus === 'paid' ? 'awaiting_confirmation' : byStatus;
  return CAUTION.find((claim) => claim === believed || claim === alone);
}

/**
 * Applies the status tables to the join of all facts: a pure function of the set, so the order of arrival cannot
 * matter.
 */
export function readFacts(facts: Facts): Reading {
  const own = readOwn(facts);
  const children = readChildren(facts);
  const isAuthorization = ownIsAuthorization(own);
  const doubts = doubtsOf(own, children, isAuthorization);
  const status = isAuthorization ? authorizationStatus(facts, own) : paymentStatus(facts, own, children);
  const [type] = own.types;
  const side = directionOf(own, children) === 'out' ? 'payout' : 'payment';
  const money = isAuthorization ? {} : { direction: directionOf(own, children), orderKind: type?.orderKind };
  return {
    kind: isAuthorization ? 'authorization' : 'payment',
    ...defined({ direction: money.direction, orderKind: money.orderKind }),
    ...(isCapture(own) ? { capture: true } : {}),
    status,
    // No event names an amount with its currency, only the API does
    // (docs/protocols/trustly-americas.md#get-transaction).
    ...(isAuthorization ? NO_MONEY : sumsOf(facts, own, children, status)),
    ...(isAuthorization || !isUnderWay(status) ? {} : { agreed: own.snapshot?.amount ?? [] }),
    goodwill: false,
    doubts,
    ...(isAuthorization ? {} : refundsOf(facts, own, children, status)),
    announcements: [
      ...announcementsOf(own, isAuthorization, status),
      // Also if the status is stronger: money that was refunded and is charged back leaves twice.
      ...(!isAuthorization && isDisputed(facts, own)
        ? [`${side}.disputed#${Math.max(1, countOf(facts, 'dispute'))}`]
        : []),
    ],
  };
}

/**
 * Whether the payment is a capture, possibly one of several, of an authorized amount. Those of a recurring
 * authorization are not: each of its captures pays an order of its own.
 */
const isCapture = ({ types, codes }: Own): boolean =>
  types.length > 0 &&
  types.every(({ name }) => name === 'Capture') &&
  ![...codes].some((code) => code === 'paymentType:3');

/** No money has moved yet, and nothing speaks against it: the amount in the API's answer is the one that will move. */
const isUnderWay = (status: Status): boolean => status === 'authorized' || status === 'processing';

function readOwn(facts: Facts): Own {
  const snapshot = latestSnapshot(facts);
  const entries = Object.entries(facts).filter(([key]) => key.startsWith('own/') || key === snapshot?.key);
  const codes = new Set(entries.flatMap(([, entry]) => entry.codes));
  const claims = new Set<Status>(snapshot?.givenBack);
  for (const [event, status] of eventsIn(codes)) {
    const claim = claimOf(event, status);
    if (claim !== undefined) claims.add(claim);
  }
  const types = [...codes]
    .filter((code) => code.startsWith('type:'))
    .sort()
    .flatMap((code) => typeRow(code.slice('type:'.length)) ?? []);
  const completed = eventsIn(codes).some(
    ([event, status]) => fits(event, status) && statusRow(event, status)?.child === 'completed',
  );
  const keys = entries.map(([key]) => key);
  return { keys, codes, claims, completed, types, ...defined({ snapshot }) };
}

/** The `<Event>:<status>` codes ("-": no status). `type:` and codes of a newer version are skipped. */
function eventsIn(codes: Iterable<string>): [ClaimName, string | undefined][] {
  return [...codes].flatMap((code): [ClaimName, string | undefined][] => {
    const [name = '', status] = code.split(':');
    if (name !== CONFIRMED && !Object.hasOwn(AMERICAS_EVENTS, name)) return [];
    return [[name as ClaimName, status]];
  });
}

const CHILD_ROWS: ReadonlyMap<string, TransactionTypeRow> = new Map(
  Object.values(AMERICAS_TRANSACTION_TYPES)
    .filter((row) => row.role === 'child')
    .map((row) => [row.entry, row]),
);

/** The states of a child from which on it counts. */
const REACHED: Readonly<Record<'accepted' | 'submitted' | 'completed', readonly ChildState[]>> = {
  accepted: ['accepted', 'submitted', 'completed'],
  submitted: ['submitted', 'completed'],
  completed: ['completed'],
};

function readChildren(facts: Facts): Child[] {
  return Object.entries(facts).flatMap(([key, { codes }]) => {
    const row = CHILD_ROWS.get(key.slice(0, key.indexOf('/')));
    return row === undefined ? [] : [readChild(key, row, codes)];
  });
}

function readChild(key: string, row: TransactionTypeRow, codes: readonly string[]): Child {
  const events = eventsIn(codes);
  const states = events.flatMap(([event, status]) => childStates(event, status));
  const claims = new Set(events.map(([event, status]) => claimOf(event, status)));
  const reversed = claims.has('reversed');
  const { countsFrom = 'completed', makes = 'pending' } = row;
  // A reversal with status "reversed" has happened; for any other child, that status means that it was undone.
  if (makes === 'reversed' && reversed) {
    return { key, row, makes, counts: true, doubtful: false, failed: false };
  }
  const undone = states.includes('undone');
  const doubtful = undone && states.includes('completed') && !reversed;
  const reached = states.some((state) => REACHED[countsFrom].includes(state));
  // If in doubt, the cautious reading: money that may have been returned was returned, money that may have arrived did
  // not.
  const counts = reached && (!undone || (doubtful && makes !== 'paid'));
  const givenBack = (['refunded', 'partially_refunded'] as const).find((claim) => claims.has(claim));
  const made = makes === 'paid' ? (givenBack ?? makes) : makes;
  return { key, row, makes: made, counts, doubtful, failed: undone && !counts };
}

/** The state of a child is its status. If the event disagrees, both count, and neither as completed. */
function childStates(event: ClaimName, status: string | undefined): ChildState[] {
  const { alone } = eventRow(event);
  const state = statusRow(event, status)?.child;
  if (state === undefined) return [stateOf(alone)];
  if (fits(event, status)) return [state];
  return [state === 'completed' ? 'submitted' : state, stateOf(alone)];
}

function stateOf(claim: Status | undefined): ChildState {
  if (claim === 'awaiting_confirmation' || claim === 'processing') return 'submitted';
  if (claim === 'authorized') return 'accepted';
  return claim === 'reversed' || NEGATIVES.some((negative) => negative === claim) ? 'undone' : 'open';
}

/**
 * Whether a round (dispute, review) is open. Events that occur once per round are counted; a status alone means that
 * there was at least one.
 */
function isRoundOpen(
  facts: Facts,
  claims: ReadonlySet<Status>,
  { begin, end, status }: { readonly begin: string; readonly end: string; readonly status: Status },
): boolean {
  return Math.max(countOf(facts, begin), claims.has(status) ? 1 : 0) > countOf(facts, end);
}

/** Number of events of one kind; those that name the same dispute count as one. */
function countOf(facts: Facts, kind: string): number {
  const events = Object.entries(facts).filter(([key]) => key.startsWith(`${kind}/`));
  return new Set(events.map(([key, { codes }]) => codes.find((code) => code.startsWith(DISPUTE)) ?? key))
    .size;
}

const isDisputed = (facts: Facts, own: Own) =>
  isRoundOpen(facts, own.claims, { begin: 'dispute', end: 'reconcile', status: 'disputed' });
const isInReview = (facts: Facts, own: Own) =>
  isRoundOpen(facts, own.claims, { begin: 'hold', end: 'approve', status: 'in_review' });

/** For each payment type in the codes: whether it never moves money. */
const paymentTypesOf = ({ codes }: Own): readonly boolean[] =>
  [...codes].filter((code) => code.startsWith('paymentType:')).map((code) => movesNothing(code.slice(12)));

function ownIsAuthorization(own: Own): boolean {
  if (paymentTypesOf(own).includes(true)) return true;
  return own.types.length > 0 && own.types.every((type) => type.role === 'authorization');
}

/** One object with contradicting types (only payments have a direction): its kind is unknown, so it is not paid. */
const typesDiffer = ({ types }: Own) => types.some((type) => type.direction !== types[0]?.direction);

/** A repeated debit succeeded, which overrides the failure of the first one. */
const isRepresented = (children: readonly Child[]) =>
  children.some((child) => child.counts && child.row.entry === 'represent');

/** The transaction's own sums. If it never had money: those of the repeated debit that completed. */
function sumsOf(
  facts: Facts,
  own: Own,
  children: readonly Child[],
  status: Status,
): Pick<Reading, 'moved' | 'returned'> {
  const sums = moneyOf(own.snapshot, isRepresented(children));
  const { moved, returned } = sums;
  // The status says that nothing is left, whatever an earlier answer of the API said.
  if (moved.length > 0 && isGone(status)) return { moved, returned: largestMoney(moved, returned) };
  if (moved.length > 0) return sums;
  const again = children.filter(({ row, counts }) => counts && row.entry === 'represent');
  const amounts = new Set(again.flatMap(({ key }) => facts[key]?.amounts ?? []));
  // Two amounts of one debit: neither is used.
  return amounts.size === 1 ? { ...sums, moved: [...amounts].map(parseMoneyText) } : sums;
}

/**
 * Ids of transactions of which the API knows more than events do: the payment, repeated debits, refunds without amount.
 */
export const idsToPoll = ({ id, facts }: Pick<Payment, 'id' | 'facts'>): readonly string[] => {
  const counted = readChildren(facts).filter(({ counts }) => counts);
  const again = counted.filter(({ row }) => row.entry === 'represent');
  const unknown = counted.filter(({ key, row }) => isRefund(row) && facts[key]?.amounts.length === 0);
  return [id, ...[...again, ...unknown].map(({ key }) => key.slice(key.indexOf('/') + 1))];
};

function authorizationStatus(facts: Facts, own: Own): Status {
  const { claims } = own;
  if (claims.has('reversed')) return 'reversed';
  const negative = NEGATIVES.find((status) => claims.has(status));
  if (negative !== undefined) return negative;
  if (isDisputed(facts, own)) return 'disputed';
  if (isInReview(facts, own)) return 'in_review';
  // An authorization moves nothing, so completed, processed or refunded is at most "authorized".
  return [...claims].some((claim) => claim !== 'pending' && claim !== 'in_review' && claim !== 'disputed')
    ? 'authorized'
    : 'pending';
}

function paymentStatus(facts: Facts, own: Own, children: readonly Child[]): Status {
  const counted = new Set(children.filter((child) => child.counts).map((child) => child.makes));
  const represented = isRepresented(children);
  const reversed = own.claims.has('reversed') || counted.has('reversed');
  if (reversed && !represented) return 'reversed';
  // Which came last is unknown: neither paid nor lost, until an answer that includes the reversal says "completed".
  if (reversed && own.snapshot?.paidDespiteReversal !== true) return 'awaiting_confirmation';
  const negative = NEGATIVES.find((status) => own.claims.has(status));
  if (negative !== undefined && !represented) return negative;
  // Nothing is left to dispute.
  if (own.claims.has('refunded') || counted.has('refunded')) return 'refunded';
  if (isDisputed(facts, own)) return 'disputed';
  const completed = own.completed || represented;
  // An answer that says "completed" and names nothing as paid: only a later one decides.
  const isUnpaid = own.snapshot?.paidNothing === true && !represented;
  const sure = completed && own.types.length > 0 && !typesDiffer(own) && !isUnpaid;
  const partly = own.claims.has('partially_refunded') || counted.has('partially_refunded');
  if (partly) return sure ? 'partially_refunded' : 'awaiting_confirmation';
  if (completed) return sure ? 'paid' : 'awaiting_confirmation';
  if (own.claims.has('awaiting_confirmation')) return 'awaiting_confirmation';
  // "Processing" at the bank proves that a review ended, even if its Approve was lost; "authorized" does not.
  if (own.claims.has('processing')) return 'processing';
  if (isInReview(facts, own)) return 'in_review';
  return own.claims.has('authorized') ? 'authorized' : 'pending';
}

/** The contradictions in the facts, and children whose payment is unknown. Each becomes a hold. */
function doubtsOf(own: Own, children: readonly Child[], isAuthorization: boolean): Doubt[] {
  const orphans = orphansOf(own, children, isAuthorization);
  if (own.codes.size === 0) return orphans;
  if (isAuthorization) {
    // Some facts move money and some do not: it is read as no money, and an operator checks whether money arrived.
    const differs = new Set(paymentTypesOf(own)).size > 1;
    return differs
      ? [...orphans, { reason: 'contradictory_evidence', evidence: [...own.keys].sort() }]
      : orphans;
  }
  const evidence = new Set(children.filter((child) => child.doubtful).map((child) => child.key));
  // A failed transaction whose money arrived and was sent back is explained (ReverseEndUserTransaction: reversed).
  const explained = isRepresented(children) || own.claims.has('reversed');
  const negative = NEGATIVES.some((status) => own.claims.has(status));
  const twofold = own.snapshot?.twofold === true;
  if ((negative && own.completed && !explained) || typesDiffer(own) || twofold) {
    for (const key of own.keys) evidence.add(key);
  }
  return evidence.size === 0
    ? orphans
    : [...orphans, { reason: 'contradictory_evidence', evidence: [...evidence].sort() }];
}

/**
 * Children of a row for which no money is known to have moved, so that none can come back: they belong to another
 * payment (the parent of a refunded representment is the representment), or to one that is not known yet. A dispute
 * alone does not show what the row is.
 */
function orphansOf(own: Own, children: readonly Child[], isAuthorization: boolean): Doubt[] {
  const evidence = children.map((child) => child.key).sort();
  const isKnown = !isAuthorization && own.types.length > 0;
  return isKnown || evidence.length === 0 ? [] : [{ reason: 'orphan_child', evidence }];
}

function directionOf(own: Own, children: readonly Child[]): 'in' | 'out' | undefined {
  if (own.codes.size > 0) return typesDiffer(own) ? undefined : own.types[0]?.direction;
  if (children.length === 0) return undefined;
  return children.every((child) => child.row.entry === 'reclaim') ? 'out' : 'in';
}

function announcementsOf(own: Own, isAuthorization: boolean, status: Status): string[] {
  const events = new Set(eventsIn(own.codes).map(([event]) => event));
  const announcements: string[] = [];
  if ((isAuthorization && status === 'voided') || events.has('CONSENT_REVOKED')) {
    announcements.push('authorization.revoked');
  }
  if (events.has('DataReady')) announcements.push('data.ready');
  // The account on file (normalize.ts adds it to the event's details). A redirect alone announces nothing.
  if (isAuthorization && own.codes.has('Authorize:2') && own.codes.has('type:1')) {
    announcements.push('account.received');
  }
  return announcements;
}
