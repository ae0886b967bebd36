/**
 * Rows as typed values. `schema` is the layout of `data`: this code reads SCHEMA and older, and refuses newer
 * ones (during a deployment an older worker may meet them; its message is then retried by a newer one).
 */
import { defined } from '../../payment/defined.ts';
import type { OrderAction } from '../../payment/order-changes.ts';
import type { Effect, EffectState, Order, Payment, PaymentKey, Refund } from '../../payment/types.ts';
import type { KeyId, Rules } from '../../providers/provider.ts';
import type { QuestionAnswer } from '../../providers/question-answer.ts';
import type { Item, Key } from '../ports.ts';
import { EFFECT_SCHEMA, effectFrom, type StoredEffect, storedForm } from './effect-form.ts';
import {
  answerKey,
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
  quarantineFullKey,
  quarantineKey,
  refundKey,
  renewKey,
  type Scope,
  shippingKey,
  standingKey,
} from './keys.ts';
import { waitsAs } from './overdue.ts';

export const SCHEMA = 1;

/** A row written by a newer version of this software. */
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

/** The permanent dedupe of one notification. */
export interface EventRow {
  readonly materialHash: string;
  /** imported: another system processed it before the cut-over; we know its id alone, so any copy is absorbed. */
  readonly outcome: 'applied' | 'recorded' | 'conflict' | 'imported';
  readonly payment?: PaymentKey;
  /** Names of the effects that this notification caused. */
  readonly effects: readonly string[];
  readonly remark?: string;
  readonly receivedAt: string;
  readonly correlationId: string;
}

export const eventItem = (scope: Scope, notificationKey: string, data: EventRow): Item => ({
  ...eventKey(scope, notificationKey),
  schema: SCHEMA,
  data,
});
export const eventOf = (item: Item): EventRow => dataOf<EventRow>(item);

const mayBeChargedBack = ({ grant, reading }: Payment): boolean =>
  grant.state === 'granted' && reading.kind === 'payment';

/** A payment that waits for a person, its provider or a bank is in the sparse index; its clock starts anew when it changes. */
function openKindOf(payment: Payment, { isAskedAboutEach }: Rules): OpenKind | undefined {
  if (payment.holds.length > 0) return 'held';
  const kind = waitsAs(payment);
  if (kind === 'waiting' || kind === 'disputed') return kind;
  return isAskedAboutEach && mayBeChargedBack(payment) ? 'granted' : kind;
}

/** A payment's row; `marked`: its names carry waiting marks although it follows an order (transact.ts). */
export interface PaymentRow extends Item {
  readonly marked?: true;
}

