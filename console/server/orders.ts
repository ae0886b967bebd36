/** Orders: the list, and one order with its payments and the merchant's events about it. */
import { unknownOrder } from '../../cli/commands/orders-show.ts';
import { paidAgainJson } from '../../cli/paid-again.ts';
import { orderJson } from '../../cli/payment-json.ts';
import { undeliveredEffects } from '../../cli/undelivered.ts';
import { findPayments } from '../../shared/app/operator/find-payments.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import { orderOf } from '../../shared/app/table/rows.ts';
import { showOrder } from '../../shared/app/transition/order-changes.ts';
import { effectsOf } from '../../shared/app/transition/outbox.ts';
import { stateOfOrder } from '../../shared/payment/index.ts';
import type { Order } from '../../shared/payment/types.ts';
import type { EffectShown, OrderDetail, OrderShown, OrdersView } from '../contract.ts';
import type { Backend } from './backend.ts';
import { newestFirst, pageOf, type Order as Sorted } from './paging.ts';
import { load, momentShown, paymentShown } from './payments.ts';
import type { Query } from './query.ts';

const ORDER: Sorted<Order> = { at: ({ registeredAt }) => registeredAt, id: ({ reference }) => reference };
const STATES = ['open', 'claimed', 'closed'] as const;

export async function ordersView(backend: Backend, query: Query): Promise<OrdersView> {
  const page = { cursor: query.text('cursor'), limit: query.limit(50, 1_000) };
  const state = query.oneOf('state', STATES);
  const q = query.text('q');
  const { orders, more, readAt } = await backend.tables.read();
  const named = q === undefined ? undefined : await backend.connection.store.get(orderKey(q));
  const isKnown = orders.some(({ reference }) => reference === q);
  const all = named === undefined || isKnown ? orders : [...orders, orderOf(named)];
  const kept = all.filter(
    (order) =>
      (state === undefined || stateOfOrder(order) === state) && (q === undefined || isCalled(order, q)),
  );
  const { rows, ...paged } = pageOf(kept.sort(newestFirst(ORDER)), ORDER, page);
  return { orders: rows.map(orderShown), ...paged, more, readAt };
}

const isCalled = ({ reference, aliases, paidBy = '' }: Order, part: string): boolean =>
  [reference, paidBy, ...aliases.map(({ value }) => value)].some((name) =>
    name.toLowerCase().includes(part.toLowerCase()),
  );

const orderShown = (order: Order): OrderShown => orderJson(order);

/** @throws Problem when it does not exist */
export async function orderDetail(backend: Backend, reference: string): Promise<OrderDetail> {
  const { connection, tables } = backend;
  const view = await showOrder(connection.store, reference);
  if (view === undefined) throw unknownOrder(reference, connection.label);
  const { order, standing, ledger, paidAgain } = view;
  tables.touch([orderKey(reference)]);
  const { payments: known } = await tables.read();
  const named = await findPayments(connection.store, connection.config.accounts, reference);
  const keys = new Set([
    ...named,
    ...standing,
    ...known.filter(({ orderReference }) => orderReference === reference).map(({ key }) => key),
  ]);
  const payments = (await load(backend, [...keys])).filter(
    ({ key, orderReference }) => orderReference === reference || named.includes(key),
  );
  const { undelivered } = await undeliveredEffects(connection.store, backend.now());
  const effects = await Promise.all(payments.map(({ key }) => effectsOf(connection.store, key)));
  const events = effects.flat().map(({ effect }): EffectShown => {
    const { event: _, payment: __, ...rest } = effect;
    return momentShown({ at: effect.createdAt, what: 'effect', effect: rest }) as EffectShown;
  });
  return {
    order: orderShown(order),
    standing,
    ...paidAgainJson(paidAgain),
    ledger,
    payments: payments.map((payment) => paymentShown(payment, undelivered)),
    events: events.sort((a, b) => (a.at < b.at ? -1 : 1)),
  };
}
