/**
 * Rows as typed values. `schema` is the layout of `data`: this code reads SCHEMA and older layouts, and refuses newer
 * ones (during a deployment an older worker may read them; its message is then retried by a newer one).
 */
import { defined } from '../../payment/defined.ts';
import type { OrderAction } from '../../payment/order-changes.ts';
import type { Effect, EffectState, Order, Payment, PaymentKey, Refund } from '../../payment/types.ts';
import type { KeyId } from '../../providers/provider.ts';
import type { QuestionAnswer } from '../../providers/question-answer.ts';
import type { Item, Key } from '../ports.ts';
import { EFFECT_SCHEMA, effectFrom, type StoredEffect, storedForm } from './effect-form.ts';
import {
  confirmKey,
  effectKey,
  eventKey,
  evidenceKey,
  ledgerKey,
  type OpenKind,
  openShard,
  orderKey,
  orderLedgerKey,
  paymentKeyOf,
  pollAnswerKey,
  quarantineFullKey,
  quarantineKey,
  redirectStateKey,
  refundKey,
  renewKey,
  type Scope,
  shippingKey,
} from './keys.ts';
import { waitsAs } from './overdue.ts';

export const SCHEMA = 1;

/** The row was written by a newer version of this software. */
export class NewerRowError extends Error {
  override readonly name = 'NewerRowError';
}

/** The row's `data`. @throws NewerRowError */
export const dataOf = <T>(item: Item): T => dataUpTo<T>(item, SCHEMA);

function dataUpTo<T>(item: Item, newest: number): T {
  if (item.schema > newest)
    throw new NewerRowError(`a row has schema ${item.schema}, this worker reads ${newest}`);
  return item.data as T;
}

const addSeconds = (at: string, seconds: number): string =>
  new Date(Date.parse(at) + seconds * 1_000).toISOString();
const epochSeconds = (at: string, days: number): number => Math.floor(Date.parse(at) / 1_000) + days * 86_400;

/** A row of the present layout. */
const rowOf = (key: Key, data: unknown, more: Partial<Item> = {}): Item => ({
  ...key,
  schema: SCHEMA,
  data,
  ...more,
});

/** The permanent dedupe row of one notification. */
export interface EventRow {
  readonly materialHash: string;
  /** imported: another system processed it before the cut-over. Only its id is known, so any copy is absorbed. */
  readonly outcome: 'applied' | 'recorded' | 'conflict' | 'imported';
  readonly payment?: PaymentKey;
  /** Names of the effects that this notification caused. */
  readonly effects: readonly string[];
  readonly remark?: string;
  readonly receivedAt: string;
  readonly correlationId: string;
}

export const eventItem = (scope: Scope, notificationKey: string, data: EventRow): Item =>
  rowOf(eventKey(scope, notificationKey), data);
export const eventOf = (item: Item): EventRow => dataOf<EventRow>(item);

const mayBeChargedBack = ({ grant, reading }: Payment): boolean =>
  grant.state === 'granted' && reading.kind === 'payment';

/**
 * The kind in the sparse index of a payment that waits for an operator, its provider or a bank. Its age restarts when
 * the payment changes.
 */
function openKindOf(payment: Payment, isPolled: boolean): OpenKind | undefined {
  if (payment.holds.length > 0) return 'held';
  const kind = waitsAs(payment);
  if (kind === 'waiting' || kind === 'disputed') return kind;
  return isPolled && mayBeChargedBack(payment) ? 'granted' : kind;
}

/** A payment's row. `marked`: its aliases have waiting marks although it follows an order (state-writes.ts). */
export interface PaymentRow extends Item {
  readonly marked?: true;
}

/** @param isPolled the reconciler polls each granted payment of the account, and finds it in the sparse index */
export function paymentItem(
  payment: Payment,
  { isPolled, marked }: { readonly isPolled: boolean; readonly marked?: boolean | undefined },
): PaymentRow {
  const kind = openKindOf(payment, isPolled);
  return {
    ...paymentKeyOf(payment.key),
    version: payment.version,
    schema: SCHEMA,
    data: payment,
    ...(marked ? { marked } : {}),
    ...(kind === undefined ? {} : { openShard: openShard(kind, payment.key), openAt: payment.updatedAt }),
  };
}
export const paymentOf = (item: Item): Payment => dataOf<Payment>(item);

