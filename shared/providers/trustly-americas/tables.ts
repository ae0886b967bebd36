/**
 * The documented events, statuses and transaction types of Trustly Americas, as data. facts.ts reads them, the docs are
 * rendered from them, and a test fails if a documented code has no row.
 *
 * `source` says what a row rests on: "documented" (a page or an example event of the provider), "observed" (an
 * integrator's traffic, uncorroborated), "ours" (undocumented: our cautious reading, with the reason).
 */
import { defined } from '../../payment/defined.ts';
import type { OrderKind, Status } from '../../payment/types.ts';

export type Source = 'documented' | 'observed' | 'ours';

/** The meaning of a status for a transaction that is a child (refund, reclaim, reverse…) of another one. */
export type ChildState = 'open' | 'accepted' | 'submitted' | 'completed' | 'undone';

export interface StatusRow {
  readonly name: string;
  /** The status of a pay-in or payout (types 2, 3, 6). */
  readonly payment: Status;
  /** The status of an authorization (types 1, 10; paymentType 5, 6), which moves nothing and so is never paid. */
  readonly authorization: Status;
  readonly child: ChildState;
  readonly reason: string;
  readonly source: Source;
}

export const AMERICAS_STATUSES: Readonly<Record<string, StatusRow>> = {
  0: row('New', 'pending', 'pending', 'open', 'no bank chosen yet', 'documented'),
  1: row('Pending', 'pending', 'pending', 'open', 'Lightbox open, not authorized', 'documented'),
  2: row('Authorized', 'authorized', 'authorized', 'accepted', 'accepted, not at the bank', 'documented'),
  3: row('Processed', 'processing', 'authorized', 'submitted', 'at the bank; no money yet', 'documented'),
  4: row('Completed', 'paid', 'authorized', 'completed', 'settled; can still be reversed', 'documented'),
  5: row('Failed', 'failed', 'failed', 'undone', 'internal failure or expired splitToken', 'documented'),
  6: row('Expired', 'expired', 'expired', 'undone', 'pending timed out', 'documented'),
  7: row('Canceled', 'canceled', 'canceled', 'undone', 'the shopper closed it', 'documented'),
  8: row('Denied', 'denied', 'denied', 'undone', 'not enough funds, or returned', 'documented'),
  9: row('Disputed', 'disputed', 'disputed', 'open', 'only in the Feedback enumeration', 'documented'),
  10: row('Reversed', 'reversed', 'reversed', 'undone', 'taken back by bank or Trustly', 'documented'),
  11: row(
    'PartiallyRefunded',
    'partially_refunded',
    'authorized',
    'completed',
    'confirms refunds; the amount is not named',
    'documented',
  ),
  12: row('Refunded', 'refunded', 'authorized', 'completed', 'confirms that all went back', 'documented'),
  13: row('Voided', 'voided', 'voided', 'undone', 'canceled by the merchant before processing', 'documented'),
  14: row('OnHold', 'in_review', 'in_review', 'open', 'waits for a verification', 'documented'),
};

/** The part of an event that becomes a fact. */
export type EventMeaning =
  /** Its status, for the transaction that it names. */
  | 'status'
  /** The event itself, counted by event id; its status is kept as well. */
  | 'dispute'
  | 'reconcile'
  | 'hold'
  | 'approve'
  /** The event itself, whatever its status. */
  | 'flag'
  /** Nothing: the event is recorded and counted. */
  | 'nothing';

export interface EventRow {
  readonly meaning: EventMeaning;
  /** Statuses that this event may have; "any": the transaction's present status. */
  readonly statuses: readonly string[] | 'any';
  /** Its claim without a (fitting) status. Absent: only that the transaction exists. */
  readonly alone?: Status;
  readonly reason: string;
  readonly source: Source;
}

