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
const MAX_BESIDE = 200;

/** The payments that exist, each once. */
export async function findPayments(
  store: Store,
  accounts: readonly Account[],
  name: string,
): Promise<readonly PaymentKey[]> {
  const text = name.trim();
  if (text === '' || text.length > MAX_CHARACTERS || !text.isWellFormed()) return [];
  const [beforeHash = ''] = text.split('#', 1);
  const named = [text, beforeHash].filter((each) => readPaymentKey(each) !== undefined);
  const candidates = new Set<PaymentKey>([
    ...named,
    ...accounts.map(({ provider, account }) => paymentKey({ provider, account, id: text })),
    ...(await ofNotification(store, accounts, text)),
    ...(await ofOrder(store, text)),
    ...(await ofAlias(store, accounts, text)),
  ]);
  const found = await Promise.all(
    [...candidates].map(async (key) => ((await store.get(paymentKeyOf(key))) === undefined ? [] : [key])),
  );
  return found.flat();
}

async function ofNotification(store: Store, accounts: readonly Account[], id: string): Promise<PaymentKey[]> {
  const rows = await Promise.all(accounts.map((account) => store.get(eventKey(account, id))));
  return rows.flatMap((row) => {
    const payment = row === undefined ? undefined : eventOf(row).payment;
    return payment === undefined ? [] : [payment];
  });
}

/** The payment that paid the order, those that compete for it, and those that are compared with it. */
async function ofOrder(store: Store, reference: string): Promise<PaymentKey[]> {
  const order = await readOrder(store, reference);
  if (order === undefined) return [];
  const { paidBy, paidBefore = [], contenders = [], captures = [] } = order;
  const follows = await Array.fromAsync(
    everyRow(store, orderKey(reference).pk, { prefix: FOLLOWS_PREFIX, most: MAX_BESIDE }),
    markedPayment,
  );
  return [
    ...(paidBy === undefined ? [] : [paidBy]),
    ...paidBefore,
    ...contenders,
    ...captures.map(({ payment }) => payment),
    ...follows,
  ];
}

/** Payments of the orders that have this alias, and payments that wait for an order under it. */
async function ofAlias(store: Store, accounts: readonly Account[], value: string): Promise<PaymentKey[]> {
  const keys = [
    referenceAliasKey(value),
    ...accounts.flatMap((account) =>
      (['id', 'parent'] as const).map((type) => aliasKeyOf(account, { type, value })),
    ),
  ];
  const found = await Promise.all(
    keys.map(async (key) => {
      const row = await store.get(key);
      const order = row === undefined ? [] : await ofOrder(store, aliasTarget(row));
      const waiting = await store.query(key.pk, { prefix: WAITING_PREFIX, limit: MAX_BESIDE });
      return [...order, ...waiting.map(markedPayment)];
    }),
  );
  return found.flat();
}
