/**
 * Makes one change of one payment: reads the state strongly consistent, runs the core, and writes everything in one
 * transaction. If the state was changed in between, the transaction is refused, and all of this is done again.
 */
import {
  concernsOrder,
  isPaidWith,
  isRejected,
  mayBePaidOn,
  orderToLoad,
  paymentKey,
  transition,
} from '../../payment/index.ts';
import type {
  AccountPolicy,
  Alias,
  Input,
  Order,
  Payment,
  PaymentKey,
  Transition,
} from '../../payment/types.ts';
import { isConfirmed, shipsGoods } from '../../providers/account.ts';
import type { Account } from '../../providers/index.ts';
import type { Provider, Rules } from '../../providers/provider.ts';
import type { Clock, Item, Key, Store, Write } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import {
  aliasKeyOf,
  followsKey,
  orderKey,
  paymentKeyOf,
  returnedKey,
  type Scope,
  scopeOf,
  shippingKey,
  waitingKey,
} from '../table/keys.ts';
import { readOrder, readPayment } from '../table/read.ts';
import {
  aliasTarget,
  effectItem,
  markItem,
  orderItem,
  type PaymentRow,
  paymentItem,
  paymentOf,
  renewItem,
} from '../table/rows.ts';
import { capturesLeftBehind, rederiveWaitingCaptures } from './captures.ts';
import { followUps } from './follow-ups.ts';

export interface TransactDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Waits after a failed attempt of this number (from 1), for a random time, so that concurrent writers separate. */
  readonly pause: (attempt: number) => Promise<void>;
}

export interface Change {
  readonly provider: Pick<Provider, 'readFacts' | 'rules'>;
  readonly account: Account;
  readonly paymentId: string;
  readonly input: Input;
  /** When the input reached Payhooks, ISO 8601. */
  readonly at: string;
  readonly cause: string;
  /** Id of the request that brought the input. The merchant's events contain it. */
  readonly correlationId?: string;
  /** A row that must be new (the notification's event row): the transaction's first condition. */
  readonly once?: (done: Transition) => Item;
  /** Further writes in the same transaction, made anew at every attempt. */
  readonly moreWrites?: (done: Transition) => readonly Write[] | Promise<readonly Write[]>;
  /** Adds to the stored part of the payment before it is derived anew (evidence read again with the present tables). */
  readonly amend?: (payment: Payment) => Payment;
}

export type ChangeResult =
  | { readonly type: 'done'; readonly transition: Transition }
  /** The row of `once` exists: another copy of the notification was first. */
  | { readonly type: 'seen' }
  /** The input needs an existing payment, and there is none. */
  | { readonly type: 'no_payment' };

/** A payment has few concurrent writers (it has tens of notifications); after these attempts the queue retries. */
const MAX_ATTEMPTS = 12;

/** The payment was changed by others at every attempt; nothing was written. */
export class TooMuchContentionError extends Error {
  override readonly name = 'TooMuchContentionError';
}

/**
 * Makes the change, with repeated attempts; then the captures that wait for a changed authorization are derived anew,
 * whoever changed it.
 * @throws TooMuchContentionError, NewerRowError, DecisionError, or an error of the store
 */
export async function changePayment(change: Change, deps: TransactDeps): Promise<ChangeResult> {
  const attempts = { most: MAX_ATTEMPTS, pause: deps.pause };
  const result = await repeatUntilWritten(() => attemptChange(change, deps), attempts);
  if (result === undefined) throw new TooMuchContentionError(`gave up after ${MAX_ATTEMPTS} attempts`);
  if (result.type === 'done')
    await rederiveWaitingCaptures(result.transition.payment, change.provider.rules, deps);
  return result;
}

async function attemptChange(
  change: Change,
  deps: TransactDeps,
): Promise<ChangeResult | 'changed_meanwhile'> {
  const { once, moreWrites = () => [] } = change;
  const derivedChange = await deriveChange(change, deps);
  if (derivedChange === undefined) return { type: 'no_payment' };
  const { done } = derivedChange;
  const now = new Date(deps.clock()).toISOString();
  const event: readonly Write[] = once === undefined ? [] : [{ put: once(done), when: 'absent' }];
  const state = done.outcome === 'recorded' ? [] : stateWrites(change, derivedChange, now);
  const follow = done.outcome === 'recorded' ? [] : await followUpsOf(change, derivedChange, now, deps);
  const result = await deps.store.write([...event, ...state, ...follow, ...(await moreWrites(done))]);
  if (result.ok) return { type: 'done', transition: done };
  // If the event row exists, the notification is a duplicate, also if other rows have changed.
  const eventRefused = once !== undefined && result.refused.some(({ index }) => index === 0);
  return eventRefused ? { type: 'seen' } : 'changed_meanwhile';
}

