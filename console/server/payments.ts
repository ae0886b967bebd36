/** Payments: the list, one payment with all its data, the event of an effect. */
import { openPayments } from '../../cli/commands/payments-list.ts';
import { EFFECT_FIELDS, paymentJson, picked } from '../../cli/payment-json.ts';
import { paymentNamed, unknownPayment } from '../../cli/payment-key.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { PATIENCE_MS, type Undelivered, undeliveredEffects } from '../../cli/undelivered.ts';
import { findPayments } from '../../shared/app/operator/find-payments.ts';
import { type Moment, namedOrders, showPayment } from '../../shared/app/operator/views.ts';
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { defined } from '../../shared/payment/defined.ts';
import { refundDueOf, waitingOf } from '../../shared/payment/index.ts';
import { sumMoney } from '../../shared/payment/money.ts';
import { isPaidLike, isRejected } from '../../shared/payment/statuses.ts';
import {
  type Effect,
  type Order,
  type Payment,
  type PaymentKey,
  STATUSES,
} from '../../shared/payment/types.ts';
import { providerOf } from '../../shared/providers/index.ts';
import type {
  EventDetail,
  MomentShown,
  PaymentDetail,
  PaymentShown,
  PaymentsView,
  UndeliveredShown,
} from '../contract.ts';
import { isFulfilPending } from '../fulfil-pending.ts';
import type { Backend } from './backend.ts';
import { withDuplicates } from './duplicates.ts';
import { nextSteps } from './next-steps.ts';
import { newestFirst, pageOf, type Order as Sorted } from './paging.ts';
import type { Query } from './query.ts';
import { effectSentence, notificationSentence } from './sentences.ts';
import type { TableSnapshot } from './table-snapshot.ts';
import { unlessDenied } from './unless-denied.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;
/** Maximum number of open payments read from the index at once. */
const MOST_OPEN = 5_000;

const ORDER: Sorted<Payment> = { at: ({ updatedAt }) => updatedAt, id: ({ key }) => key };

export async function paymentsView(backend: Backend, query: Query): Promise<PaymentsView> {
  const { connection } = backend;
  const page = { cursor: query.text('cursor'), limit: query.limit(DEFAULT_LIMIT, MAX_LIMIT) };
  const status = query.oneOf('status', STATUSES);
  const [provider, account, q] = ['provider', 'account', 'q'].map((name) => query.text(name));
  const [isHeld, isUndelivered, isDue] = ['held', 'undelivered', 'due'].map((name) => query.is(name));
  const scope = query.oneOf('scope', ['all', 'open']) ?? 'all';
  const { undelivered, more: moreLate } = await undeliveredEffects(connection.store, backend.now());
  const read = await (scope === 'open' ? openOnes(backend, undelivered) : backend.tables.read());
  const found =
    q === undefined
      ? { payments: [], more: false }
      : await findPayments(connection.store, connection.config.accounts, q);
  const named = found.payments;
  const beyond = await load(backend, missingFrom(read.payments, named));
  const dueOf = dueAmong(read.orders);
  const kept = [...read.payments, ...beyond].filter(
    (payment) =>
      (provider === undefined || payment.provider === provider) &&
      (account === undefined || payment.account === account) &&
      (status === undefined || payment.status === status) &&
      (!isHeld || payment.holds.length > 0) &&
      (!isUndelivered || undelivered.has(payment.key)) &&
      (!isDue || dueOf(payment) !== undefined) &&
      (q === undefined || named.includes(payment.key) || isCalled(payment, q.toLowerCase())),
  );
  const { rows, ...paged } = pageOf(kept.sort(newestFirst(ORDER)), ORDER, page);
  return {
    payments: rows.map((payment) => ({
      ...paymentShown(payment, undelivered),
      ...defined({ due: dueOf(payment) }),
    })),
    ...paged,
    more: read.more || found.more || (isUndelivered === true && moreLate),
    readAt: read.readAt,
    ...(isDue ? { due: sumOf(kept.flatMap((payment) => dueOf(payment) ?? [])) } : {}),
  };
}

type Due = NonNullable<PaymentShown['due']>;

/** What is still due to the shopper of a payment. Of a held one the answer to its hold decides that. */
function dueAmong(orders: readonly Order[]): (payment: Payment) => Due | undefined {
  let byReference: ReadonlyMap<string, Order> | undefined;
  return (payment) => {
    const { holds, refunds = [], orderReference, status, provider } = payment;
    if (holds.length > 0 || (refunds.length === 0 && !isRejected(payment))) return undefined;
    byReference ??= new Map(orders.map((order) => [order.reference, order]));
    const order = orderReference === undefined ? undefined : byReference.get(orderReference);
    const found = refundDueOf(payment, order, providerOf(provider).rules);
    if (found === undefined) return undefined;
    const isUnknown = found.isUnknown && isPaidLike(status);
    return found.due.length > 0 || isUnknown ? { sum: found.due, isUnknown } : undefined;
  };
}

const sumOf = (all: readonly Due[]): NonNullable<PaymentsView['due']> => ({
  sum: sumMoney(all.flatMap(({ sum }) => sum)),
  unknown: all.filter(({ isUnknown }) => isUnknown).length,
});

