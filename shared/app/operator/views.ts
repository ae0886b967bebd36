/** What an operator looks at: pure reads over the table, for the command line. Nothing here shows a person's data. */
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
import {
  confirmKey,
  EFFECT_PREFIX,
  EVIDENCE_PREFIX,
  LEDGER_PREFIX,
  orderKey,
  paymentKeyOf,
} from '../table/keys.ts';
import { ALWAYS, openRows } from '../table/open-index.ts';
import {
  type ConfirmRow,
  confirmOf,
  type EvidenceRow,
  effectOf,
  evidenceOf,
  type LedgerRow,
  ledgerOf,
  orderOf,
  paymentOf,
} from '../table/rows.ts';
import { readPaidAgain } from '../transition/paid-again.ts';
import {
  type Content,
  type ContentDeps,
  type Kept,
  type KeptAs,
  keptNotifications,
} from './kept-notifications.ts';
import { type SentBackRow, sentBackOf } from './sent-back.ts';

interface HeldPayment {
  readonly payment: PaymentKey;
  readonly orderReference?: string;
  /** References of an order that the provider named, where none matches. */
  readonly named?: readonly string[];
  readonly status: Status;
  readonly holds: readonly Hold[];
  /** Of each hold: what each answer does, and which one is advised. The other payment is named by showPayment. */
  readonly advice: readonly HoldAdvice[];
  readonly moved: readonly Money[];
  readonly granted: boolean;
  /** Time of the last news. */
  readonly since: string;
}

export interface Holds {
  /** Longest waiting first. */
  readonly held: readonly HeldPayment[];
  /** True: there may be more than these, also where there are none. */
  readonly more: boolean;
}

const DEFAULT_LIMIT = 200;

/** Every payment that is held, from the sparse index. @param limit at most so many, the longest waiting */
export async function listHolds(store: Store, limit = DEFAULT_LIMIT): Promise<Holds> {
  const { rows, more } = await openRows(store, ['held', 'payment'], {
    until: ALWAYS,
    most: limit,
    keep: (row) => paymentOf(row).holds.length > 0,
  });
  const held = rows.map((row) => heldPayment(paymentOf(row)));
  held.sort((a, b) => (a.since < b.since ? -1 : 1));
  return { held: held.slice(0, limit), more: more || held.length > limit };
}

const heldPayment = (payment: Payment): HeldPayment => ({
  payment: payment.key,
  ...defined({ orderReference: payment.orderReference, named: namedOrders(payment) }),
  status: payment.status,
  holds: payment.holds,
  advice: holdAdvice(payment),
  moved: payment.reading.moved,
  granted: payment.grant.state === 'granted',
  since: payment.updatedAt,
});

/** References that the provider named, where no order matches; undefined: an order does, or nothing is named. */
export function namedOrders({ orderReference, aliases }: Payment): readonly string[] | undefined {
  const named = aliases.flatMap(({ type, value }) => (type === 'reference' ? [value] : []));
  return orderReference === undefined && named.length > 0 ? named : undefined;
}

/** One thing that happened, by time. */
export type Moment =
  | {
      readonly at: string;
      readonly what: 'notification';
      /** The provider's own id of the message. */
      readonly key: string;
      readonly keyId: string;
      readonly variant: string;
      readonly digest: string;
      /** Of its request. */
      readonly correlationId: string;
      readonly as: KeptAs;
      /** Names of the effects that it caused. */
      readonly caused: readonly string[];
      /** Where notifications contradict each other: what each says of money. */
      readonly content?: Content;
      /** By the provider's own times it is older than one that was received before it. */
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

/** The provider is asked about it: its last answer, and when it is asked next. */
interface Polls extends Omit<ConfirmRow, 'payment'> {
  readonly nextAt: string;
}

export interface PaymentView {
  readonly payment: Payment;
  readonly order: Order | undefined;
  /** Of each hold, with the other payment that it is about. */
  readonly advice: readonly HoldAdvice[];
  /** Several payments have paid its order, which is to be paid once. */
  readonly paidAgain?: PaidAgain;
  /** Undefined: no question is planned. */
  readonly questions: Polls | undefined;
  /** Oldest first. */
  readonly timeline: readonly Moment[];
  /** True: there are more rows than were read. */
  readonly more: boolean;
}

/** Rows of one payment that are shown: evidence of a year, effects, the ledger. */
const MAX_ROWS = 2_000;

/**
 * Everything about one payment; undefined when there is none.
 * @param contents reads what contradicting notifications say of money; without it nothing sealed is opened
 */
export async function showPayment(
  store: Store,
  key: PaymentKey,
  contents?: ContentDeps,
): Promise<PaymentView | undefined> {
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) return undefined;
  const payment = paymentOf(row);
  const orderRow =
    payment.orderReference === undefined ? undefined : await store.get(orderKey(payment.orderReference));
  const order = orderRow === undefined ? undefined : orderOf(orderRow);
  const rows = await Array.fromAsync(everyRow(store, paymentKeyOf(key).pk, { most: MAX_ROWS }));
  const effects = rows.filter(({ sk }) => sk.startsWith(EFFECT_PREFIX)).map((each) => effectOf(each).effect);
  const evidence = rows.filter(({ sk }) => sk.startsWith(EVIDENCE_PREFIX)).map(evidenceOf);
  const [kept, back] = await Promise.all([
    keptNotifications(key, { rows: evidence, effects }, store, contents),
    sentBackOf(
      payment,
      {
        correlationIds: evidence.map(({ correlationId }) => correlationId),
        since: firstTime(payment, evidence),
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

/** A payment's first notification may have come long before it was applied. */
const firstTime = ({ firstSeenAt }: Payment, evidence: readonly EvidenceRow[]): string =>
  evidence.reduce((first, { receivedAt }) => (receivedAt < first ? receivedAt : first), firstSeenAt);

function pollsOf(row: Item | undefined): Polls | undefined {
  if (row?.openAt === undefined) return undefined;
  const { payment: _, ...asked } = confirmOf(row);
  return { ...asked, nextAt: row.openAt };
}

const PLACE = {
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

interface Happened {
  readonly kept: readonly Kept[];
  readonly effects: readonly Effect[];
  readonly decisions: readonly HoldDecision[];
  readonly back: readonly SentBackRow[];
}

function timelineOf(rows: readonly Item[], { kept, effects, decisions, back }: Happened): readonly Moment[] {
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
      Date.parse(a.at) - Date.parse(b.at) || PLACE[a.what] - PLACE[b.what] || sequence(a) - sequence(b),
  );
}

/** A decision that some other code made through the core: the payment itself remembers it. */
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

/** Sealed text and token stay where they are. */
function notification({ row, as, caused, content, outOfOrder }: Kept): Moment {
  const { normalizedKey: key, receivedAt: at, keyId, variant, digest, correlationId } = row;
  return {
    ...{ at, what: 'notification', key, keyId, variant, digest, correlationId, as, caused },
    ...defined({ content, outOfOrder }),
  };
}
