/**
 * Makes one change of one payment: reads the state strongly consistent, runs the core, and writes everything in one
 * transaction. If the state was changed in between, the transaction is refused, and all of this is done again.
 */
import { paymentKey, transition } from '../../payment/index.ts';
import type { Input, Payment, Transition } from '../../payment/types.ts';
import { shipsGoods } from '../../providers/account.ts';
import type { Account } from '../../providers/index.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Clock, Item, Store, Write } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import { paymentKeyOf, type Scope, shippingKey } from '../table/keys.ts';
import { type PaymentRow, paymentOf } from '../table/rows.ts';
import { capturesLeftBehind, rederiveWaitingCaptures } from './captures.ts';
import { followUps } from './follow-ups.ts';
import {
  findOrder,
  loadClaimant,
  loadFollowed,
  loadSuccessor,
  type OrderSearchInput,
} from './order-search.ts';
import { type DerivedChange, stateWrites } from './state-writes.ts';

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
  | { readonly type: 'duplicate' }
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
  const { account, provider, once, moreWrites = () => [] } = change;
  const derivedChange = await deriveChange(change, deps);
  if (derivedChange === undefined) return { type: 'no_payment' };
  const { done } = derivedChange;
  const now = new Date(deps.clock()).toISOString();
  const event: readonly Write[] = once === undefined ? [] : [{ put: once(done), when: 'absent' }];
  const state = done.outcome === 'recorded' ? [] : stateWrites(account, provider.rules, derivedChange, now);
  const follow = done.outcome === 'recorded' ? [] : await followUpsOf(change, derivedChange, now, deps);
  const result = await deps.store.write([...event, ...state, ...follow, ...(await moreWrites(done))]);
  if (result.ok) return { type: 'done', transition: done };
  // If the event row exists, the notification is a duplicate, also if other rows have changed.
  const eventRefused = once !== undefined && result.refused.some(({ index }) => index === 0);
  return eventRefused ? { type: 'duplicate' } : 'changed_meanwhile';
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
