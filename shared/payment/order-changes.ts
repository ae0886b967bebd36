/**
 * What a merchant may change about an order before it is claimed: close it, reopen it, extend its validity, correct its
 * amounts. Pure; the caller writes who, why and when to the ledger, in the transaction that writes the order.
 */
import { fieldsOf, instant, parseTerms, parseText, refuse } from './orders.ts';
import type { AmountTerm, Order, OrderState } from './types.ts';

/**
 * `claimed`: a payment was granted for it, or another system has fulfilled it. `closed`: money that arrives for it is
 * held.
 */
export type OrderStateName = OrderState['state'];

/** A claim has precedence over a close: an operator may have released a payment for a closed order. */
export function stateOfOrder({
  paidBy,
  fulfilled,
  closedAt,
}: Pick<Order, 'paidBy' | 'fulfilled' | 'closedAt'>): OrderStateName {
  if (paidBy !== undefined || fulfilled !== undefined) return 'claimed';
  return closedAt === undefined ? 'open' : 'closed';
}

const ORDER_ACTIONS = ['close', 'reopen', 'change'] as const;
export type OrderAction = (typeof ORDER_ACTIONS)[number];

export interface OrderChange {
  readonly reference: string;
  readonly action: OrderAction;
  /** Who changes the order and why: stored in the order's ledger, never in logs or events. */
  readonly by: string;
  readonly note: string;
  /** The change applies only to this version of the order, so that a change made since is not overwritten. */
  readonly version?: number;
  readonly validUntil?: string;
  readonly amounts?: readonly AmountTerm[];
}

const MAX_BY_CHARACTERS = 128;
const MAX_NOTE_CHARACTERS = 500;
const CHANGE_KEYS = ['reference', 'action', 'by', 'note', 'version', 'validUntil', 'amounts'];

function versionOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? value
    : refuse('change.version', value, 'a whole number above 0, as it was shown');
}

/** Parses a change as the merchant or an operator gives it. @throws OrderError */
export function parseOrderChange(value: unknown): OrderChange {
  const fields = fieldsOf('change', value, CHANGE_KEYS);
  const action =
    ORDER_ACTIONS.find((known) => known === fields.action) ??
    refuse('change.action', fields.action, ORDER_ACTIONS.join(', '));
  const { validUntil, amounts } = fields;
  const changes = validUntil !== undefined || amounts !== undefined;
  if (action === 'change' && !changes)
    refuse('change', value, 'with action "change": validUntil, amounts, or both');
  if (action !== 'change' && changes) {
    refuse(
      `change.${amounts === undefined ? 'validUntil' : 'amounts'}`,
      amounts ?? validUntil,
      'only with action "change"',
    );
  }
  return {
    reference: parseText('change.reference', fields.reference),
    action,
    by: parseText('change.by', fields.by, MAX_BY_CHARACTERS),
    note: parseText('change.note', fields.note, MAX_NOTE_CHARACTERS),
    ...(fields.version === undefined ? {} : { version: versionOf(fields.version) }),
    ...(validUntil === undefined ? {} : { validUntil: instant('change.validUntil', validUntil) }),
    ...(amounts === undefined ? {} : { amounts: parseTerms(amounts, 'change.amounts') }),
  };
}

/**
 * The order cannot be changed this way now. The message is a sentence for the caller; the request itself is
 * well-formed.
 */
export class OrderChangeError extends Error {
  override readonly name = 'OrderChangeError';
}

const named = ({ reference }: Pick<Order, 'reference'>): string => `order ${JSON.stringify(reference)}`;

function checkChangeable(order: Order, { version }: OrderChange): void {
  if (version !== undefined && version !== order.version) {
    throw new OrderChangeError(
      `${named(order)} has version ${order.version}, not ${version}: look at it again`,
    );
  }
  if (stateOfOrder(order) !== 'claimed') return;
  const claim = order.paidBy === undefined ? 'was fulfilled by another system' : `is paid by ${order.paidBy}`;
  throw new OrderChangeError(
    `${named(order)} ${claim}: only an order that nothing was granted for can be changed`,
  );
}

function extended(order: Order, validUntil: string | undefined, at: string): Order {
  if (validUntil === undefined || validUntil === order.validUntil) return order;
  if (order.validUntil === undefined) {
    throw new OrderChangeError(
      `${named(order)} has no validUntil, so there is nothing to extend: close it to end it`,
    );
  }
  const latest = Date.parse(order.validUntil) > Date.parse(at) ? order.validUntil : at;
  if (Date.parse(validUntil) <= Date.parse(latest)) {
    throw new OrderChangeError(
      `change.validUntil: found ${JSON.stringify(validUntil)}, allowed: a time after ${latest}; close an order to end it earlier`,
    );
  }
  return { ...order, validUntil };
}

function corrected(order: Order, amounts: readonly AmountTerm[] | undefined): Order {
  if (amounts === undefined || areTerms(amounts, order)) return order;
  // Other orders have no claim: granted payments, or money that has left, would be compared with the new amounts.
  if (order.kind !== 'payment' || order.use !== 'once') {
    throw new OrderChangeError(
      `${named(order)} is a ${order.use} ${order.kind}: only the amounts of a once payment can be corrected; close it and register another`,
    );
  }
  return { ...order, amounts };
}

const areTerms = (amounts: readonly AmountTerm[], { amounts: known }: Order): boolean =>
  JSON.stringify(amounts) === JSON.stringify(known.map(canonicalTerm));

/** Whether the order is as the change would leave it. */
function isDone(order: Order, { action, validUntil, amounts }: OrderChange): boolean {
  const state = stateOfOrder(order);
  if (action !== 'change') return state === (action === 'close' ? 'closed' : 'open');
  const isUntil = validUntil === undefined || validUntil === order.validUntil;
  return state !== 'claimed' && isUntil && (amounts === undefined || areTerms(amounts, order));
}

/** The term with its keys in a fixed order: a map that was read from a row has none. */
function canonicalTerm(term: AmountTerm): AmountTerm {
  const { currency } = term;
  if ('open' in term) return { currency, open: true };
  return 'exact' in term ? { currency, exact: term.exact } : { currency, min: term.min, max: term.max };
}

/**
 * The order after the change, its version raised by one. Undefined: it is in that state already (a repeated request).
 * @param at ISO 8601
 * @throws OrderChangeError
 */
export function changeOrder(order: Order, change: OrderChange, at: string): Order | undefined {
  // A repeated change finds the order in that state already, also if it names the earlier version.
  if (isDone(order, change)) return undefined;
  checkChangeable(order, change);
  const { closedAt: _, ...open } = order;
  const changed =
    change.action === 'close'
      ? { ...order, closedAt: at }
      : change.action === 'reopen'
        ? open
        : corrected(extended(order, change.validUntil, at), change.amounts);
  return changed === order ? undefined : { ...changed, version: order.version + 1 };
}