/** An unpaid `once` order is in the sparse index for the reconciler. Recurring and open orders are never "paid". */
export const orderItem = (order: Order): Item => ({
  ...orderKey(order.reference),
  version: order.version,
  schema: SCHEMA,
  data: order,
  ...(order.use === 'once' && order.paidBy === undefined && order.fulfilled === undefined
    ? { openShard: openShard('order', order.reference), openAt: order.registeredAt }
    : {}),
});
export const orderOf = (item: Item): Order => dataOf<Order>(item);

/** A change of an order by a merchant or an operator; written in one transaction with the order. */
export interface OrderLedgerRow {
  readonly what: OrderAction;
  readonly by: string;
  readonly note: string;
  readonly at: string;
  /** Version of the order after the change. */
  readonly version: number;
  /** The caller's role. Present if the change came over HTTP. */
  readonly caller?: string;
  /** The changed fields, before and after ("validUntil", "amounts"). */
  readonly changed: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
}

export const orderLedgerItem = (reference: string, data: OrderLedgerRow): Item =>
  rowOf(orderLedgerKey(reference, data.version), data);
export const orderLedgerOf = (item: Item): OrderLedgerRow => dataOf<OrderLedgerRow>(item);

export const refundItem = (refund: Refund): Item => rowOf(refundKey(refund.reference), refund);
export const refundOf = (item: Item): Refund => dataOf<Refund>(item);

export const aliasItem = (key: Key, reference: string): Item => rowOf(key, { reference });
export const aliasTarget = (item: Item): string => dataOf<{ readonly reference: string }>(item).reference;

export const markItem = (key: Key, payment: PaymentKey): Item => rowOf(key, { payment });
export const markedPayment = (item: Item): PaymentKey =>
  dataOf<{ readonly payment: PaymentKey }>(item).payment;

/** How long an effect may stay in a state before the sweeper publishes it again, in seconds. */
const NEXT_LOOK_SECONDS: Readonly<Partial<Record<EffectState, number>>> = {
  // Its message is on the queue or will be: after a crash the notification is received again within three minutes, and
  // publishes it. The sweeper is only the second safeguard, and sends a superfluous message once per traffic peak.
  pending: 300,
  // The sweeper has sent another message, or a backoff is running.
  queued: 3_600,
  delivering: 900,
};

/** One effect with the version of its row, which every change of state raises. */
export interface EffectRow {
  readonly effect: Effect;
  readonly version: number;
  /** Its `openAt` in the sparse index, as it was read. Absent: it is not in the index. */
  readonly openAt?: string;
}

/**
 * The row of an effect.
 * @param now ISO 8601, the writer's clock (an effect's own times are those of the input that caused it)
 * @param quietSeconds additional time in which no change is expected (a backoff)
 */
export function effectItem({ effect, version, openAt }: EffectRow, now: string, quietSeconds = 0): Item {
  return {
    ...effectKey(effect.payment, effect.name),
    version,
    schema: EFFECT_SCHEMA,
    data: storedForm(effect),
    ...placeInIndex(effect, now, quietSeconds, openAt),
  };
}

/**
 * The position in the sparse index: effects that are not final for the sweeper, given-up ones for an operator until
 * they are sent again. A lease keeps the effect's position if the sweeper's check there is after the lease's end and
 * the backoff: a move costs two writes of the index.
 */
function placeInIndex(
  { payment, state, updatedAt, leaseUntil, notBefore = '' }: Effect,
  now: string,
  quietSeconds: number,
  place: string | undefined,
): Pick<Item, 'openShard' | 'openAt'> {
  if (state === 'failed') return { openShard: openShard('failed', payment), openAt: updatedAt };
  const look = NEXT_LOOK_SECONDS[state];
  if (look === undefined) return {};
  const openAt = addSeconds(now, look + quietSeconds);
  const stays =
    state === 'delivering' &&
    place !== undefined &&
    leaseUntil !== undefined &&
    leaseUntil < place &&
    notBefore < place &&
    place < openAt;
  return { openShard: openShard('effect', payment), openAt: stays ? place : openAt };
}

export const effectOf = (item: Item): EffectRow => ({
  effect: effectFrom(item, dataUpTo<StoredEffect>(item, EFFECT_SCHEMA)),
  version: item.version ?? 1,
  ...defined({ openAt: item.openAt }),
});