/**
 * The present payment and the result of the change, without writing. Undefined: the input needs an existing payment,
 * and there is none.
 */
export async function deriveChange(
  { provider, account, paymentId, input, at, cause, correlationId, amend = (payment) => payment }: Change,
  { store }: Pick<TransactDeps, 'store'>,
): Promise<DerivedChange | undefined> {
  const scope: Scope = account;
  const key = { provider: account.provider, account: account.account, id: paymentId };
  const row: PaymentRow | undefined = await store.get(paymentKeyOf(paymentKey(key)));
  const payment = row === undefined ? undefined : paymentOf(row);
  if (payment === undefined && input.type !== 'normalized') return undefined;
  const isIndexed = row?.openShard !== undefined;
  const marked = payment !== undefined && (payment.orderReference === undefined || row?.marked === true);
  const amended = payment === undefined ? undefined : amend(payment);
  const { readFacts: read, rules } = provider;
  const names = namesIn(input, paymentId);
  const named = await findOrder(store, { scope, rules, payment: amended, names });
  const followed = await loadFollowed(store, amended, named.order);
  const found = followed?.isKept === true ? { ...named, order: followed.order } : named;
  const formerOrder = followed?.isKept === false ? followed.order : undefined;
  const context = { policy: account.policy, read, rules, at, key, cause };
  const claimant = await loadClaimant(store, found.order, paymentKey(key));
  const successor = await loadSuccessor(store, found.order, paymentKey(key));
  const done = transition(
    { payment: amended, order: found.order, claimant, successor, formerOrder },
    input,
    context,
  );
  // An order that was found only through the authorization is for captures. Another payment under the authorization (a
  // payout, a charge of a later month) has no order then: it is derived again without one.
  const isForeign = found.authorization?.leads === true && done.payment.reading.capture !== true;
  if (!isForeign)
    return {
      ...{ payment, isIndexed, marked, search: found, claimant, successor, formerOrder },
      done: withCorrelation(done, correlationId),
    };
  const search = { ...found, order: undefined };
  const alone = transition({ payment: amended, order: undefined }, input, context);
  return {
    ...{ payment, isIndexed, marked, search, claimant: undefined },
    done: withCorrelation(alone, correlationId),
  };
}

/**
 * The names in the input that can lead to an order. Those of a conflicting duplicate are not stored, so they are not
 * used either; the payment's own id is.
 */
function namesIn(input: Input, id: string): OrderSearchInput['names'] {
  if (input.type !== 'normalized') return undefined;
  return input.conflict ? { subject: { id }, aliases: [] } : input.normalized;
}

/** Fixed with the event, so that every retry of a delivery is identical. */
function withCorrelation(done: Transition, correlationId: string | undefined): Transition {
  if (correlationId === undefined) return done;
  const effects = done.effects.map((effect) => ({ ...effect, event: { ...effect.event, correlationId } }));
  return { ...done, effects };
}

export interface DerivedChange {
  readonly payment: Payment | undefined;
  /** Whether the payment's stored row has a place in the sparse index. */
  readonly isIndexed: boolean;
  /** Whether the payment's aliases have waiting marks. */
  readonly marked: boolean;
  readonly search: OrderSearch;
  /** The payment that claimed the order, if it is not this one. */
  readonly claimant: Payment | undefined;
  /** The payment that takes over the claim if this payment loses its goods. */
  readonly successor?: Payment | undefined;
  /** The order that the payment followed before, if it follows another one now. */
  readonly formerOrder?: Order | undefined;
  readonly done: Transition;
}

async function followUpsOf(
  { account, provider }: Change,
  { payment: before, done: { payment: after } }: DerivedChange,
  now: string,
  { store }: TransactDeps,
): Promise<readonly Write[]> {
  const isReported = shipsGoods(account) && (await store.get(shippingKey(after.key))) !== undefined;
  return [
    ...followUps(account, { before, after, isReported }, now),
    ...(await capturesLeftBehind({ before, after }, provider.rules, now, store)),
  ];
}

