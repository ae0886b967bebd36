/**
 * Cut-over from another system: what that system has done must not be done again, and what it has received must not
 * count as new. Both calls may be repeated, in whole or in part, and report per line.
 */

import { OrderError } from '../../payment/index.ts';
import type { Order, PaymentKey } from '../../payment/types.ts';
import type { Account, ProviderName } from '../../providers/index.ts';
import { providers } from '../../providers/index.ts';
import { parseOrder } from '../../providers/orders.ts';
import { checkKind } from '../http/checkout.ts';
import { findAccount } from '../platform/config.ts';
import type { Clock, Queue, Store } from '../ports.ts';
import { repeatWhileBusy } from '../table/attempts.ts';
import { eventKey, paymentKeyOf } from '../table/keys.ts';
import { readOrder } from '../table/read.ts';
import { eventItem, eventOf, paymentOf, SCHEMA } from '../table/rows.ts';
import { registerOrder } from '../transition/orders.ts';

export interface ImportDeps {
  readonly store: Store;
  /** The notifications queue: it receives the messages that derive waiting payments anew. */
  readonly notifications: Queue;
  readonly accounts: readonly Account[];
  readonly clock: Clock;
  readonly pause: (attempt: number) => Promise<void>;
}

export interface Imported {
  readonly created: number;
  /** Lines that existed before, with the same content. */
  readonly known: number;
  /** Index in the given list, and a sentence. */
  readonly refused: readonly { readonly line: number; readonly why: string }[];
}

/**
 * Orders that the other system has fulfilled: registered like any order with `fulfilled: external`, and therefore never
 * fulfilled by Payhooks. A refund or chargeback of them is still announced.
 * @param orders as registerOrder takes them (parseOrder); open orders are imported without `fulfilled`
 */
export async function importOrders(orders: readonly unknown[], deps: ImportDeps): Promise<Imported> {
  const at = new Date(deps.clock()).toISOString();
  return importEach(orders, async (order) => {
    try {
      const parsed = await parsedOrder(order, at, deps.store);
      checkKind(parsed, deps.accounts);
      return await registered(parsed, deps);
    } catch (error) {
      if (error instanceof OrderError) return error.message;
      throw error;
    }
  });
}

/** @returns whether the order is new; a sentence if the operator has something left to do */
async function registered(order: Order, { store, notifications }: ImportDeps): Promise<boolean | string> {
  const { created, waiting, more, elsewhere = [] } = await registerOrder(store, notifications, order);
  const [other] = elsewhere;
  if (other !== undefined)
    return `it is registered, but ${other.payment} pays order ${JSON.stringify(other.order)} and does not pay this one`;
  const twice = order.fulfilled === undefined ? undefined : await fulfilledHere(store, waiting);
  if (twice !== undefined)
    return `it is registered as fulfilled elsewhere, but Payhooks has sent a fulfil for ${twice}: the goods may have been given twice`;
  return more === true ? 'it is registered, but more payments wait for it: import the line again' : created;
}

/** A payment whose goods Payhooks granted before the order was known. */
async function fulfilledHere(store: Store, payments: readonly PaymentKey[]): Promise<PaymentKey | undefined> {
  for (const key of payments) {
    const row = await store.get(paymentKeyOf(key));
    if (row === undefined || row.schema > SCHEMA) continue;
    const { grant } = paymentOf(row);
    if (grant.state === 'granted' && grant.observed !== true) return key;
  }
  return undefined;
}

const BEFORE_ALL_ORDERS = new Date(0).toISOString();

/**
 * The order of a line. An import that is repeated later finds orders whose `validUntil` is over by then: they are
 * registered, and are read as of that time. @throws OrderError
 */
async function parsedOrder(line: unknown, at: string, store: Store): Promise<Order> {
  try {
    return parseOrder(line, at);
  } catch (error) {
    // Throws the same sentence again, unless only the time is over.
    const { reference } = parseOrder(line, BEFORE_ALL_ORDERS);
    const known = await readOrder(store, reference);
    if (known === undefined) throw error;
    return parseOrder(line, known.registeredAt);
  }
}

/** A notification that the other system has processed, named by the key that Payhooks would give it. */
export interface ProcessedNotification {
  readonly provider: ProviderName;
  readonly account: string;
  /**
   * Trustly Americas: eventId. Trustly Europe: notificationid. Paymentwall: "<ref>/<type>" ("b1493096790/0"). Leave out
   * refunds and chargebacks (types 2, 220), so that a later copy of them is announced.
   */
  readonly key: string;
}

/**
 * A late retry of one of these notifications is answered and absorbed as a duplicate, whatever its content. It leaves no
 * facts, so a payment that is known only by imported ids does not exist here; the first new notification about it (a
 * reversal) creates it and is announced.
 */
export async function importProcessedIds(
  processed: readonly ProcessedNotification[],
  { store, accounts, clock, pause }: ImportDeps,
): Promise<Imported> {
  const receivedAt = new Date(clock()).toISOString();
  return importEach(processed, async ({ provider, account, key }) => {
    const scope = findAccount(accounts, provider, account);
    if (scope === undefined) return `${provider}/${account} is not a configured account`;
    const wrong = problemWith(provider, key);
    if (wrong !== undefined) return wrong;
    const row = eventItem(scope, key, {
      materialHash: '',
      outcome: 'imported',
      effects: [],
      receivedAt,
      correlationId: 'import',
    });
    const write = async () => (await store.write([{ put: row, when: 'absent' }])).ok;
    const isNew = await repeatWhileBusy(write, { most: MAX_ATTEMPTS, pause });
    return isNew || knownAs(store, scope, key);
  });
}

/** False: it was imported before, or caused nothing here. A sentence: its notification came and was applied here before the import. */
async function knownAs(store: Store, scope: Account, key: string): Promise<false | string> {
  const item = await store.get(eventKey(scope, key));
  const event = item === undefined ? undefined : eventOf(item);
  // In mode observe, nothing was caused.
  if (event === undefined || event.effects.length === 0) return false;
  return `key: ${JSON.stringify(key)} came at ${event.receivedAt} and was applied here: its effects may have been caused twice`;
}

const MAX_ATTEMPTS = 6;

/** Refuses a key in another form: it would match no notification, without any error. */
function problemWith(provider: ProviderName, key: string): string | undefined {
  const { form, example } = providers[provider].importKey;
  return form.test(key) ? undefined : `key: found "${key}", expected one like "${example}"`;
}

/** One item after another: an import is long and not urgent, and must not compete with live traffic. */
async function importEach<T>(
  items: readonly T[],
  take: (item: T) => Promise<boolean | string>,
): Promise<Imported> {
  let created = 0;
  let known = 0;
  const refused: { line: number; why: string }[] = [];
  for (const [line, item] of items.entries()) {
    const result = await take(item);
    if (typeof result === 'string') refused.push({ line, why: result });
    else if (result) created++;
    else known++;
  }
  return { created, known, refused };
}