export const AMERICAS_EVENTS = {
  Establish: event('status', ['0', '1'], 'pending', 'a transaction was created', 'documented'),
  Authorize: event('status', ['2'], 'authorized', 'for type 3: accepted; never funds', 'documented'),
  DataReady: event('flag', [], undefined, 'account data can be fetched; carries no status', 'documented'),
  Update: event('status', 'any', undefined, 'the status changed, or only data did', 'documented'),
  Process: event('status', ['3'], 'processing', 'submitted to the bank', 'documented'),
  Complete: event('status', ['4'], 'awaiting_confirmation', 'documented example has status 2', 'documented'),
  Fail: event('status', ['5'], 'failed', 'error, decline or cancellation', 'documented'),
  Deny: event('status', ['8'], 'denied', 'declined or returned by the bank', 'documented'),
  Cancel: event(
    'status',
    ['0', '1', '2', '3', '7', '13'],
    undefined,
    'cancellation requested, perhaps done: the status decides',
    'documented',
  ),
  Cancelled: event('status', ['7', '13'], 'canceled', 'by the shopper (7) or merchant (13)', 'documented'),
  Expire: event('status', ['6'], 'expired', 'timed out', 'documented'),
  Refund: event('status', ['11', '12'], 'partially_refunded', 'on the refunded transaction', 'documented'),
  Reclaim: event('status', ['11', '12'], 'partially_refunded', 'as Refund, of a payout', 'ours'),
  Reverse: event('status', ['10'], 'reversed', 'taken back after completion', 'documented'),
  Dispute: event('dispute', ['9'], 'disputed', 'own shape: no status, keyed on transactionId', 'documented'),
  Reconcile: event('reconcile', ['4'], undefined, 'ends a dispute in our favour', 'documented'),
  Hold: event('hold', ['14'], 'in_review', 'starts a review', 'documented'),
  Approve: event('approve', ['2'], undefined, 'ends a review in our favour', 'documented'),
  Represent: event('status', 'any', undefined, 'a returned debit is tried again (type 8)', 'documented'),
  Refresh: event('status', 'any', undefined, 'account data refreshed; no objectId documented', 'documented'),
  ReverseEndUserTransaction: event(
    'flag',
    [],
    'reversed',
    'money of a failed transaction came after all and was sent back',
    'documented',
  ),
  CONSENT_REVOKED: event('flag', [], undefined, 'announced; "in development"', 'documented'),
  VerifyCustomer: event('nothing', [], undefined, 'result of an identity check', 'documented'),
  VerifyAccount: event('nothing', [], undefined, 'account verification', 'documented'),
  SendChallenge: event('nothing', [], undefined, 'micro deposit challenge sent', 'documented'),
  ChallengeCompleted: event('nothing', [], undefined, 'micro deposit challenge done', 'documented'),
  Feedback: event('nothing', [], undefined, 'merchant feedback; another enumeration', 'documented'),
  FIUser: event('nothing', [], undefined, 'bank user data', 'documented'),
  FIAccountBalance: event('nothing', [], undefined, 'bank balance data', 'documented'),
  FIAccountActivity: event('nothing', [], undefined, 'bank activity data', 'documented'),
  FISelectedAccounts: event('nothing', [], undefined, 'accounts chosen', 'documented'),
  SessionStepStart: event('nothing', [], undefined, 'Lightbox telemetry', 'documented'),
  SessionStepComplete: event('nothing', [], undefined, 'Lightbox telemetry', 'documented'),
  SessionStepJSError: event('nothing', [], undefined, 'Lightbox telemetry', 'documented'),
  Tokenize: event('nothing', [], undefined, 'a token was made', 'documented'),
  Income: event('nothing', [], undefined, 'income data', 'documented'),
  Debited: event('nothing', [], undefined, 'listed once, never seen: not trusted', 'observed'),
  Credit: event('nothing', [], undefined, 'listed once, never seen: not trusted', 'observed'),
} as const satisfies Record<string, EventRow>;

export type AmericasEventName = keyof typeof AMERICAS_EVENTS;

/** Other spellings of an event on the provider's pages. Case, spaces and _ never matter. */
export const AMERICAS_EVENT_ALIASES: Readonly<Record<string, AmericasEventName>> = {
  completed: 'Complete',
  failed: 'Fail',
  expired: 'Expire',
  canceled: 'Cancelled',
};

const EVENT_NAMES: ReadonlyMap<string, AmericasEventName> = new Map([
  ...(Object.keys(AMERICAS_EVENTS) as AmericasEventName[]).map((name) => [fold(name), name] as const),
  ...Object.entries(AMERICAS_EVENT_ALIASES),
]);

/** The table's name for an event type as received. Undefined: unknown. */
export function eventName(eventType: string): AmericasEventName | undefined {
  return EVENT_NAMES.get(fold(eventType));
}

/** Prefix of the code that identifies a dispute. Two events with the same code are about one dispute. */
export const DISPUTE = 'dispute:';

/** In the place of an event's name: the status came from a poll (Get Transaction), not from an event. */
export const CONFIRMED = 'Confirmed';
export type ClaimName = AmericasEventName | typeof CONFIRMED;

const CONFIRMED_ROW: EventRow = {
  meaning: 'status',
  statuses: 'any',
  reason: "the API's answer: whatever status the transaction is in",
  source: 'documented',
};

