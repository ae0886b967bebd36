/** Finds the order that a payment follows, and the other payments that have, had or get that order's claim. */
import { isPaidWith, mayBePaidOn, orderToLoad, paymentKey } from '../../payment/index.ts';
import type { Alias, Order, Payment, PaymentKey } from '../../payment/types.ts';
import type { Rules } from '../../providers/provider.ts';
import type { Key, Store } from '../ports.ts';
import { aliasKeyOf, paymentKeyOf, returnedKey, type Scope, scopeOf } from '../table/keys.ts';
import { readOrder, readPayment } from '../table/read.ts';
import { aliasTarget, paymentOf } from '../table/rows.ts';

export interface OrderSearch {
  readonly order: Order | undefined;
  /** The authorization that was read, if no name of the payment itself leads to an order. */
  readonly authorization?: {
    readonly key: Key;
    /** Version of its row. Undefined: there is none. */
    readonly version: number | undefined;
    /** The authorization leads to `order`. */
    readonly leads: boolean;
  };
  /** Partitions of aliases that were read and contain no order. */
  readonly absent: ReadonlySet<string>;
}

export interface OrderSearchInput {
  readonly scope: Scope;
  readonly rules: Rules;
  readonly payment: Payment | undefined;
  /** The names in a message, in addition to the stored ones of the payment. */
  readonly names: Parameters<typeof orderToLoad>[1];
}

/**
 * Finds the order: the one already granted for, otherwise the one that the most specific alias of this account leads
 * to.
 */
export async function findOrder(
  store: Store,
  { scope, rules, payment, names }: OrderSearchInput,
): Promise<OrderSearch> {
  const where = orderToLoad(payment, names);
  const absent = new Set<string>();
  if ('reference' in where) return { order: await readOrder(store, where.reference), absent };
  let refund: Order | undefined;
  for (const alias of where.aliases) {
    const key = aliasKeyOf(scope, alias);
    const row = await store.get(key);
    if (row === undefined) {
      absent.add(key.pk);
      continue;
    }
    const order = await readOrder(store, aliasTarget(row));
    if (order === undefined || !mayBePaidOn(order, scope)) continue;
    // Notices of a refund arrive for the refunded payment and name the refund. So another order has precedence over the
    // refund's.
    if (alias.type !== 'reference' || order.kind !== 'refund') return { order, absent };
    refund ??= order;
  }
  const named = refund ?? (rules.redirectsNameOrders && (await returnedOrder(store, scope, where.aliases)));
  if (named || !rules.capturesShareOrder) return { order: named || undefined, absent };
  return authorizedOrder(store, { scope, rules }, where.aliases, absent);
}

/**
 * If nothing else leads to an order, a capture's authorization does: by its own id, by what a redirect named, or by the
 * order that it found itself. (The provider accepts no reference twice, so every capture has another one.)
 */
async function authorizedOrder(
  store: Store,
  { scope, rules }: Pick<OrderSearchInput, 'scope' | 'rules'>,
  aliases: readonly Alias[],
  known: ReadonlySet<string>,
): Promise<OrderSearch> {
  const parents = aliases.filter(({ type }) => type === 'parent');
  const [parent, ...others] = parents;
  if (parent === undefined || others.length > 0) return { order: undefined, absent: known };
  const id = { type: 'id', value: parent.value } as const;
  const key = paymentKeyOf(paymentKey({ ...scopeOf(scope), id: parent.value }));
  const alias = aliasKeyOf(scope, id);
  const [byId, row] = await Promise.all([store.get(alias), store.get(key)]);
  const references = [
    byId === undefined ? undefined : aliasTarget(byId),
    row === undefined ? undefined : paymentOf(row).orderReference,
  ];
  const absent = byId === undefined ? new Set([...known, alias.pk]) : known;
  const authorization = { key, version: row?.version };
  for (const reference of references) {
    const order = reference === undefined ? undefined : await readOrder(store, reference);
    if (order !== undefined && mayBePaidOn(order, scope))
      return { order, absent, authorization: { ...authorization, leads: true } };
  }
  const returned = rules.redirectsNameOrders ? await returnedOrder(store, scope, [id]) : undefined;
  return { order: returned, absent, authorization: { ...authorization, leads: returned !== undefined } };
}

/**
 * The order that a verified redirect named, used only if nothing else leads to one. A public function wrote it, so a
 * registered name or the reference in an event always has precedence.
 */
async function returnedOrder(
  store: Store,
  scope: Scope,
  aliases: readonly Alias[],
): Promise<Order | undefined> {
  for (const { type, value } of aliases) {
    if (type !== 'id') continue;
    const row = await store.get(returnedKey(scope, value));
    const order = row === undefined ? undefined : await readOrder(store, aliasTarget(row));
    if (order !== undefined && mayBePaidOn(order, scope)) return order;
  }
  return undefined;
}

/** The claimant may be a payment of another account: one order may be registered for all accounts. */
export async function loadClaimant(
  store: Store,
  order: Order | undefined,
  key: PaymentKey,
): Promise<Payment | undefined> {
  if (order?.paidBy === undefined || order.paidBy === key) return undefined;
  return readPayment(store, order.paidBy);
}

/** The payment that gets the claim if this one loses its goods: the first in `paidBefore` whose goods are out. */
export async function loadSuccessor(
  store: Store,
  order: Order | undefined,
  key: PaymentKey,
): Promise<Payment | undefined> {
  if (order?.paidBy !== key) return undefined;
  for (const other of order.paidBefore ?? []) {
    const payment = await readPayment(store, other);
    if (payment?.grant.state === 'granted' && payment.orderReference === order.reference) return payment;
  }
  return undefined;
}

/**
 * The order that a capture follows so far, if another one is found for it now. `isKept`: goods of the order that it
 * follows are granted for a sum with this capture, so it stays there.
 */
export async function loadFollowed(
  store: Store,
  payment: Payment | undefined,
  found: Order | undefined,
): Promise<{ readonly order: Order; readonly isKept: boolean } | undefined> {
  const reference = payment?.orderReference;
  if (payment === undefined || reference === undefined || found === undefined) return undefined;
  if (payment.reading.capture !== true || reference === found.reference) return undefined;
  const order = await readOrder(store, reference);
  if (order === undefined) return undefined;
  const claimant = await loadClaimant(store, order, payment.key);
  return { order, isKept: isPaidWith(payment, { order, claimant }) };
}