async function openOnes(backend: Backend, undelivered: Undelivered): Promise<TableSnapshot> {
  const now = backend.now();
  const found = await openPayments(backend.connection, { limit: MOST_OPEN, undelivered, now });
  return { ...found, orders: [], readAt: new Date(now).toISOString() };
}

function missingFrom(read: readonly Payment[], named: readonly PaymentKey[]): readonly PaymentKey[] {
  const known = new Set(read.map(({ key }) => key));
  return named.filter((key) => !known.has(key));
}

/** In the order of the keys; missing rows are left out. */
export async function load(
  { connection }: Pick<Backend, 'connection'>,
  keys: readonly PaymentKey[],
): Promise<readonly Payment[]> {
  const rows = await Promise.all(keys.map((key) => connection.store.get(paymentKeyOf(key))));
  return rows.flatMap((row) => (row === undefined ? [] : [paymentOf(row)]));
}

const isCalled = ({ key, orderReference = '', aliases }: Payment, part: string): boolean =>
  [key, orderReference, ...aliases.map(({ value }) => value)].some((name) =>
    name.toLowerCase().includes(part),
  );

/** @param effects the payment's, if they were read; otherwise only late and failed ones are known */
export function paymentShown(
  payment: Payment,
  undelivered: Undelivered,
  effects: readonly Effect[] = undelivered.get(payment.key) ?? [],
): PaymentShown {
  const { key, provider, account, id, status, holds, grant, orderReference, reading, test } = payment;
  return {
    ...{ payment: key, provider, account, id, status, holds, grant, test },
    orderReference: orderReference ?? null,
    ...defined({ named: namedOrders(payment) }),
    moved: reading.moved,
    returned: reading.returned,
    undelivered: (undelivered.get(key) ?? []).map(undeliveredShown),
    ...(isFulfilPending(grant, effects) ? { fulfilPending: true as const } : {}),
    ...(isRejected(payment) ? { rejected: true as const } : {}),
    firstSeenAt: payment.firstSeenAt,
    updatedAt: payment.updatedAt,
  };
}

export const undeliveredShown = (effect: Effect): UndeliveredShown => {
  const { id, type, state, attempts, lastFailure, createdAt, updatedAt } = effect;
  return { id, type, state, attempts, ...defined({ lastFailure }), createdAt, updatedAt };
};

/** @throws Problem when it does not exist */
export async function paymentDetail(backend: Backend, typed: string): Promise<PaymentDetail> {
  const { connection, local } = backend;
  const key = await paymentNamed(connection, typed);
  const view = await showPayment(connection.store, key, backend.contents);
  if (view === undefined) throw unknownPayment(key, connection.label);
  const { payment, order } = view;
  // Refreshes the row, so that list and detail agree.
  backend.tables.touch([paymentKeyOf(key)]);
  const waiting = waitingOf(payment);
  const { reading } = payment;
  const received = local?.received().filter((each) => each.payment === key);
  return {
    ...paymentJson(view),
    timeline: withDuplicates(
      view.timeline.map((moment) => withLate(momentShown(moment), backend.now())),
      key,
      await unlessDenied(backend.duplicates(), undefined),
    ),
    ...defined({ waiting }),
    money: {
      expected: order?.amounts ?? [],
      moved: reading.moved,
      returned: reading.returned,
      unexpected: reading.unexpected ?? [],
    },
    nextSteps: nextSteps(view),
    ...defined({ received }),
  };
}

export function momentShown(moment: Moment): MomentShown {
  if (moment.what === 'notification') return { ...moment, says: notificationSentence(moment) };
  if (moment.what !== 'effect') return moment;
  const { at, what, effect } = moment;
  return { at, what, effect: picked(effect, EFFECT_FIELDS), says: effectSentence(effect) };
}

const FINAL: ReadonlySet<Effect['state']> = new Set(['delivered', 'superseded', 'failed']);

/** Marks an event that is late, by the rule of the undelivered ones. */
export const withLate = <M extends MomentShown>(moment: M, now: number): M =>
  moment.what === 'effect' && !FINAL.has(moment.effect.state) && now - Date.parse(moment.at) >= PATIENCE_MS
    ? { ...moment, late: true }
    : moment;

const NOT_SHOWN = 'not shown';

/** @throws Problem when it does not exist */
export async function eventDetail({ connection }: Backend, id: string): Promise<EventDetail> {
  const [payment = ''] = id.split('#', 1);
  const rows = await readEffects(connection.store, payment);
  const effect = rows.map((row) => row.effect).find((each) => each.id === id);
  if (effect === undefined) {
    throw new Problem(EXIT.notFound, `There is no event "${id.slice(0, 200)}" in ${connection.label}.`);
  }
  const { endUser, details, ...event } = effect.event;
  const { bankAccount, ...rest } = details;
  return {
    effect: picked(effect, EFFECT_FIELDS),
    event: {
      ...event,
      ...(endUser === undefined ? {} : { endUser: NOT_SHOWN }),
      details: { ...rest, ...(bankAccount === undefined ? {} : { bankAccount: NOT_SHOWN }) },
    },
  };
}
