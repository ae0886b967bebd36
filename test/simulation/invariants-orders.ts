/** Invariants of orders: changed as requested and only while unclaimed, and shown in every event as they were. */
import { LEDGER_PREFIX, orderKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { orderLedgerOf } from '../../shared/app/table/rows.ts';
import type { AmountTerm, Effect, Order, Payment } from '../../shared/payment/types.ts';
import type { About } from './arrived.ts';
import { MINUTE } from './constants.ts';
import { inForce } from './history.ts';
import type { AskedChange } from './merchant.ts';
import type { World } from './world.ts';

const changesOf = ({ merchant }: World, reference: string): readonly AskedChange[] =>
  merchant.changes.filter(({ change }) => change.reference === reference);

/** Amounts that may have been expected at that time: a change counts from some moment between its begin and its end. */
export function termsInForce(world: World, order: Order, at: number): readonly AmountTerm[] {
  let terms = order.amounts;
  for (const { change, begunAt, doneAt } of changesOf(world, order.reference)) {
    if (change.amounts === undefined || begunAt > at) continue;
    terms = doneAt !== undefined && doneAt <= at ? change.amounts : [...terms, ...change.amounts];
  }
  return terms;
}

/** A transaction may depend on rows that were read at most this long before, except those that it checks. */
const LONGEST_LOOK_MS = MINUTE;

/**
 * An event's data about its order was true when the event was created: the order's state, and which payment paid it.
 */
export function eventsNameOrdersAsTheyAre(world: World, effects: readonly Effect[], about: About): void {
  const { history } = world;
  for (const { id, event } of effects) {
    const decided = history.decided.get(id);
    if (decided === undefined || event.orderReference === undefined) continue;
    const span = { transaction: decided.transaction, since: decided.at - LONGEST_LOOK_MS };
    const known = inForce(history.orders.get(event.orderReference), span);
    const said = event.order;
    if (known.length > 0 && said === undefined) about('an event without its order', id);
    if (said === undefined) continue;
    const isTrue = known.some((order) => {
      if (order.paidBy !== said.paidBy?.payment) return false;
      const claimants = order.paidBy === undefined ? [] : inForce(history.payments.get(order.paidBy), span);
      const states =
        claimants.length === 0
          ? [stateOf(order, false)]
          : claimants.map(({ grant }) => stateOf(order, grant.state === 'revoked'));
      return states.includes(said.state);
    });
    if (!isTrue) about('an event tells its order otherwise than it was', `${id}: ${JSON.stringify(said)}`);
  }
}

function stateOf({ paidBy, fulfilled, closedAt }: Order, isGone: boolean): 'open' | 'claimed' | 'closed' {
  const unclaimed = closedAt === undefined ? 'open' : 'closed';
  if (paidBy === undefined) return fulfilled === undefined ? unclaimed : 'claimed';
  return isGone ? unclaimed : 'claimed';
}

/** An event says "refund it" only about a second payment, while another payment of the order stands. */
export function duplicatesNameTheOther(effects: readonly Effect[], about: About): void {
  for (const { id, type, event } of effects) {
    if (!type.endsWith('.duplicate')) continue;
    const { state, paidBy } = event.order ?? {};
    if (state !== 'claimed' || paidBy === undefined || paidBy.payment === event.payment)
      about('called a duplicate of nobody', id);
  }
}

/** Nothing is granted between a confirmed close and the next reopening, unless an operator releases it. */
export function closedOrdersGrantNothing(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  about: About,
): void {
  const isLetThrough = payment.decisions.some(
    ({ reason, verdict }) => reason === 'order_closed' && verdict === 'release',
  );
  if (isLetThrough) return;
  for (const { id, type, event } of effects) {
    const order = world.orders.find(({ order: each }) => each.reference === event.orderReference)?.order;
    const at = world.history.decided.get(id)?.at;
    if (type !== 'fulfil' || order === undefined || at === undefined) continue;
    // A grant writes only a `once` order; with other orders, a worker that has read the order before may still grant.
    const margin = order.use === 'once' ? 0 : LONGEST_LOOK_MS;
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
    if (!reopened) about('granted although its order was closed', id);
  }
}

/**
 * Times of reopenings. Read from the rows, because a process that died after its write tries again, and is refused if
 * the order was paid meanwhile.
 */
function reopeningsOf({ history, table }: World, reference: string): readonly number[] {
  const { pk } = orderKey(reference);
  const rows = table.query(pk, { prefix: LEDGER_PREFIX, limit: 1_000 }).map(orderLedgerOf);
  const versions = new Set(rows.flatMap(({ what, version }) => (what === 'reopen' ? [version] : [])));
  const states = history.orders.get(reference) ?? [];
  return states.flatMap(({ state, at }) => (versions.has(state.version) ? [at] : []));
}

/** Each confirmed change has one ledger row, and none concerns an order whose goods were out. */
export function changesAreLedgered(world: World, found: string[]): void {
  for (const { order } of world.orders) {
    const { reference } = order;
    const { pk } = orderKey(reference);
    const rows = world.table.query(pk, { prefix: LEDGER_PREFIX, limit: 1_000 }).map(orderLedgerOf);
    const asked = changesOf(world, reference);
    if (rows.length > asked.length) found.push(`ledgered but not asked for: ${reference}`);
    const versions = new Set(rows.map(({ version }) => version));
    if (versions.size !== rows.length) found.push(`two changes under one version: ${reference}`);
    for (const { change, doneAt } of asked) {
      if (doneAt === undefined) continue;
      // A change that changes nothing is confirmed without a row.
      const isKept =
        change.amounts === undefined ||
        rows.some(({ changed }) => JSON.stringify(changed.amounts?.to) === JSON.stringify(change.amounts));
      if (!isKept) found.push(`a change that was confirmed is not ledgered: ${reference}`);
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
      found.push(`a ledgered change that no version has: ${reference} ${what}`);
    else if (before.paidBy !== undefined) found.push(`changed after it was claimed: ${reference} ${what}`);
  }
  // Each version occurs once, or an order was overwritten.
  if (new Set(states.map(({ state }) => state.version)).size !== states.length)
    found.push(`an order was written over: ${reference}`);
}

/** Captures of one authorization: what fits is granted once, and what exceeds the order is always reported. */
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
    const quiet = now.filter(({ payment }) => payment.status === 'paid' && payment.holds.length === 0);
    const cents = quiet.reduce((sum, { planned }) => sum + Math.round(Number(planned.worth) * 100), 0);
    const expected = Math.round(Number(term.exact) * 100);
    if (cents > expected)
      found.push(`captured more than was ordered, and nothing is held: ${order.reference}`);
    const isGranted = now.some(({ payment }) => payment.grant.epoch > 0);
    if (cents === expected && !isGranted)
      found.push(`captured in full, and nothing is granted: ${order.reference}`);
  }
}