export function paymentItem(
  payment: Payment,
  { rules, marked }: { readonly rules: Rules; readonly marked?: boolean | undefined },
): PaymentRow {
  const kind = openKindOf(payment, rules);
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

/** An unpaid order is found by the reconciler; a recurring or open one is never "paid". */
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

/** What a merchant or an operator changed of an order; written in one transaction with the order. */
export interface OrderLedgerRow {
  readonly what: OrderAction;
  readonly by: string;
  readonly note: string;
  readonly at: string;
  /** Of the order after the change. */
  readonly version: number;
  /** The caller's role, where it came over HTTP. */
  readonly caller?: string;
  /** What was changed, before and after ("validUntil", "amounts"). */
  readonly changed: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
}

export const orderLedgerItem = (reference: string, data: OrderLedgerRow): Item => ({
  ...orderLedgerKey(reference, data.version),
  schema: SCHEMA,
  data,
});
export const orderLedgerOf = (item: Item): OrderLedgerRow => dataOf<OrderLedgerRow>(item);

export const refundItem = (refund: Refund): Item => ({
  ...refundKey(refund.reference),
  schema: SCHEMA,
  data: refund,
});
export const refundOf = (item: Item): Refund => dataOf<Refund>(item);

export const aliasItem = (key: Key, reference: string): Item => ({
  ...key,
  schema: SCHEMA,
  data: { reference },
});
export const aliasTarget = (item: Item): string => dataOf<{ readonly reference: string }>(item).reference;

export const waitingItem = (key: Key, payment: PaymentKey): Item => ({
  ...key,
  schema: SCHEMA,
  data: { payment },
});
export const waitingPayment = (item: Item): PaymentKey =>
  dataOf<{ readonly payment: PaymentKey }>(item).payment;

/** How long an effect may stay in a state before the sweeper publishes it again, in seconds. */
const NEXT_LOOK_SECONDS: Readonly<Partial<Record<EffectState, number>>> = {
  // Its message is on the queue, or will be: after a crash the notification comes again within three minutes and
  // publishes it. The sweeper is the second net, and once per surge a message too many.
  pending: 300,
  // The sweeper has sent another message, or a backoff is running.
  queued: 3_600,
  delivering: 900,
};

/** One effect with the version of its row, which every change of state raises. */
export interface EffectRow {
  readonly effect: Effect;
  readonly version: number;
  /** Its place in the index of what is open, as it was read; absent: it has none. */
  readonly openAt?: string;
}

/**
 * @param now ISO 8601, the writer's clock (an effect's own times are those of the news that caused it)
 * @param quietSeconds how long nothing is expected to happen beyond the usual (a backoff)
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
 * The sweeper looks at what is not final, a person at what was given up, until it is sent again. A lease keeps the
 * place that its effect has, where the sweeper looks there after the lease's end and the pause: a move is two writes of the index.
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
  /** Of the key that verified it; absent in rows of older versions, and in an API's answer. */
  readonly keyFingerprint?: string;
  readonly variant: string;
  /** The key of its normalized event. */
  readonly normalizedKey: string;
  readonly receivedAt: string;
  readonly correlationId: string;
  /** What we answered, where it was a question: as much evidence as the notification. */
  readonly decided?: QuestionAnswer;
}

/** `toldKey` is the name that version 0.1 gives to `normalizedKey`: it is still written, for that version to read. */
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

/** What a person, or a command of theirs, did to a payment; written in one transaction with what it caused. */
export interface LedgerRow {
  readonly what: 'release' | 'reject' | 'confirm' | 'redeliver' | 'rederive' | 'erase';
  /** Who, as the command line or library was told. */
  readonly by: string;
  readonly note: string;
  readonly at: string;
  /** Names of the effects that followed. */
  readonly effects: readonly string[];
  /** What it was about: reason and digest of a hold, the effect sent again, the status before and after. */
  readonly detail: Readonly<Record<string, string>>;
}

export const ledgerItem = (payment: PaymentKey, name: string, data: LedgerRow): Item => ({
  ...ledgerKey(payment, name),
  schema: SCHEMA,
  data,
});
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

export const quarantineItem = (scope: Scope, id: string, data: QuarantineRow, days: number): Item => ({
  ...quarantineKey(scope, id),
  schema: SCHEMA,
  data,
  expiresAt: epochSeconds(data.receivedAt, days),
});

export const countItem = (key: Key, count: number, at: string, days: number): Item => ({
  ...key,
  version: count,
  schema: SCHEMA,
  data: { count },
  expiresAt: epochSeconds(at, days),
});

const FULL_DAYS = 40;
/** For a month and a little: the next one has a row of its own. */
export const fullItem = (scope: Scope, month: string, at: string): Item => ({
  ...quarantineFullKey(scope, month),
  schema: SCHEMA,
  data: { at },
  expiresAt: epochSeconds(at, FULL_DAYS),
});

/** A question of a provider: open while it cannot be answered; once decided, the decision stays. */
export interface QuestionRow {
  readonly asks: 'debit' | 'kyc';
  /** Of the notification that was decided on; another one under its id has no part in the decision. */
  readonly materialHash: string;
  readonly firstAskedAt: string;
  /** The merchant was asked and has not answered: it may have taken the balance. For which content: `takenFor`. */
  readonly uncertain: boolean;
  readonly decided?: QuestionAnswer;
  readonly decidedAt?: string;
  /**
   * Material hashes whose balance the merchant took, or may have: contents that it was asked about while this is open,
   * and those that got no all the same when it is decided. Absent in an open row of an older version: its own.
   */
  readonly takenFor?: readonly string[];
}

export const questionItem = (key: Key, data: QuestionRow, version: number): Item => ({
  ...key,
  version,
  schema: SCHEMA,
  data,
});
export const questionRowOf = (item: Item): QuestionRow => dataOf<QuestionRow>(item);