/**
 * Whether the reconciler polls each granted payment of the account. Where it does not, a place in the sparse index
 * would be written for nothing.
 */
export const isEachPolled = (account: Account, { pollsEachPayment }: Rules): boolean =>
  pollsEachPayment === true && isConfirmed(account);

function stateWrites(
  { account, provider }: Change,
  derivedChange: DerivedChange,
  now: string,
): readonly Write[] {
  const { payment: before, done } = derivedChange;
  const { payment, effects } = done;
  const { rules } = provider;
  const marks = markWrites(account, rules, derivedChange);
  const orders = orderWrites(derivedChange, now);
  return [
    {
      put: paymentItem(payment, { marked: marks.keep, isPolled: isEachPolled(account, rules) }),
      when: before === undefined ? 'absent' : { versionIs: before.version },
    },
    ...orders.writes,
    ...followWrites(derivedChange, account.policy, orders.isCompared),
    ...marks.writes,
    ...(done.hasMoreRefunds === true ? [announceRestLater(payment, now)] : []),
    ...effects.map((effect): Write => ({ put: effectItem({ effect, version: 1 }, now), when: 'absent' })),
  ];
}

/** A row for the sweeper, which derives the payment anew. Each time, some more refunds are announced, until all are. */
const announceRestLater = ({ key }: Payment, now: string): Write => ({
  put: renewItem({ payment: key, cause: `refunds of ${key}`, evenGranted: true }, now),
  when: 'always',
});

/**
 * Whether a change of the order can affect the payment although no message arrives. It can if the payment is held or
 * waits for its amount. It also can if its money is compared with the order and it has no goods: a capture that pays
 * only a part, or a disputed payment.
 */
function dependsOnOrder(payment: Payment, policy: AccountPolicy): boolean {
  const { holds, status, reading, grant } = payment;
  if (holds.length > 0 || status === 'awaiting_confirmation') return true;
  const isCompared = reading.direction === 'in' && concernsOrder(reading, policy);
  return isCompared && grant.state !== 'granted' && !isRejected(payment);
}

/**
 * A payment that a change of its order may affect (`dependsOnOrder`) leaves a mark in the order's partition. Its
 * transaction requires the order version it was compared with. So either it sees the change, or the change finds the
 * mark.
 * @param isCompared the order's row is already in the same transaction, with its own condition
 */
function followWrites(
  { payment: before, search, done: { payment: after } }: DerivedChange,
  policy: AccountPolicy,
  isCompared: boolean,
): readonly Write[] {
  const compared = isCompared ? undefined : search.order;
  const keyOf = (payment: Payment | undefined): Key | undefined =>
    payment?.orderReference !== undefined && dependsOnOrder(payment, policy)
      ? followsKey(payment.orderReference, payment.key)
      : undefined;
  const [was, is] = [keyOf(before), keyOf(after)];
  return [
    ...(is !== undefined && compared !== undefined
      ? [{ check: orderKey(compared.reference), when: { versionIs: compared.version } } satisfies Write]
      : []),
    ...(is === undefined ? [] : [{ put: markItem(is, after.key), when: 'always' } satisfies Write]),
    ...(was === undefined || was.pk === is?.pk ? [] : [{ remove: was, when: 'always' } satisfies Write]),
  ];
}

/**
 * The writes of the order. A payment that is held because another one paid the order is listed in the order and depends
 * on that payment's present version; when a claimant's goods are granted or revoked, the listed payments are derived
 * anew. Each side checks what the other writes, so that none is missed.
 */
