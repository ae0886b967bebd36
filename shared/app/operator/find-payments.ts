/**
 * Finds payments by any of their names: the payment key, the provider's id of the payment or of one of its
 * notifications, the id of an event that the merchant received, the reference or another alias of an order. Reads
 * single rows and short queries, never the whole table.
 */
import { paymentKey, readPaymentKey } from '../../payment/index.ts';
import type { PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import type { Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import {
  aliasKeyOf,
  eventKey,
  FOLLOWS_PREFIX,
  orderKey,
  paymentKeyOf,
  referenceAliasKey,
  WAITING_PREFIX,
} from '../table/keys.ts';
import { readOrder } from '../table/read.ts';
import { aliasTarget, eventOf, markedPayment } from '../table/rows.ts';

/** Longer names are ignored: a partition key holds 2,048 bytes. */
const MAX_CHARACTERS = 512;
/** The most payments that one name leads to: under an order, or waiting for one. */
const MAX_BESIDE = 200;

export interface FoundPayments {
  /** The payments that exist, each once. */
  readonly payments: readonly PaymentKey[];
  /** The name leads to more payments than these. */
  readonly more: boolean;
}

export async function findPayments(
  store: Store,
  accounts: readonly Account[],
  name: string,
): Promise<FoundPayments> {
  const text = name.trim();
  if (text === '' || text.length > MAX_CHARACTERS || !text.isWellFormed())
    return { payments: [], more: false };
  const [beforeHash = ''] = text.split('#', 1);
  const named = [text, beforeHash].filter((each) => readPaymentKey(each) !== undefined);
  const [order, alias] = [await ofOrder(store, text), await ofAlias(store, accounts, text)];
  const candidates = new Set<PaymentKey>([
    ...named,
    ...accounts.map(({ provider, account }) => paymentKey({ provider, account, id: text })),
    ...(await ofNotification(store, accounts, text)),
    ...order.payments,
    ...alias.payments,
  ]);
  const found = await Promise.all(
    [...candidates].map(async (key) => ((await store.get(paymentKeyOf(key))) === undefined ? [] : [key])),
  );
  return { payments: found.flat(), more: order.more || alias.more };
}

async function ofNotification(store: Store, accounts: readonly Account[], id: string): Promise<PaymentKey[]> {
  const rows = await Promise.all(accounts.map((account) => store.get(eventKey(account, id))));
  return rows.flatMap((row) => {
    const payment = row === undefined ? undefined : eventOf(row).payment;
    return payment === undefined ? [] : [payment];
  });
}

/** The payment that paid the order, those that compete for it, and those that are compared with it. */
async function ofOrder(store: Store, reference: string): Promise<FoundPayments> {
  const order = await readOrder(store, reference);
  if (order === undefined) return { payments: [], more: false };
  const { paidBy, paidBefore = [], contenders = [], captures = [] } = order;
  const follows = await marked(store, orderKey(reference).pk, FOLLOWS_PREFIX);
  const payments = [
    ...(paidBy === undefined ? [] : [paidBy]),
    ...paidBefore,
    ...contenders,
    ...captures.map(({ payment }) => payment),
    ...follows.payments,
  ];
  return { payments, more: follows.more };
}

/** The payments that have a mark in the partition. */
async function marked(store: Store, pk: string, prefix: string): Promise<FoundPayments> {
  const rows = everyRow(store, pk, { prefix, most: MAX_BESIDE + 1 });
  const payments = await Array.fromAsync(rows, markedPayment);
  return { payments: payments.slice(0, MAX_BESIDE), more: payments.length > MAX_BESIDE };
}

/** Payments of the orders that have this alias, and payments that wait for an order under it. */
async function ofAlias(store: Store, accounts: readonly Account[], value: string): Promise<FoundPayments> {
  const keys = [
    referenceAliasKey(value),
    ...accounts.flatMap((account) =>
      (['id', 'parent'] as const).map((type) => aliasKeyOf(account, { type, value })),
    ),
  ];
  const found = await Promise.all(
    keys.map(async (key) => {
      const row = await store.get(key);
      const order = row === undefined ? [] : [await ofOrder(store, aliasTarget(row))];
      return [...order, await marked(store, key.pk, WAITING_PREFIX)];
    }),
  );
  const each = found.flat();
  return { payments: each.flatMap(({ payments }) => payments), more: each.some(({ more }) => more) };
}