/** The verified notification as it was received, sealed. */
export interface EvidenceRow {
  readonly sealed: string;
  readonly digest: string;
  readonly keyId: string;
  /** Fingerprint of the key that verified the signature. Absent in rows of older versions, and for an API's answer. */
  readonly keyFingerprint?: string;
  readonly variant: string;
  /** The key of its normalized event. */
  readonly normalizedKey: string;
  readonly receivedAt: string;
  readonly correlationId: string;
  /** The answer, if the notification was a question: it is evidence like the notification. */
  readonly decided?: QuestionAnswer;
}

/**
 * `toldKey` is the name that version 0.1 uses for `normalizedKey`. It is still written, so that that version can read
 * it.
 */
export interface StoredEvidence extends Omit<EvidenceRow, 'normalizedKey'> {
  readonly toldKey: string;
  readonly normalizedKey?: string;
}

export const evidenceItem = (
  scope: Scope,
  payment: PaymentKey | undefined,
  data: EvidenceRow,
  days: number,
): Item => ({
  ...evidenceKey(scope, payment, data.receivedAt, data.digest),
  schema: SCHEMA,
  data: { ...data, toldKey: data.normalizedKey } satisfies StoredEvidence,
  expiresAt: epochSeconds(data.receivedAt, days),
});

export function evidenceOf(item: Item): EvidenceRow {
  const { toldKey, normalizedKey = toldKey, ...row } = dataOf<StoredEvidence>(item);
  return { ...row, normalizedKey };
}

/** An operator's action on a payment; written in one transaction with its results. */
export interface LedgerRow {
  readonly what: 'release' | 'reject' | 'confirm' | 'redeliver' | 'rederive' | 'erase';
  /** The operator, as given to the command line or library. */
  readonly by: string;
  readonly note: string;
  readonly at: string;
  /** Names of the effects that the action caused. */
  readonly effects: readonly string[];
  /** Further data: reason and digest of a hold, the effect that was sent again, the status before and after. */
  readonly detail: Readonly<Record<string, string>>;
}

export const ledgerItem = (payment: PaymentKey, name: string, data: LedgerRow): Item =>
  rowOf(ledgerKey(payment, name), data);
export const ledgerOf = (item: Item): LedgerRow => dataOf<LedgerRow>(item);

export interface QuarantineRow {
  readonly reason: string;
  readonly sealed: string;
  readonly digest: string;
  readonly keyId: KeyId;
  readonly keyFingerprint?: string;
  readonly variant: string;
  readonly receivedAt: string;
  readonly correlationId: string;
}

export const quarantineItem = (scope: Scope, id: string, data: QuarantineRow, days: number): Item =>
  rowOf(quarantineKey(scope, id), data, { expiresAt: epochSeconds(data.receivedAt, days) });

export const quarantineCountItem = (key: Key, count: number, at: string, days: number): Item =>
  rowOf(key, { count }, { version: count, expiresAt: epochSeconds(at, days) });

const FULL_DAYS = 40;
/** Expires after a little more than a month: the next month has its own row. */
export const quarantineFullItem = (scope: Scope, month: string, at: string): Item =>
  rowOf(quarantineFullKey(scope, month), { at }, { expiresAt: epochSeconds(at, FULL_DAYS) });

/** A provider's question: open while it has no answer. A stored answer stays. */
export interface QuestionRow {
  readonly asks: 'debit' | 'kyc';
  /**
   * Material hash of the notification that was answered. Another notification under its id does not share the answer.
   */
  readonly materialHash: string;
  readonly firstAskedAt: string;
  /**
   * The merchant was asked and has not answered, so it may have taken the balance. `takenFor` says for which contents.
   */
  readonly uncertain: boolean;
  readonly decided?: QuestionAnswer;
  readonly decidedAt?: string;
  /**
   * Material hashes of the contents for which the merchant took the balance, or may have: while the question is open,
   * those that the merchant was asked about; after that, those that got a no nevertheless. Absent in an open row of an
   * older version: its own hash.
   */
  readonly takenFor?: readonly string[];
  /**
   * Material hashes that left `takenFor` after the answer, because the merchant said that it took nothing. A copy that
   * was answered before still says that the balance must be given back.
   */
  readonly notTakenFor?: readonly string[];
}

export const questionItem = (key: Key, data: QuestionRow, version: number): Item =>
  rowOf(key, data, { version });