function orderWrites(
  { payment: before, search, claimant, successor, formerOrder, done }: DerivedChange,
  now: string,
): OrderWrites {
  const { order: written, payment, rederive } = done;
  const { order } = search;
  if (order === undefined) return { writes: [], isCompared: false };
  const when = { versionIs: order.version };
  const hasFlipped =
    order.use === 'once' && before !== undefined && before.grant.state !== payment.grant.state;
  const [row]: readonly Write[] =
    written !== undefined
      ? [{ put: orderItem(written), when }]
      : hasFlipped
        ? [{ check: orderKey(order.reference), when }]
        : [];
  const writes: readonly Write[] = [
    ...(row === undefined ? [] : [row]),
    ...(formerOrder === undefined || done.formerOrder === undefined
      ? []
      : [{ put: orderItem(done.formerOrder), when: { versionIs: formerOrder.version } } satisfies Write]),
    ...[claimant, written?.paidBy === successor?.key ? successor : undefined]
      .filter((each) => each !== undefined)
      .map(({ key, version }): Write => ({ check: paymentKeyOf(key), when: { versionIs: version } })),
    ...rederive.map((key): Write => {
      const cause = `${payment.grant.state} ${payment.key}`;
      return { put: renewItem({ payment: key, cause, evenGranted: true }, now), when: 'always' };
    }),
  ];
  return { writes, isCompared: row !== undefined };
}

interface OrderWrites {
  readonly writes: readonly Write[];
  /** The order's row is among them, with the version that was read as condition. */
  readonly isCompared: boolean;
}

/**
 * A payment without an order checks that no order has one of its aliases, and leaves a mark on each alias for a later
 * registration. An alias that has a mark already needs neither. Marks stay until the payment is granted, because until
 * then an order under a more specific alias takes precedence. A new payment that found its order by another alias than
 * its own id leaves no mark under the id: it checks that no order is registered there, and a registration reads the
 * payment.
 */
function markWrites(
  scope: Scope,
  rules: Rules,
  { payment: before, marked, search, done: { payment, waitsFor } }: DerivedChange,
): { readonly writes: readonly Write[]; readonly keep: boolean } {
  const keysOf = (aliases: readonly Alias[]): readonly Key[] =>
    withAuthorizations(rules, aliases).map((alias) => aliasKeyOf(scope, alias));
  const known = new Set(marked ? keysOf(before?.aliases ?? []).map(({ pk }) => pk) : []);
  const markNew = (aliases: readonly Alias[]): readonly Write[] =>
    keysOf(aliases)
      .filter(({ pk }) => search.absent.has(pk) && !known.has(pk))
      .flatMap((key): Write[] => [
        { check: key, when: 'absent' },
        { put: markItem(waitingKey(key, payment.key), payment.key), when: 'always' },
      ]);
  if (payment.orderReference === undefined) {
    return { writes: [...markNew(waitsFor), ...authorizationCheck(search)], keep: false };
  }
  if (payment.grant.epoch > 0) {
    const gone = marked ? keysOf(before?.aliases ?? []) : [];
    return {
      writes: gone.map((key): Write => ({ remove: waitingKey(key, payment.key), when: 'always' })),
      keep: false,
    };
  }
  // Names that would have been tried first. Usually there is one reference, and it led to the order.
  const others = markNew(payment.aliases.filter(({ type }) => type === 'reference'));
  const own = aliasKeyOf(scope, { type: 'id', value: payment.id });
  const isOwnUnseen = before === undefined && search.absent.has(own.pk);
  return {
    writes: [...(isOwnUnseen ? [{ check: own, when: 'absent' } satisfies Write] : []), ...others],
    keep: marked || others.length > 0,
  };
}

/** An order that was registered with the authorization's own id is also the order of its captures. */
const withAuthorizations = ({ capturesShareOrder }: Rules, aliases: readonly Alias[]): readonly Alias[] =>
  capturesShareOrder
    ? [
        ...aliases,
        ...aliases
          .filter(({ type }) => type === 'parent')
          .map(({ value }) => ({ type: 'id' as const, value })),
      ]
    : aliases;

/**
 * The authorization must be unchanged. If it finds its order before this transaction, the transaction is refused; if
 * after it, the captures that wait are derived anew.
 */
const authorizationCheck = ({ authorization }: OrderSearch): readonly Write[] =>
  authorization === undefined || authorization.leads
    ? []
    : [
        {
          check: authorization.key,
          when: authorization.version === undefined ? 'absent' : { versionIs: authorization.version },
        },
      ];

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
  /** The names in a message, beside the stored ones of the payment. */
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
async function loadClaimant(
  store: Store,
  order: Order | undefined,
  key: PaymentKey,
): Promise<Payment | undefined> {
  if (order?.paidBy === undefined || order.paidBy === key) return undefined;
  return readPayment(store, order.paidBy);
}

/** The payment that gets the claim if this one loses its goods: the first in `paidBefore` whose goods are out. */
async function loadSuccessor(
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
async function loadFollowed(
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
