/**
 * Closes, reopens, extends and corrects a registered order. One transaction writes the order (if it was not changed or
 * claimed in between) and the ledger row; then every payment that is held or waits under the order, or waits for it, is
 * derived anew.
 */
import { defined } from '../../payment/defined.ts';
import {
  changeOrder,
  type OrderChange,
  OrderChangeError,
  type OrderStateName,
  type PaidAgain,
  stateOfOrder,
} from '../../payment/index.ts';
import type { Order, PaymentKey } from '../../payment/types.ts';
import { type Queue, type Store, StoreBusyError } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import { FOLLOWS_PREFIX, LEDGER_PREFIX, orderKey, paymentKeyOf } from '../table/keys.ts';
import { readOrder } from '../table/read.ts';
import {
  markedPayment,
  type OrderLedgerRow,
  orderItem,
  orderLedgerItem,
  orderLedgerOf,
  paymentOf,
  SCHEMA,
} from '../table/rows.ts';
import { paymentsToJoin } from './orders.ts';
import { readPaidAgain } from './paid-again.ts';
import type { PaidElsewhere } from './paid-elsewhere.ts';
import { rederiveLater } from './rederive-later.ts';

/** There is no order with this reference. */
export class UnknownOrderError extends OrderChangeError {}

export interface ChangedOrder {
  readonly order: Order;
  readonly state: OrderStateName;
  /** False: the order was in this state already. */
  readonly changed: boolean;
  /** Payments that are derived anew. */
  readonly payments: readonly PaymentKey[];
  /** There are more such payments: repeating the change continues. */
  readonly more?: true;
}

export interface OrderChangeDeps {
  readonly store: Store;
  /** The notifications queue. */
  readonly queue: Queue;
  /** ISO 8601 */
  readonly at: string;
  /** The caller's role, for the ledger. */
  readonly caller?: string;
}

const MAX_ATTEMPTS = 8;
/** The most payments under one order that one change derives anew, or that are listed. */
const MAX_FOLLOWERS = 1_000;
/** The most marks of payments under one order that are read. */
const MAX_MARKS = 10_000;
const AT_ONCE = 25;

/**
 * Changes a registered order. Repeating a change does no harm and repeats the last step, so a caller that crashed tries
 * again.
 * @throws OrderChangeError (a sentence: claimed, another version…), UnknownOrderError, StoreBusyError
 */
export async function changeRegisteredOrder(
  change: OrderChange,
  deps: OrderChangeDeps,
): Promise<ChangedOrder> {
  const { order, changed } = await writeChange(change, deps);
  // Also the payments that wait for the order: if a registration died after its write, its repetition is refused,
  // because the order has changed now.
  const { waiting, more } = await paymentsToJoin(deps.store, order);
  const followers = await followersOf(
    deps.store,
    order.reference,
    changed ? undefined : await changedAt(deps.store, order),
  );
  const payments = [...new Set([...followers.payments, ...waiting])];
  await rederiveLater(deps.queue, payments, `order ${order.reference}`);
  return {
    ...{ order, state: stateOfOrder(order), changed, payments },
    ...(more || followers.more ? { more: true } : {}),
  };
}

async function writeChange(
  change: OrderChange,
  { store, at, caller }: OrderChangeDeps,
): Promise<Pick<ChangedOrder, 'order' | 'changed'>> {
  const { reference, action: what, by, note } = change;
  const attempt = async () => {
    const before = await readOrder(store, reference);
    if (before === undefined) throw new UnknownOrderError(`there is no order ${JSON.stringify(reference)}`);
    const after = changeOrder(before, change, at);
    if (after === undefined) return { order: before, changed: false };
    const row: OrderLedgerRow = {
      ...{ what, by, note, at, version: after.version },
      ...defined({ caller }),
      changed: differenceOf(before, after),
    };
    const result = await store.write([
      { put: orderItem(after), when: { versionIs: before.version } },
      { put: orderLedgerItem(reference, row), when: 'absent' },
    ]);
    return result.ok ? { order: after, changed: true } : 'changed_meanwhile';
  };
  const written = await repeatUntilWritten(attempt, { most: MAX_ATTEMPTS });
  if (written === undefined) throw new StoreBusyError('the order is contended');
  return written;
}

