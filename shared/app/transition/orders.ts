/** Registers what a merchant expects, before, while or after its notifications arrive. */
import { hashCanonical, OrderError, paymentKey } from '../../payment/index.ts';
import type { Alias, Order, Payment, PaymentKey } from '../../payment/types.ts';
import { type Item, type Key, type Queue, type Store, StoreBusyError, type Write } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { repeatWhileBusy } from '../table/attempts.ts';
import { aliasKeyOf, paymentKeyOf, referenceAliasKey, type Scope, WAITING_PREFIX } from '../table/keys.ts';
import { readPayment } from '../table/read.ts';
import {
  aliasItem,
  aliasTarget,
  markedPayment,
  orderItem,
  orderOf,
  paymentOf,
  SCHEMA,
} from '../table/rows.ts';
import { type PaidElsewhere, paidElsewhere } from './paid-elsewhere.ts';
import { rederiveLater } from './rederive-later.ts';

/** The reference or one of the aliases is taken. The sentence names the order that has it. */
export class OrderTakenError extends OrderError {}

export interface Registered {
  /** False: the same order was registered before. */
  readonly created: boolean;
  /** Payments that are derived anew: they waited for this order, or it names them by their own id. */
  readonly waiting: readonly PaymentKey[];
  /** There are more such payments: registering the same order again continues. */
  readonly more?: true;
  /** Payments that have one of its names and pay another order. Absent: none. */
  readonly elsewhere?: readonly PaidElsewhere[];
}

const MAX_ATTEMPTS = 6;
/**
 * The most payments that one registration derives anew. The next registration skips those that follow the order by
 * then.
 */
const MAX_WAITING = 1_000;
/** The most waiting marks of one alias that are read. */
const MAX_MARKS = 5_000;
/** The most payments of other orders that are looked at. */
const MAX_OTHERS = 100;
const AT_ONCE = 25;

/**
 * Writes order and aliases in one transaction; then the payments that wait for it are derived anew. Registering the
 * same order again does no harm and repeats the last step, so a caller that crashed in between tries again.
 * @param queue the notifications queue
 * @throws OrderError, OrderTakenError, StoreBusyError
 */
export async function registerOrder(store: Store, queue: Queue, order: Order): Promise<Registered> {
  const writes = [
    { put: orderItem(order), when: 'absent' } satisfies Write,
    ...keysOf(order).map((key): Write => ({ put: aliasItem(key, order.reference), when: 'absent' })),
  ];
  const created = await repeatWhileBusy(() => writeOrder(store, order, writes), { most: MAX_ATTEMPTS });
  const { waiting, more, elsewhere } = await paymentsToJoin(store, order);
  await rederiveLater(queue, waiting, `order ${order.reference}`);
  return {
    ...{ created, waiting },
    ...(more ? { more } : {}),
    ...(elsewhere.length === 0 ? {} : { elsewhere }),
  };
}

const keysOf = (order: Order): readonly Key[] => order.aliases.map((alias) => keyOf(order, alias));

/** Payments that waited for this order, or that it names by their own id, and that may still follow it. */
export async function paymentsToJoin(store: Store, order: Order): Promise<ToJoin> {
  const { payments, others, more } = await waitingPayments(store, order, keysOf(order));
  const named = await namedPayments(store, order);
  const free = named.filter(({ grant }) => grant.epoch === 0).map(({ key }) => key);
  const candidates = new Map([...named, ...others].map((payment) => [payment.key, payment]));
  const elsewhere = await paidElsewhere(store, order.reference, candidates.values());
  return { waiting: [...new Set([...free, ...payments])], more, elsewhere };
}

interface ToJoin extends Required<Pick<Registered, 'waiting' | 'elsewhere'>> {
  readonly more: boolean;
}

interface Marked {
  /** Those that may still follow the order. */
  readonly payments: ReadonlySet<PaymentKey>;
  /** Those that follow another order, at most MAX_OTHERS. */
  readonly others: readonly Payment[];
  readonly more: boolean;
}