/** A message on a queue lives 14 days, and as long again among the dead letters. */
const ANSWER_DAYS = 90;

/** @param at ISO 8601, when the answer came */
export const answerItem = (scope: Scope, digest: string, at: string): Item => ({
  ...answerKey(scope, digest),
  schema: SCHEMA,
  data: { at },
  expiresAt: epochSeconds(at, ANSWER_DAYS),
});

/** The question of a withdrawal that was answered yes: no other one about it is. */
export interface TakenRow {
  readonly notificationId: string;
  readonly orderId: string;
  readonly at: string;
}

export const takenItem = (key: Key, data: TakenRow): Item => ({ ...key, schema: SCHEMA, data });
export const takenOf = (item: Item): TakenRow => dataOf<TakenRow>(item);

/** When the provider is asked about a payment next. */
export interface ConfirmRow {
  readonly payment: PaymentKey;
  /** Questions asked since the payment began to wait. */
  readonly attempts: number;
  readonly askedAt?: string;
  /** "found", "unknown", "refused.credentials", "unavailable.network"… */
  readonly outcome?: string;
}

export const confirmItem = (data: ConfirmRow, version: number, nextCheckAt: string): Item => ({
  ...confirmKey(data.payment),
  version,
  schema: SCHEMA,
  data,
  openShard: openShard('confirm', data.payment),
  openAt: nextCheckAt,
});
export const confirmOf = (item: Item): ConfirmRow => dataOf<ConfirmRow>(item);

/** A payment that is to be derived anew: an order was found for it, or what it competed with is gone, where no queue is at hand. */
export interface RenewRow {
  readonly payment: PaymentKey;
  readonly cause: string;
  /** Also when its goods are granted; absent: only before. */
  readonly evenGranted?: true;
}

/** @param at ISO 8601; the version comes from it, so that whoever removes the row removes the one that was read */
export const renewItem = (data: RenewRow, at: string): Item => ({
  ...renewKey(data.payment),
  version: Date.parse(at),
  schema: SCHEMA,
  data,
  openShard: openShard('renew', data.payment),
  openAt: at,
});
/** Of a Trustly Americas payment. Absent: no order, and nothing confirmed. */
export interface StandingRow {
  readonly orderReference?: string;
  /** Verified events say that it went well, and nothing is held. */
  readonly confirmed: boolean;
}

export const standingItem = (payment: PaymentKey, data: StandingRow): Item => ({
  ...standingKey(payment),
  schema: SCHEMA,
  data,
});
export const standingOf = (item: Item): StandingRow => dataOf<StandingRow>(item);

export const renewOf = (item: Item): RenewRow => dataOf<RenewRow>(item);

/** `due`: authorized, and no shipping reported yet · `reported`: to be sent · `sent`: the provider took it. */
export interface ShippingRow {
  readonly payment: PaymentKey;
  readonly state: 'due' | 'reported' | 'sent' | 'over';
  readonly authorizedAt: string;
  readonly attempts: number;
  readonly status?: string;
  /** The report, sealed: it holds a person's address. */
  readonly sealed?: string;
  readonly outcome?: string;
}

/** @param lookAt when it is looked at next; undefined: nothing is left to do */
export const shippingItem = (data: ShippingRow, version: number, lookAt: string | undefined): Item => ({
  ...shippingKey(data.payment),
  version,
  schema: SCHEMA,
  data,
  ...(lookAt === undefined ? {} : { openShard: openShard('delivery', data.payment), openAt: lookAt }),
});
export const shippingOf = (item: Item): ShippingRow => dataOf<ShippingRow>(item);

/** A queue message that can never succeed, with the reason. */
export interface ParkedRow {
  readonly queue: string;
  readonly reason: string;
  readonly digest: string;
  /** The message as it was, sealed. */
  readonly sealed: string;
  /** What the message says of itself: version, account, correlation id. Absent in rows of older versions. */
  readonly described?: Readonly<Record<string, string | number>>;
  readonly messageId: string;
  readonly receives: number;
  readonly at: string;
}

export const parkedItem = (key: Key, data: ParkedRow): Item => ({ ...key, schema: SCHEMA, data });
