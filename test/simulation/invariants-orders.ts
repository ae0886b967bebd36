/**
 * Invariants of orders: only unclaimed orders change, only as requested, and every event shows the true order state.
 */
import { LEDGER_PREFIX, orderKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { orderLedgerOf } from '../../shared/app/table/rows.ts';
import type { AmountTerm, Effect, Order, Payment } from '../../shared/payment/types.ts';
import type { Report } from './arrived.ts';
import { MINUTE } from './constants.ts';
import { inForce } from './history.ts';
import type { RequestedChange } from './merchant.ts';
import type { World } from './world.ts';

const changesOf = ({ merchant }: World, reference: string): readonly RequestedChange[] =>
  merchant.changes.filter(({ change }) => change.reference === reference);

/** Amounts that the order may expect at that time: a change takes effect between its begin and its confirmation. */
export function termsInForce(world: World, order: Order, at: number): readonly AmountTerm[] {
  let terms = order.amounts;
  for (const { change, begunAt, doneAt } of changesOf(world, order.reference)) {
    if (change.amounts === undefined || begunAt > at) continue;
    terms = doneAt !== undefined && doneAt <= at ? change.amounts : [...terms, ...change.amounts];
  }
  return terms;
}

/** A transaction may depend on rows that were read this long before, except the rows that the transaction checks. */
const LONGEST_READ_MS = MINUTE;

/**
 * The order's state and `paidBy` in an event are those of the rows when the event was created.
 */
export function eventsShowTheTrueOrderState(world: World, effects: readonly Effect[], report: Report): void {
  const { history } = world;
  for (const { id, event } of effects) {
    const decided = history.decided.get(id);
    if (decided === undefined || event.orderReference === undefined) continue;
    const span = { transaction: decided.transaction, since: decided.at - LONGEST_READ_MS };
    const known = inForce(history.orders.get(event.orderReference), span);
    const shown = event.order;
    if (known.length > 0 && shown === undefined) report('event without its order', id);
    if (shown === undefined) continue;
    const isTrue = known.some((order) => {
      if (order.paidBy !== shown.paidBy?.payment) return false;
      const claimants = order.paidBy === undefined ? [] : inForce(history.payments.get(order.paidBy), span);
      const states =
        claimants.length === 0
          ? [stateOf(order, false)]
          : claimants.map(({ grant }) => stateOf(order, grant.state === 'revoked'));
      return states.includes(shown.state);
    });
    if (!isTrue) report('event shows a false order state', `${id}: ${JSON.stringify(shown)}`);
  }
}

function stateOf({ paidBy, fulfilled, closedAt }: Order, isGone: boolean): 'open' | 'claimed' | 'closed' {
  const unclaimed = closedAt === undefined ? 'open' : 'closed';
  if (paidBy === undefined) return fulfilled === undefined ? unclaimed : 'claimed';
  return isGone ? unclaimed : 'claimed';
}

/** A duplicate event is sent only for a second payment, while another payment claims the order. */
export function duplicateEventsNameTheClaimant(effects: readonly Effect[], report: Report): void {
  for (const { id, type, event } of effects) {
    if (!type.endsWith('.duplicate')) continue;
    const { state, paidBy } = event.order ?? {};
    if (state !== 'claimed' || paidBy === undefined || paidBy.payment === event.payment)
      report('duplicate event without another payment', id);
  }
}

/** No payment is granted between a confirmed close and the next reopening, unless an operator releases the payment. */
export function closedOrdersGrantNothing(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  report: Report,
): void {
  const isReleased = payment.decisions.some(
    ({ reason, verdict }) => reason === 'order_closed' && verdict === 'release',
  );
  if (isReleased) return;
  for (const { id, type, event } of effects) {
    const order = world.orders.find(({ order: each }) => each.reference === event.orderReference)?.order;
    const at = world.history.decided.get(id)?.at;
    if (type !== 'fulfil' || order === undefined || at === undefined) continue;
    // A grant writes the row of a `once` order only. For another order, a worker that read the open order may grant.
    const margin = order.use === 'once' ? 0 : LONGEST_READ_MS;
    const changes = changesOf(world, order.reference);
    const closed = changes.findLast(
      ({ change, doneAt, begunAt }) =>
        change.action === 'close' && doneAt !== undefined && doneAt + margin <= at && begunAt < at,
    );
    if (closed === undefined) continue;
    const isWithin = (time: number): boolean => time > closed.begunAt && time <= at;
    const reopened =
      changes.some(
        ({ change, begunAt, refused }) => change.action === 'reopen' && refused !== true && isWithin(begunAt),
      ) || reopeningsOf(world, order.reference).some(isWithin);
    if (!reopened) report('fulfil for a closed order', id);
  }
}

/**
 * Times of reopenings, from the rows: when a process dies after its write, the merchant tries again and may get a
 * refusal, because the order was paid meanwhile.
 */
function reopeningsOf({ history, table }: World, reference: string): readonly number[] {
  const { pk } = orderKey(reference);
  const rows = table.query(pk, { prefix: LEDGER_PREFIX, limit: 1_000 }).map(orderLedgerOf);
  const versions = new Set(rows.flatMap(({ what, version }) => (what === 'reopen' ? [version] : [])));
  const states = history.orders.get(reference) ?? [];
  return states.flatMap(({ state, at }) => (versions.has(state.version) ? [at] : []));
}

/** Each confirmed change has one ledger row, and no change is of a claimed order. */
export function changesAreLedgered(world: World, found: string[]): void {
  for (const { order } of world.orders) {
    const { reference } = order;
    const { pk } = orderKey(reference);
    const rows = world.table.query(pk, { prefix: LEDGER_PREFIX, limit: 1_000 }).map(orderLedgerOf);
    const requested = changesOf(world, reference);
    if (rows.length > requested.length) found.push(`order change ledgered but not requested: ${reference}`);
    const versions = new Set(rows.map(({ version }) => version));
    if (versions.size !== rows.length) found.push(`two order changes with one version: ${reference}`);
    for (const { change, doneAt } of requested) {
      if (doneAt === undefined) continue;
      // A request that changes nothing is confirmed without a ledger row.
      const isKept =
        change.amounts === undefined ||
        rows.some(({ changed }) => JSON.stringify(changed.amounts?.to) === JSON.stringify(change.amounts));
      if (!isKept) found.push(`confirmed order change not ledgered: ${reference}`);
    }
    changedWhileUnclaimed(world, reference, rows, found);
  }
}

function changedWhileUnclaimed(
  { history }: World,
  reference: string,
  rows: readonly { readonly version: number; readonly what: string }[],
  found: string[],
): void {
  const states = history.orders.get(reference) ?? [];
  for (const { version, what } of rows) {
    const after = states.find(({ state }) => state.version === version)?.state;
    const before = states.find(({ state }) => state.version === version - 1)?.state;
    if (after === undefined || before === undefined)
      found.push(`ledgered order change without a version: ${reference} ${what}`);
    else if (before.paidBy !== undefined) found.push(`claimed order changed: ${reference} ${what}`);
  }
  // A version that occurs twice means that the order was overwritten.
  if (new Set(states.map(({ state }) => state.version)).size !== states.length)
    found.push(`order overwritten: ${reference}`);
}

/** Captures that add up to the order's amount are granted once; a capture that exceeds the order is held. */
export function capturesFitTheOrder(world: World, found: string[]): void {
  for (const { order } of world.orders) {
    const captures = world.payments.filter(
      ({ authorization, history }) => authorization !== undefined && history.length > 0,
    );
    const [term] = termsInForce(world, order, Number.POSITIVE_INFINITY);
    if (captures.length === 0 || term === undefined || !('exact' in term)) continue;
    const now = captures.flatMap((planned) => {
      const payment = world.payment(planned);
      return payment?.orderReference === order.reference ? [{ planned, payment }] : [];
    });
    const isDecided = now.some(({ payment }) => payment.decisions.length > 0);
    const changed = changesOf(world, order.reference).length > 0;
    if (isDecided || changed) continue;
    const paid = now.filter(({ payment }) => payment.status === 'paid' && payment.holds.length === 0);
    const cents = paid.reduce((sum, { planned }) => sum + Math.round(Number(planned.worth) * 100), 0);
    const expected = Math.round(Number(term.exact) * 100);
    if (cents > expected) found.push(`captured more than ordered but not held: ${order.reference}`);
    const isGranted = now.some(({ payment }) => payment.grant.epoch > 0);
    if (cents === expected && !isGranted) found.push(`captured in full but not granted: ${order.reference}`);
  }
}

/**
 * No capture pays two orders: the captures of one authorization cover the amounts of all orders that were granted for
 * them, whichever orders were registered for all captures or for some, and at any time. A reversed capture counts as
 * paid, because goods that several captures pay for stay granted while one capture is valid.
 */
export function capturesPayOnce(world: World, found: string[]): void {
  const captures = world.payments.filter(({ authorization }) => authorization !== undefined);
  if (captures.length === 0) return;
  const payments = captures.flatMap((planned) => world.payment(planned) ?? []);
  const isDecided = payments.some(({ decisions }) => decisions.length > 0);
  // An account with `unknownOrder: trust` grants each capture before an order names an amount.
  const isFree = world.account('trustly-americas').policy.unknownOrder === 'trust';
  const captured = captures.filter(({ history }) =>
    history.some(({ money, name }) => money && world.senders.sent.has(name)),
  );
  const cents = captured.reduce((sum, { worth = '0' }) => sum + centsOf(worth), 0);
  const keys = new Set(payments.map(({ key }) => key));
  const given = world.orders.filter(({ order: { reference } }) => {
    const row = world.row(orderKey(reference))?.data as Order | undefined;
    return row?.paidBy !== undefined && keys.has(row.paidBy) && isGranted(world, row.paidBy);
  });
  const least = given.reduce((sum, { order }) => {
    const terms = termsInForce(world, order, Number.POSITIVE_INFINITY);
    const amounts = terms.flatMap((term) => ('exact' in term ? [centsOf(term.exact)] : [0]));
    return sum + Math.min(...amounts);
  }, 0);
  if (least > cents && !isDecided && !isFree) {
    const names = given.map(({ order: { reference } }) => reference).join(', ');
    found.push(`goods granted for more than was captured: ${least} for ${cents}, ${names}`);
  }
  const listed = world.orders.flatMap(({ order: { reference } }) => {
    const row = world.row(orderKey(reference))?.data as Order | undefined;
    return (row?.captures ?? []).map(({ payment }) => ({ payment, reference }));
  });
  for (const { key, orderReference } of payments) {
    const elsewhere = listed.filter(
      ({ payment, reference }) => payment === key && reference !== orderReference,
    );
    for (const { reference } of elsewhere)
      found.push(`capture summed in another order than its own: ${key} in ${reference}`);
  }
}

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

const isGranted = (world: World, key: string): boolean =>
  (world.row(paymentKeyOf(key))?.data as Payment | undefined)?.grant.state === 'granted';