const CHANGEABLE = ['closedAt', 'validUntil', 'amounts'] as const satisfies readonly (keyof Order)[];

function differenceOf(before: Order, after: Order): OrderLedgerRow['changed'] {
  const changed = CHANGEABLE.filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return Object.fromEntries(
    changed.map((field) => [field, defined({ from: before[field], to: after[field] })]),
  );
}

interface Followers {
  readonly payments: readonly PaymentKey[];
  /** More payments stand under the order. */
  readonly more: boolean;
}

/**
 * The payments that stand under the order, at most MAX_FOLLOWERS.
 * @param unlessSince leaves out payments that were derived after this time: those that still stand after a change would
 * otherwise hide the ones behind them from every repetition
 */
async function followersOf(store: Store, reference: string, unlessSince?: number): Promise<Followers> {
  const payments: PaymentKey[] = [];
  let batch: PaymentKey[] = [];
  let read = 0;
  const take = async (): Promise<void> => {
    const wanted = await Promise.all(batch.map((key) => isDue(store, key, unlessSince)));
    payments.push(...batch.filter((_, index) => wanted[index]));
    batch = [];
  };
  for await (const mark of everyRow(store, orderKey(reference).pk, {
    prefix: FOLLOWS_PREFIX,
    most: MAX_MARKS,
  })) {
    read += 1;
    batch.push(markedPayment(mark));
    if (batch.length < AT_ONCE) continue;
    await take();
    if (payments.length > MAX_FOLLOWERS) break;
  }
  await take();
  return {
    payments: payments.slice(0, MAX_FOLLOWERS),
    more: payments.length > MAX_FOLLOWERS || read >= MAX_MARKS,
  };
}

async function isDue(store: Store, key: PaymentKey, unlessSince: number | undefined): Promise<boolean> {
  if (unlessSince === undefined) return true;
  const row = await store.get(paymentKeyOf(key));
  return row === undefined || row.schema > SCHEMA || Date.parse(paymentOf(row).updatedAt) <= unlessSince;
}

/** A worker that read the order before a change may write its payment this long after the time of the change. */
const LONGEST_LOOK_MS = 60_000;

/** The time after which a derived payment has surely seen the latest change. Undefined: the order was never changed. */
async function changedAt(store: Store, { reference }: Order): Promise<number | undefined> {
  const { pk } = orderKey(reference);
  const rows = await Array.fromAsync(everyRow(store, pk, { prefix: LEDGER_PREFIX, most: MAX_LEDGER_ROWS }));
  const last = rows.at(-1);
  return last === undefined ? undefined : Date.parse(orderLedgerOf(last).at) + LONGEST_LOOK_MS;
}

export interface OrderView {
  readonly order: Order;
  readonly state: OrderStateName;
  /** Oldest first. */
  readonly ledger: readonly OrderLedgerRow[];
  /** Payments that found the order and are held or wait for their provider. */
  readonly standing: readonly PaymentKey[];
  /** More payments stand under it than are listed. */
  readonly moreStanding?: true;
  /** Payments that have one of its names and pay another order. Absent: none. */
  readonly paidElsewhere?: readonly PaidElsewhere[];
  /** Present if several payments have paid this `once` order. */
  readonly paidAgain?: PaidAgain;
}

const MAX_LEDGER_ROWS = 1_000;

/** Undefined: there is no order with this reference. */
export async function showOrder(store: Store, reference: string): Promise<OrderView | undefined> {
  const order = await readOrder(store, reference);
  if (order === undefined) return undefined;
  const rows = everyRow(store, orderKey(reference).pk, { prefix: LEDGER_PREFIX, most: MAX_LEDGER_ROWS });
  const { payments: standing, more } = await followersOf(store, reference);
  const { elsewhere } = await paymentsToJoin(store, order);
  return {
    order,
    state: stateOfOrder(order),
    ledger: (await Array.fromAsync(rows)).map(orderLedgerOf),
    standing,
    ...(more ? { moreStanding: true } : {}),
    ...(elsewhere.length === 0 ? {} : { paidElsewhere: elsewhere }),
    ...defined({ paidAgain: await readPaidAgain(store, order) }),
  };
}