/** Payments that left a mark under one of the order's names. */
async function waitingPayments(store: Store, { reference }: Order, keys: readonly Key[]): Promise<Marked> {
  const payments = new Set<PaymentKey>();
  const others: Payment[] = [];
  for (const { pk } of keys) {
    let looked = 0;
    let batch: PaymentKey[] = [];
    const take = async (): Promise<void> => {
      const read = await Promise.all(batch.map((key) => readKnown(store, key)));
      batch.forEach((key, index) => {
        const payment = read[index];
        if (payment === undefined || mayFollow(payment, reference)) payments.add(key);
        if (payment !== undefined && others.length < MAX_OTHERS && followsAnother(payment, reference))
          others.push(payment);
      });
      batch = [];
    };
    for await (const mark of everyRow(store, pk, { prefix: WAITING_PREFIX, most: MAX_MARKS })) {
      looked += 1;
      batch.push(markedPayment(mark));
      if (batch.length < AT_ONCE) continue;
      await take();
      if (payments.size >= MAX_WAITING) return { payments, others, more: true };
    }
    await take();
    if (looked >= MAX_MARKS) return { payments, others, more: true };
  }
  return { payments, others, more: false };
}

/**
 * Whether the payment may follow the order: not if it follows this order already, or was granted for another one, with
 * which it stays.
 */
const mayFollow = ({ orderReference, grant }: Payment, reference: string): boolean =>
  orderReference === undefined || (orderReference !== reference && grant.epoch === 0);

const followsAnother = ({ orderReference }: Payment, reference: string): boolean =>
  orderReference !== undefined && orderReference !== reference;

/** Undefined: there is no row, or a newer version wrote it. */
async function readKnown(store: Store, key: PaymentKey): Promise<Payment | undefined> {
  const row = await store.get(paymentKeyOf(key));
  return row === undefined || row.schema > SCHEMA ? undefined : paymentOf(row);
}

/** A provider's id is only unique together with its account. */
function scopeOf({ provider, account }: Order, { type, value }: Alias): Scope {
  if (provider !== undefined && account !== undefined) return { provider, account };
  throw new OrderError(
    `order.aliases: found the provider's ${type} ${JSON.stringify(value)}, allowed only with order.provider and order.account`,
  );
}

const keyOf = (order: Order, alias: Alias): Key =>
  alias.type === 'reference' ? referenceAliasKey(alias.value) : aliasKeyOf(scopeOf(order, alias), alias);

async function writeOrder(store: Store, order: Order, writes: readonly Write[]): Promise<boolean> {
  const result = await store.write(writes);
  if (result.ok) return true;
  for (const { existing } of result.refused) checkNotTaken(order, existing);
  return false;
}

/** @throws OrderTakenError if the stored order is another one than this, or if an alias belongs to another order */
function checkNotTaken(order: Order, existing: Item | undefined): void {
  if (existing === undefined) throw new StoreBusyError('order row changed');
  if (existing.sk === 'order') {
    const differing = differences(orderOf(existing), order);
    if (differing.length === 0) return;
    throw new OrderTakenError(
      `order.reference: ${JSON.stringify(order.reference)} is registered with other content (${differing.join(', ')})`,
    );
  }
  const owner = aliasTarget(existing);
  if (owner === order.reference) return;
  throw new OrderTakenError(
    `order.aliases: ${JSON.stringify(existing.pk.split('#').slice(3).join('#'))} belongs to order ${JSON.stringify(owner)}`,
  );
}

/** The fields that the merchant determines. Payhooks sets the others (version, times, claim). */
const CONTENT = [
  'kind',
  'amounts',
  'use',
  'instalments',
  'endUser',
  'validUntil',
  'provider',
  'account',
  'aliases',
  'fulfilled',
] as const satisfies readonly (keyof Order)[];

/**
 * The names of the fields that differ. Each field is compared alone, because a map that was read from a row has no
 * fixed order.
 */
const differences = (a: Order, b: Order): readonly string[] =>
  CONTENT.filter((field) => hashCanonical([a[field]]) !== hashCanonical([b[field]]));

/**
 * Payments that this order names by their own id. A payment that found another order by a weaker name (its reference)
 * left no mark under its id; while it is not granted, it changes to this order. The first write of such a payment
 * checks that nothing is registered under its id (state-writes.ts), so that either it finds this order or the registration
 * finds the payment.
 */
async function namedPayments(store: Store, order: Order): Promise<readonly Payment[]> {
  const named: Payment[] = [];
  for (const alias of order.aliases) {
    if (alias.type !== 'id') continue;
    const payment = await readPayment(store, paymentKey({ ...scopeOf(order, alias), id: alias.value }));
    if (payment !== undefined) named.push(payment);
  }
  return named;
}