/** The row of an event in AMERICAS_EVENTS, or the row for answers of the API. */
export function eventRow(name: ClaimName): EventRow {
  return name === CONFIRMED ? CONFIRMED_ROW : AMERICAS_EVENTS[name];
}

export interface TransactionTypeRow {
  readonly name: string;
  /** payment: moves money. authorization: moves nothing. child: its facts belong to its parent's row. */
  readonly role: 'payment' | 'authorization' | 'child';
  /** The kind of its fact entry (`<entry>/<objectId>`). */
  readonly entry: 'own' | 'refund' | 'reclaim' | 'reverse' | 'external' | 'represent';
  readonly direction?: 'in' | 'out';
  readonly orderKind?: OrderKind;
  /** Only children: the state from which on it counts, and the status that it then gives its parent. */
  readonly countsFrom?: 'accepted' | 'submitted' | 'completed';
  readonly makes?: Status;
  readonly reason: string;
}

export const AMERICAS_TRANSACTION_TYPES: Readonly<Record<string, TransactionTypeRow>> = {
  0: {
    ...child('External', 'external', 'accepted', 'reversed'),
    reason: 'a return of an outsourced transaction: money is on its way back',
  },
  1: { name: 'Authorize', role: 'authorization', entry: 'own', reason: 'bank authorization, no funds' },
  2: {
    ...payment('Pay', 'in', 'payment'),
    reason: 'authorize and capture in one',
  },
  3: { ...payment('Capture', 'in', 'payment'), reason: 'pay-in; its parent is the authorization' },
  4: {
    ...child('Refund', 'refund', 'submitted', 'partially_refunded'),
    reason: 'amounts are not named: only status 12 of the parent says that all went back',
  },
  5: {
    ...child('Reverse', 'reverse', 'accepted', 'reversed'),
    reason: 'counts as soon as it is accepted: never fulfil money that is on its way back',
  },
  6: { ...payment('Deposit', 'out', 'payout'), reason: 'payout' },
  7: {
    ...child('Reclaim', 'reclaim', 'submitted', 'partially_refunded'),
    reason: 'takes back (a part of) a payout',
  },
  8: {
    ...child('Representment', 'represent', 'completed', 'paid'),
    reason: 'a returned debit tried again; only its completion is money',
  },
  10: { name: 'Preauthorization', role: 'authorization', entry: 'own', reason: 'reserves, moves nothing' },
};

/** The payment types. `money: false` never moves any, whatever else the event says. */
export const AMERICAS_PAYMENT_TYPES: Readonly<Record<string, { name: string; money: boolean }>> = {
  1: { name: 'Instant', money: true },
  2: { name: 'Deferred', money: true },
  3: { name: 'Recurring', money: true },
  4: { name: 'Disbursement', money: true },
  5: { name: 'Verification', money: false },
  6: { name: 'Retrieval', money: false },
};

/** The table's own row for a key. Codes come from outside, so "constructor" has no row. */
export function rowOf<Row>(table: Readonly<Record<string, Row>>, key: string | undefined): Row | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A row of AMERICAS_TRANSACTION_TYPES. Undefined: unknown type. */
export function typeRow(type: string | undefined): TransactionTypeRow | undefined {
  return rowOf(AMERICAS_TRANSACTION_TYPES, type);
}

/** Verification and Retrieval only fetch data: never money, whatever else an event says. */
export function movesNothing(paymentType: string | undefined): boolean {
  return rowOf(AMERICAS_PAYMENT_TYPES, paymentType)?.money === false;
}

function row(
  name: string,
  paymentStatus: Status,
  authorization: Status,
  childState: ChildState,
  reason: string,
  source: Source,
): StatusRow {
  return { name, payment: paymentStatus, authorization, child: childState, reason, source };
}

function event<S extends readonly string[] | 'any', M extends EventMeaning>(
  meaning: M,
  statuses: S,
  alone: Status | undefined,
  reason: string,
  source: Source,
) {
  return { meaning, statuses, ...defined({ alone }), reason, source };
}

function payment(name: string, direction: 'in' | 'out', orderKind: OrderKind) {
  return { name, role: 'payment', entry: 'own', direction, orderKind } as const;
}

function child<E extends TransactionTypeRow['entry']>(
  name: string,
  entry: E,
  countsFrom: NonNullable<TransactionTypeRow['countsFrom']>,
  makes: Status,
) {
  return { name, role: 'child', entry, countsFrom, makes } as const;
}

function fold(eventType: string): string {
  return eventType.replaceAll(/[_ ]/g, '').toLowerCase();
}