/**
 * The money of one authorization's captures pays for what was given for it, whichever orders were registered for the
 * whole or for its parts, and whenever: no capture pays two orders. A capture that was lost has paid, too: goods that
 * several captures pay for stay while one of them stands.
 */
export function capturesPayOnce(world: World, found: string[]): void {
  const captures = world.payments.filter(({ authorization }) => authorization !== undefined);
  if (captures.length === 0) return;
  const payments = captures.flatMap((planned) => world.payment(planned) ?? []);
  const isDecided = payments.some(({ decisions }) => decisions.length > 0);
  // An account that trusts payments without an order grants each capture before an order says how much it needs.
  const isFree = world.account('trustly-americas').policy.unknownOrder === 'trust';
  const came = captures.filter(({ history }) =>
    history.some(({ money, name }) => money && world.senders.sent.has(name)),
  );
  const cents = came.reduce((sum, { worth = '0' }) => sum + centsOf(worth), 0);
  const keys = new Set(payments.map(({ key }) => key));
  const given = world.orders.filter(({ order: { reference } }) => {
    const row = world.row(orderKey(reference))?.data as Order | undefined;
    return row?.paidBy !== undefined && keys.has(row.paidBy) && isOut(world, row.paidBy);
  });
  const least = given.reduce((sum, { order }) => {
    const terms = termsInForce(world, order, Number.POSITIVE_INFINITY);
    const amounts = terms.flatMap((term) => ('exact' in term ? [centsOf(term.exact)] : [0]));
    return sum + Math.min(...amounts);
  }, 0);
  if (least > cents && !isDecided && !isFree) {
    const names = given.map(({ order: { reference } }) => reference).join(', ');
    found.push(`goods for more than was captured: ${least} for ${cents}, ${names}`);
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
      found.push(`a capture is summed in an order that it does not follow: ${key} in ${reference}`);
  }
}

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

const isOut = (world: World, key: string): boolean =>
  (world.row(paymentKeyOf(key))?.data as Payment | undefined)?.grant.state === 'granted';
