/**
 * The views of an operator: pure reads of the table, for the console and the command line. They contain no personal
 * data.
 */
import { defined } from '../../payment/defined.ts';
import { type HoldAdvice, holdAdvice, type PaidAgain } from '../../payment/index.ts';
import type {
  Effect,
  Hold,
  HoldDecision,
  Money,
  Order,
  Payment,
  PaymentKey,
  Status,
} from '../../payment/types.ts';
import type { Item, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { confirmKey, EFFECT_PREFIX, EVIDENCE_PREFIX, LEDGER_PREFIX, paymentKeyOf } from '../table/keys.ts';
import { END_OF_TIME, openRows } from '../table/open-index.ts';
import { readOrder, readPayment } from '../table/read.ts';
import {
  type ConfirmRow,
  confirmOf,
  type EvidenceRow,
  effectOf,
  evidenceOf,
  type LedgerRow,
  ledgerOf,
  paymentOf,
} from '../table/rows.ts';
import { readPaidAgain } from '../transition/paid-again.ts';
import {
  type Content,
  type ContentDeps,
  type KeptNotification,
  keptNotifications,
  type NotificationOutcome,
} from './kept-notifications.ts';
import { type SentBackRow, sentBackOf } from './sent-back.ts';

interface HeldPayment {
  readonly payment: PaymentKey;
  readonly orderReference?: string;
  /**
   * References of orders that the provider named, if no registered order matches. Absent: an order matches, or none is
   * named.
   */
  readonly named?: readonly string[];
  readonly status: Status;
  readonly holds: readonly Hold[];
  /**
   * For each hold: the effect of each answer, and the advised one. Without the other payment, which showPayment names.
   */
  readonly advice: readonly HoldAdvice[];
  readonly moved: readonly Money[];
  readonly direction?: 'in' | 'out';
  readonly granted: boolean;
  /** The time of the payment's last change, ISO 8601. */
  readonly since: string;
}

export interface Holds {
  /** The longest waiting first. */
  readonly held: readonly HeldPayment[];
  /** True: there may be further held payments, even if the list is empty. */
  readonly more: boolean;
}

const DEFAULT_LIMIT = 200;

/** The held payments, from the sparse index. @param limit the most payments to list; the longest waiting are listed */
export async function listHolds(store: Store, limit = DEFAULT_LIMIT): Promise<Holds> {
  const { rows, more } = await openRows(store, ['held', 'payment'], {
    until: END_OF_TIME,
    most: limit,
    keep: (row) => paymentOf(row).holds.length > 0,
  });
  // A row's place in the index is the time of its payment's last change, so the longest waiting are the first.
  const held = rows.map((row) => heldPayment(paymentOf(row)));
  return { held: held.slice(0, limit), more: more || held.length > limit };
}

const heldPayment = (payment: Payment): HeldPayment => ({
  payment: payment.key,
  ...defined({ orderReference: payment.orderReference, named: namedOrders(payment) }),
  status: payment.status,
  holds: payment.holds,
  advice: holdAdvice(payment),
  moved: payment.reading.moved,
  ...defined({ direction: payment.reading.direction }),
  granted: payment.grant.state === 'granted',
  since: payment.updatedAt,
});

/** References that the provider named, if no order matches. Undefined: an order matches, or no reference is named. */
export function namedOrders({ orderReference, aliases }: Payment): readonly string[] | undefined {
  const named = aliases.flatMap(({ type, value }) => (type === 'reference' ? [value] : []));
  return orderReference === undefined && named.length > 0 ? named : undefined;
}

/** One entry of a payment's timeline. */
export type Moment =
  | {
      readonly at: string;
      readonly what: 'notification';
      /** The provider's own id of the message. */
      readonly key: string;
      readonly keyId: string;
      readonly variant: string;
      readonly digest: string;
      /** Correlation id of the request. */
      readonly correlationId: string;
      readonly as: NotificationOutcome;
      /** Names of the effects that the notification caused. */
      readonly caused: readonly string[];
      /** Only if notifications contradict each other: the amounts and codes in this one. */
      readonly content?: Content;
      /** By the provider's own times it is older than a notification that was received earlier. */
      readonly outOfOrder?: true;
    }
  | {
      readonly at: string;
      readonly what: LedgerRow['what'] | SentBackRow['what'];
      readonly by: string;
      readonly note: string;
      readonly caused: readonly string[];
      readonly detail: LedgerRow['detail'];
    }
  | { readonly at: string; readonly what: 'effect'; readonly effect: Omit<Effect, 'event' | 'payment'> };

/** The polls of a payment: the provider's last answer, and the time of the next poll. */
interface Polls extends Omit<ConfirmRow, 'payment'> {
  readonly nextAt: string;
}

export interface PaymentView {
  readonly payment: Payment;
  readonly order: Order | undefined;
  /** For each hold: the effect of each answer, the advised one, and the other payment that it is about. */
  readonly advice: readonly HoldAdvice[];
  /** Present if several payments have paid its `once` order. */
  readonly paidAgain?: PaidAgain;
  /** Undefined: no poll is planned. */
  readonly questions: Polls | undefined;
  /** Oldest first. */
  readonly timeline: readonly Moment[];
  /** True: there are more rows than were read. */
  readonly more: boolean;
}

/** The most rows of one payment that are shown: a year's evidence, effects, the ledger. */
const MAX_ROWS = 2_000;

/**
 * Everything about one payment. Undefined: there is no such payment.
 * @param contents needed to read the contents of contradicting notifications; absent: nothing sealed is opened
 */
export async function showPayment(
  store: Store,
  key: PaymentKey,
  contents?: ContentDeps,
): Promise<PaymentView | undefined> {
  const payment = await readPayment(store, key);
  if (payment === undefined) return undefined;
  const { orderReference } = payment;
  const order = orderReference === undefined ? undefined : await readOrder(store, orderReference);
  const rows = await Array.fromAsync(everyRow(store, paymentKeyOf(key).pk, { most: MAX_ROWS }));
  const effects = rows.filter(({ sk }) => sk.startsWith(EFFECT_PREFIX)).map((each) => effectOf(each).effect);
  const evidence = rows.filter(({ sk }) => sk.startsWith(EVIDENCE_PREFIX)).map(evidenceOf);
  const [kept, back] = await Promise.all([
    keptNotifications(key, { rows: evidence, effects }, store, contents),
    sentBackOf(
      payment,
      {
        correlationIds: evidence.map(({ correlationId }) => correlationId),
        since: firstReceivedAt(payment, evidence),
      },
      store,
    ),
  ]);
  return {
    payment,
    order,
    advice: holdAdvice(payment, order),
    ...defined({ paidAgain: order === undefined ? undefined : await readPaidAgain(store, order) }),
    questions: pollsOf(rows.find(({ sk }) => sk === confirmKey(key).sk)),
    timeline: timelineOf(rows, { kept, effects, decisions: payment.decisions, back }),
    more: rows.length >= MAX_ROWS,
  };
}

/** A payment's first notification may have arrived long before it was applied. */
const firstReceivedAt = ({ firstSeenAt }: Payment, evidence: readonly EvidenceRow[]): string =>
  evidence.reduce((first, { receivedAt }) => (receivedAt < first ? receivedAt : first), firstSeenAt);

function pollsOf(row: Item | undefined): Polls | undefined {
  if (row?.openAt === undefined) return undefined;
  const { payment: _, ...poll } = confirmOf(row);
  return { ...poll, nextAt: row.openAt };
}

const AT_ONE_TIME = {
  notification: 0,
  release: 1,
  reject: 1,
  confirm: 1,
  redeliver: 1,
  rederive: 1,
  erase: 1,
  redrive: 1,
  apply: 1,
  effect: 2,
} as const;

interface TimelineInput {
  readonly kept: readonly KeptNotification[];
  readonly effects: readonly Effect[];
  readonly decisions: readonly HoldDecision[];
  readonly back: readonly SentBackRow[];
}

function timelineOf(
  rows: readonly Item[],
  { kept, effects, decisions, back }: TimelineInput,
): readonly Moment[] {
  const ledger = rows.filter(({ sk }) => sk.startsWith(LEDGER_PREFIX)).map(ledgerOf);
  const moments = [
    ...kept.map(notification),
    ...ledger.map(({ what, by, note, at, effects: caused, detail }): Moment => {
      return { at, what, by, note, caused, detail };
    }),
    ...decisions.filter((made) => !isLedgered(made, ledger)).map(bareDecision),
    ...back.map(({ what, by, note, at, where, id }): Moment => {
      return { at, what, by, note, caused: [], detail: { from: where, message: id } };
    }),
    ...effects.map(({ event: _, payment: __, ...effect }): Moment => {
      return { at: effect.createdAt, what: 'effect', effect };
    }),
  ];
  const sequence = (moment: Moment): number => (moment.what === 'effect' ? moment.effect.sequence : 0);
  return moments.sort(
    (a, b) =>
      Date.parse(a.at) - Date.parse(b.at) ||
      AT_ONE_TIME[a.what] - AT_ONE_TIME[b.what] ||
      sequence(a) - sequence(b),
  );
}

/** Whether the ledger contains the decision. Other code may decide through the core; then only the payment has it. */
const isLedgered = ({ reason, digest }: HoldDecision, ledger: readonly LedgerRow[]): boolean =>
  ledger.some(({ detail }) => detail.reason === reason && detail.digest === digest);

const bareDecision = ({ verdict, by, note, at, reason, digest }: HoldDecision): Moment => ({
  at,
  what: verdict,
  by,
  note,
  caused: [],
  detail: { reason, digest },
});

/** Without the sealed text and the token. */
function notification({ row, as, caused, content, outOfOrder }: KeptNotification): Moment {
  const { normalizedKey: key, receivedAt: at, keyId, variant, digest, correlationId } = row;
  return {
    ...{ at, what: 'notification', key, keyId, variant, digest, correlationId, as, caused },
    ...defined({ content, outOfOrder }),
  };
}
