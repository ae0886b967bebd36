/** Orders: the list, and one order with its payments and the merchant's events about it. */
import { unknownOrder } from '../../cli/commands/orders-show.ts';
import { paidAgainJson } from '../../cli/paid-again.ts';
import { orderJson } from '../../cli/payment-json.ts';
import { undeliveredEffects } from '../../cli/undelivered.ts';
import { findPayments } from '../../shared/app/operator/find-payments.ts';
import { namedOrders } from '../../shared/app/operator/views.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import { orderOf } from '../../shared/app/table/rows.ts';
import { showOrder } from '../../shared/app/transition/order-changes.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { defined } from '../../shared/payment/defined.ts';
import { stateOfOrder } from '../../shared/payment/index.ts';
import type { Effect, Order, Payment, PaymentKey } from '../../shared/payment/types.ts';
import type { EffectShown, OrderDetail, OrderListed, OrdersView, UnregisteredShown } from '../contract.ts';
import type { Backend } from './backend.ts';
import { newestFirst, pageOf, type Order as Sorted } from './paging.ts';
import { load, momentShown, paymentShown, withLate } from './payments.ts';
import type { Query } from './query.ts';

const ORDER: Sorted<Order> = { at: ({ registeredAt }) => registeredAt, id: ({ reference }) => reference };
const STATES = ['open', 'claimed', 'closed'] as const;

export async function ordersView(backend: Backend, query: Query): Promise<OrdersView> {
  const page = { cursor: query.text('cursor'), limit: query.limit(50, 1_000) };
  const state = query.oneOf('state', STATES);
  const q = query.text('q');
  const [isHeld, isUndelivered] = [query.is('held'), query.is('undelivered')];
  const { orders, payments, more, readAt } = await backend.tables.read();
  const { undelivered } = await undeliveredEffects(backend.connection.store, backend.now());
  const marks = marksOf(payments, [...undelivered.values()].flat());
  const named = q === undefined ? undefined : await backend.connection.store.get(orderKey(q));
  const isKnown = orders.some(({ reference }) => reference === q);
  const all = named === undefined || isKnown ? orders : [...orders, orderOf(named)];
  const kept = all.filter(
    (order) =>
      (state === undefined || stateOfOrder(order) === state) &&
      (!isHeld || marks.get(order.reference)?.held !== undefined) &&
      (!isUndelivered || marks.get(order.reference)?.undelivered !== undefined) &&
      (q === undefined || isCalled(order, q)),
  );
  const { rows, ...paged } = pageOf(kept.sort(newestFirst(ORDER)), ORDER, page);
  const unregistered =
    q === undefined || state !== undefined || isHeld || isUndelivered || page.cursor !== undefined
      ? []
      : await notRegistered(backend, q);
  return {
    orders: rows.map((order) => ({ ...orderJson(order), ...marks.get(order.reference) })),
    unregistered,
    ...paged,
    more,
    readAt,
  };
}

type Marks = Pick<OrderListed, 'held' | 'undelivered'>;

/** For each reference: how many of its payments are held, and how many events about it the merchant has not received. */
function marksOf(payments: readonly Payment[], events: readonly Effect[]): ReadonlyMap<string, Marks> {
  const marks = new Map<string, Marks>();
  const add = (reference: string | undefined, name: keyof Marks) => {
    if (reference === undefined) return;
    const known = marks.get(reference);
    marks.set(reference, { ...known, [name]: (known?.[name] ?? 0) + 1 });
  };
  for (const { holds, orderReference } of payments) if (holds.length > 0) add(orderReference, 'held');
  for (const { event } of events) add(event.orderReference, 'undelivered');
  return marks;
}

/** Maximum number of references shown at once; a longer part of the reference finds the others. */
const MOST_UNREGISTERED = 50;

/** References that payments name, and that no order has. */
async function notRegistered(backend: Backend, part: string): Promise<readonly UnregisteredShown[]> {
  const { store, config } = backend.connection;
  const { payments } = await backend.tables.read();
  const exact = await load(backend, (await findPayments(store, config.accounts, part)).payments);
  const all = new Map([...payments, ...exact].map((payment) => [payment.key, payment]));
  const byReference = new Map<string, Payment[]>();
  for (const payment of all.values()) {
    for (const reference of new Set(namedOrders(payment))) {
      if (!reference.toLowerCase().includes(part.toLowerCase())) continue;
      byReference.set(reference, [...(byReference.get(reference) ?? []), payment]);
    }
  }
  const { undelivered } = await undeliveredEffects(store, backend.now());
  const found = [...byReference].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_UNREGISTERED);
  return found.map(([reference, named]) => ({
    reference,
    payments: named.map((payment) => paymentShown(payment, undelivered)),
  }));
}

const isCalled = ({ reference, aliases, paidBy = '' }: Order, part: string): boolean =>
  [reference, paidBy, ...aliases.map(({ value }) => value)].some((name) =>
    name.toLowerCase().includes(part.toLowerCase()),
  );

/** @throws Problem when it does not exist, and no payment names it */
export async function orderDetail(backend: Backend, reference: string): Promise<OrderDetail> {
  const { connection, tables } = backend;
  const view = await showOrder(connection.store, reference);
  tables.touch([orderKey(reference)]);
  const { payments, more } = await paymentsOf(backend, reference, view?.standing ?? []);
  if (view === undefined && payments.length === 0) throw unknownOrder(reference, connection.label);
  const { undelivered } = await undeliveredEffects(connection.store, backend.now());
  const effects = await Promise.all(payments.map(({ key }) => readEffects(connection.store, key)));
  const events = effects.flat().map(({ effect }): EffectShown => {
    const { event: _, payment: __, ...rest } = effect;
    const shown = momentShown({ at: effect.createdAt, what: 'effect', effect: rest }) as EffectShown;
    return withLate(shown, backend.now());
  });
  return {
    reference,
    ...(view === undefined ? {} : { order: orderJson(view.order) }),
    standing: view?.standing ?? [],
    ...(more || view?.moreStanding === true ? { more: true } : {}),
    ...defined({ paidElsewhere: view?.paidElsewhere }),
    ...paidAgainJson(view?.paidAgain),
    ledger: view?.ledger ?? [],
    payments: payments.map((payment, index) =>
      paymentShown(
        payment,
        undelivered,
        (effects[index] ?? []).map(({ effect }) => effect),
      ),
    ),
    events: events.sort((a, b) => a.at.localeCompare(b.at) || a.effect.sequence - b.effect.sequence),
  };
}

/** Every payment that belongs to the order, or names it. */
async function paymentsOf(
  backend: Backend,
  reference: string,
  standing: readonly PaymentKey[],
): Promise<{ readonly payments: readonly Payment[]; readonly more: boolean }> {
  const { connection, tables } = backend;
  const { payments: known } = await tables.read();
  const named = await findPayments(connection.store, connection.config.accounts, reference);
  const found = named.payments;
  const belongs = (payment: Payment) =>
    payment.orderReference === reference || namedOrders(payment)?.includes(reference) === true;
  const keys = new Set([...found, ...standing, ...known.filter(belongs).map(({ key }) => key)]);
  const all = await load(backend, [...keys]);
  return {
    payments: all.filter((each) => belongs(each) || found.includes(each.key)),
    more: named.more,
  };
}