export const questionRowOf = (item: Item): QuestionRow => dataOf<QuestionRow>(item);

/** A message lives 14 days on a queue, and another 14 days in its dead-letter queue. */
const ANSWER_DAYS = 90;

/** @param at ISO 8601, when the answer was received */
export const pollAnswerItem = (scope: Scope, digest: string, at: string): Item =>
  rowOf(pollAnswerKey(scope, digest), { at }, { expiresAt: epochSeconds(at, ANSWER_DAYS) });

/** The question about a withdrawal that was answered yes. No other question about it is. */
export interface TakenRow {
  readonly notificationId: string;
  readonly orderId: string;
  readonly at: string;
}

export const takenItem = (key: Key, data: TakenRow): Item => rowOf(key, data);
export const takenOf = (item: Item): TakenRow => dataOf<TakenRow>(item);

/** When the provider is polled about a payment next. */
export interface ConfirmRow {
  readonly payment: PaymentKey;
  /** Number of polls since the payment began to wait. */
  readonly attempts: number;
  readonly askedAt?: string;
  /** Outcome of the last poll: "found", "unknown", "refused.credentials", "unavailable.network"… Absent: none yet. */
  readonly outcome?: string;
}

export const confirmItem = (data: ConfirmRow, version: number, nextCheckAt: string): Item =>
  rowOf(confirmKey(data.payment), data, {
    version,
    openShard: openShard('confirm', data.payment),
    openAt: nextCheckAt,
  });
export const confirmOf = (item: Item): ConfirmRow => dataOf<ConfirmRow>(item);

/**
 * A payment to be derived anew, written where no queue is available: its order was found, or the payment that it
 * competed with lost its claim.
 */
export interface RenewRow {
  readonly payment: PaymentKey;
  readonly cause: string;
  /** The payment is derived anew even if its goods are granted. Absent: only if they were never granted. */
  readonly evenGranted?: true;
}

/** @param at ISO 8601; the version is made from it, so that a removal applies only to the row that was read */
export const renewItem = (data: RenewRow, at: string): Item =>
  rowOf(renewKey(data.payment), data, {
    version: Date.parse(at),
    openShard: openShard('renew', data.payment),
    openAt: at,
  });
export const renewOf = (item: Item): RenewRow => dataOf<RenewRow>(item);

/** What the redirect function may know of a Trustly Americas payment. Absent row: no order, and not confirmed. */
export interface RedirectStateRow {
  readonly orderReference?: string;
  /** Verified events say that the payment succeeded, and it is not held. */
  readonly confirmed: boolean;
}

export const redirectStateItem = (payment: PaymentKey, data: RedirectStateRow): Item =>
  rowOf(redirectStateKey(payment), data);
export const redirectStateOf = (item: Item): RedirectStateRow => dataOf<RedirectStateRow>(item);

/**
 * `due`: authorized, no shipping reported yet. `reported`: to be sent. `sent`: the provider accepted it. `over`:
 * nothing is left to do.
 */
export interface ShippingRow {
  readonly payment: PaymentKey;
  readonly state: 'due' | 'reported' | 'sent' | 'over';
  readonly authorizedAt: string;
  readonly attempts: number;
  readonly status?: string;
  /** The sealed report, which contains a person's address. Absent: none, or it was sent. */
  readonly sealed?: string;
  readonly outcome?: string;
}

/** @param lookAt when the row is checked next; undefined: nothing is left to do */
export const shippingItem = (data: ShippingRow, version: number, lookAt: string | undefined): Item => ({
  ...shippingKey(data.payment),
  version,
  schema: SCHEMA,
  data,
  ...(lookAt === undefined ? {} : { openShard: openShard('delivery', data.payment), openAt: lookAt }),
});
export const shippingRowOf = (item: Item): ShippingRow => dataOf<ShippingRow>(item);

/** A queue message that can never succeed, with the reason. */
export interface ParkedRow {
  readonly queue: string;
  readonly reason: string;
  readonly digest: string;
  /** The message as it was received, sealed. */
  readonly sealed: string;
  /** The readable fields of the message: version, account, correlation id. Absent in rows of older versions. */
  readonly described?: Readonly<Record<string, string | number>>;
  readonly messageId: string;
  readonly receives: number;
  readonly at: string;
}

export const parkedItem = (key: Key, data: ParkedRow): Item => rowOf(key, data);
