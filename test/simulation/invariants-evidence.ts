/**
 * Invariants of evidence: no notification is lost, no forgery is accepted, and every payment follows from its evidence.
 */

import { aliasKeyOf, confirmKey, eventKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { aliasTarget, confirmOf, orderOf } from '../../shared/app/table/rows.ts';
import {
  addDecimals,
  compareDecimals,
  conflictName,
  isPaidWith,
  isRejected,
  joinFacts,
  orderToLoad,
  parsePaymentKey,
  paymentKey,
  subtractDecimals,
  transition,
} from '../../shared/payment/index.ts';
import type { Facts, HoldReason, Order, Payment } from '../../shared/payment/types.ts';
import { isPolled } from '../../shared/providers/account.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { type Arrived, apiAnswersOn, isWithdrawal, type Report } from './arrived.ts';
import { DAY } from './constants.ts';
import type { PlannedPayment } from './plans.ts';
import { isForged } from './wire.ts';
import type { World } from './world.ts';

export function nothingAcknowledgedIsLost(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  report: Report,
): void {
  for (const { message, fate } of arrived) {
    if (fate === 'lost' && world.senders.acknowledged.has(message.name))
      report('acknowledged notification lost', message.name);
  }
  const ambiguous = planned.history.filter(
    ({ kind, name }) => kind === 'ambiguous' && world.senders.acknowledged.has(name),
  );
  const kept = world.rowsOf(`quarantine#${planned.provider}#${planned.account}`);
  if (kept.length < ambiguous.length) report('acknowledged notification lost', 'a quarantined message');
}

export function nothingForgedIsAccepted(world: World, planned: PlannedPayment, report: Report): void {
  for (const { kind, name } of planned.history) {
    if (isForged(kind) && world.senders.acknowledged.has(name)) report('forgery accepted', name);
  }
}

/** The payment's facts equal the join of all applied messages and API answers, which this function computes anew. */
export function factsAreTheJoin(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment | undefined,
  report: Report,
): void {
  const normalized = arrived.flatMap(({ normalized, fate }) => (fate === 'applied' ? [normalized] : []));
  const answers = apiAnswersOn(world, planned);
  for (const { key } of answers) {
    if (world.row(eventKey(planned, key)) === undefined) report('API answer stored but not applied', key);
  }
  const expected = [...normalized, ...answers]
    .filter(({ subject }) => subject?.id === planned.id)
    .reduce<Facts>((facts, each) => joinFacts(facts, each.facts), {});
  const actual = payment?.facts ?? {};
  if (stable(expected) !== stable(actual)) {
    report('facts are not the join of the evidence', `${stable(actual)} instead of ${stable(expected)}`);
  }
}

const stable = (facts: Facts): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * A conflicting duplicate holds two payments: the payment for which the message was sent, and the payment that the
 * message names. Only one of the two has the content that was applied.
 */
export function conflictsAreHeld(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  report: Report,
): void {
  for (const { normalized, fate } of arrived) {
    // A message without a payment holds no payment.
    if (fate !== 'beside' || normalized.subject === undefined) continue;
    for (const id of new Set([planned.id, normalized.subject.id])) {
      const payment = world.payment({ ...planned, id });
      if (payment?.conflicts.includes(conflictName(normalized)) !== true)
        report('conflicting duplicate not named by its payment', `${id} ${normalized.key}`);
      // A rejected payment is final: the conflict is stored, but no operator has to answer it.
      if (payment === undefined || isRejected(payment)) continue;
      const seen = [...payment.holds, ...payment.decisions].some(
        ({ reason }) => reason === 'conflicting_duplicate',
      );
      if (!seen) report('conflicting duplicate not held', `${id} ${normalized.key}`);
    }
  }
}

/**
 * Trustly Europe: the payment's balance equals the sum of the applied messages, which this function counts in cents.
 */
export function balancesAreConserved(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment,
  report: Report,
): void {
  if (payment.provider !== 'trustly-europe') return;
  // After an operator's confirmation, the confirmed sums count.
  if (payment.decisions.some(({ verdict }) => verdict === 'confirm')) return;
  // A withdrawal without its order, or with a conflicting debit, counts its debit and its confirmation as two amounts.
  const hasOneAmount =
    payment.reading.orderKind === 'withdrawal' &&
    payment.conflicts.length === 0 &&
    isWithdrawal(world, planned);
  if (planned.kind === 'withdrawal' && !hasOneAmount) return;
  // A conflicting duplicate of a refund's notification makes two amounts of the sent and the returned money. The
  // payment is held then (`conflictsAreHeld` checks that).
  const isRefundKnown = payment.refunds !== undefined || (payment.reading.refundsFailed ?? []).length > 0;
  if (payment.conflicts.length > 0 && isRefundKnown) return;
  // If the order says payout, the debit and the notification of the refund are read as one amount.
  if (planned.kind === 'payment' && payment.reading.direction === 'out') return;
  // Without an order or a registered refund, a failed payout looks like a failed refund: its credit is unexpected.
  const isUnknown = orderFor(world, payment) === undefined && payment.refunds === undefined;
  if (isUnknown && Object.keys(payment.facts).some((key) => key.startsWith('payoutfailed/'))) return;
  const counted = (each: Arrived): boolean =>
    each.fate === 'applied' && !each.normalized.key.endsWith('#restore') && !isRefused(each, payment);
  const sign = payment.reading.direction === 'out' ? -1 : 1;
  const cents = sign * arrived.filter(counted).reduce((sum, { message }) => sum + (message.cents ?? 0), 0);
  const sum = (parts: Payment['reading']['moved']) =>
    parts.reduce((total, { amount }) => addDecimals(total, amount), '0');
  const { moved, returned, unexpected = [] } = payment.reading;
  // Unexpected money is not part of the payment, but it arrived.
  const net = subtractDecimals(sum([...moved, ...unexpected]), sum(returned));
  // A refund that is known only by its return left the account before the first message.
  const isReturn = (each: Arrived): boolean => counted(each) && each.message.returns === true;
  const returnedOnly = arrived
    .filter(isReturn)
    .reduce((total, { message }) => total + (message.cents ?? 0), 0);
  const possible = payment.refunds === undefined ? [cents] : [cents, cents - returnedOnly];
  if (!possible.some((sum) => compareDecimals(net, decimal(sum)) === 0))
    report(
      'balance is not the sum of the messages',
      `${net} instead of ${possible.map(decimal).join(' or ')}`,
    );
}

const decimal = (cents: number): string =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;

/**
 * Trustly Europe: a returned refund is no new money. Unless the order expects instalments, a payment has the money of
 * one credit at most.
 */
export function noMoneyWithoutCredit(
  world: World,
  arrived: readonly Arrived[],
  payment: Payment,
  report: Report,
): void {
  const { reading, provider, decisions } = payment;
  if (provider !== 'trustly-europe' || reading.direction !== 'in') return;
  if (orderFor(world, payment)?.instalments === true) return;
  if (decisions.some(({ verdict }) => verdict === 'confirm')) return;
  const credits = arrived.flatMap(({ message, fate }) =>
    message.money && fate === 'applied' ? [message.cents ?? 0] : [],
  );
  const largest = Math.max(0, ...credits);
  const moved = reading.moved.reduce((total, { amount }) => addDecimals(total, amount), '0');
  if (compareDecimals(moved, decimal(largest)) > 0)
    report('more money counted than credited', `${moved}, of which ${decimal(largest)} came`);
}

/** Whether the message is a withdrawal's debit that was answered FAILED: it moves no money. */
const isRefused = ({ normalized }: Arrived, { reading }: Payment): boolean =>
  reading.orderKind === 'withdrawal' &&
  Object.values(normalized.facts).some(({ codes }) => codes.includes('answered:FAILED'));

/**
 * A payment that waits for its amount is polled until the end, if its provider has an API. The API may have no amount,
 * for example because the payment was reversed.
 */
export function waitingPaymentsArePolled(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  report: Report,
): void {
  if (payment.status !== 'awaiting_confirmation' || !isPolled(world.account(planned.provider))) return;
  if (isRejected(payment)) return;
  const row = world.row(confirmKey(payment.key));
  const { outcome, askedAt = '' } = row === undefined ? {} : confirmOf(row);
  const isPolledUntilEnd = outcome === 'found' && Date.parse(askedAt) > world.engine.now - 2 * DAY;
  if (!isPolledUntilEnd) report('payment waits for its amount but is not polled', payment.key);
}

/** Holds that a payment with granted goods gets only with a later message. */
const REGRANT_REASONS: ReadonlySet<string> = new Set(['regrant'] satisfies HoldReason[]);
/**
 * Holds about the claim. No order lists a payout or a payment that waits for its amount: such a payment gets the hold
 * only when its amount comes.
 */
const CLAIM_REASONS: ReadonlySet<string> = new Set([
  'order_already_paid',
  'order_payment_reversed',
] satisfies HoldReason[]);

function isHeldLater(reason: HoldReason, payment: Payment | undefined): boolean {
  const isListed = payment?.status !== 'awaiting_confirmation' && payment?.reading.direction !== 'out';
  return REGRANT_REASONS.has(reason) || (!isListed && CLAIM_REASONS.has(reason));
}

/** At the end, deriving the payment anew from its facts and its order changes nothing. */
export function nothingIsLeftToDerive(world: World, payment: Payment, report: Report): void {
  const account = world.account(payment.provider as ProviderName);
  const { payment: again } = transition(
    { payment, order: orderFor(world, payment), claimant: claimantOf(world, payment) },
    { type: 'reevaluate', cause: 'check' },
    {
      policy: account.policy,
      read: providers[account.provider].readFacts,
      rules: providers[account.provider].rules,
      at: payment.updatedAt,
      key: parsePaymentKey(payment.key),
      cause: 'check',
    },
  );
  if (again.status !== payment.status) {
    report('status differs from the evidence', `${payment.status} instead of ${again.status}`);
  }
  if (again.grant.state !== payment.grant.state) {
    report('grant differs from the evidence', `${payment.grant.state} instead of ${again.grant.state}`);
  }
  if (again.orderReference !== payment.orderReference) {
    report('payment follows another order than the most specific', `${payment.orderReference}`);
  }
  const digests = ({ holds }: Payment) =>
    holds.flatMap(({ reason, digest }) => (isHeldLater(reason, payment) ? [] : [digest])).join();
  if (digests(again) !== digests(payment)) report('holds differ from the evidence', payment.key);
  const waits = (each: Payment) => each.holds.some(({ reason }) => reason === 'unknown_order');
  if (waits(payment) && !waits(again)) report('payment waits for an order that is registered', payment.key);
}

/** The other payment that claims the order of this payment; undefined when there is none. */
export function claimantOf(world: World, payment: Payment): Payment | undefined {
  const paidBy = orderFor(world, payment)?.paidBy;
  if (paidBy === undefined || paidBy === payment.key) return undefined;
  return world.row(paymentKeyOf(paidBy))?.data as Payment | undefined;
}

/** The order that a capture keeps, because the order's goods are granted for a sum that includes the capture. */
function keptOrder(world: World, payment: Payment): Order | undefined {
  const { orderReference } = payment;
  if (payment.reading.capture !== true || orderReference === undefined) return undefined;
  const row = world.row({ pk: `order#${orderReference}`, sk: 'order' });
  if (row === undefined) return undefined;
  const order = orderOf(row);
  const { paidBy } = order;
  const claimant = paidBy === undefined ? undefined : world.row(paymentKeyOf(paidBy));
  return isPaidWith(payment, { order, claimant: claimant?.data as Payment | undefined }) ? order : undefined;
}

export function orderFor(world: World, payment: Payment): Order | undefined {
  const kept = keptOrder(world, payment);
  if (kept !== undefined) return kept;
  const lookup = orderToLoad(payment, undefined);
  const load = (reference: string): Order | undefined => {
    const row = world.row({ pk: `order#${reference}`, sk: 'order' });
    return row === undefined ? undefined : orderOf(row);
  };
  if ('reference' in lookup) return load(lookup.reference);
  for (const alias of lookup.aliases) {
    const row = world.row(aliasKeyOf(payment, alias));
    const order = row === undefined ? undefined : load(aliasTarget(row));
    if (order === undefined) continue;
    if ((order.provider ?? payment.provider) !== payment.provider) continue;
    if ((order.account ?? payment.account) === payment.account) return order;
  }
  return authorizedOrder(world, payment, load);
}

/** The order of a capture, found by the id of its authorization or by the order that the authorization matched. */
function authorizedOrder(
  world: World,
  payment: Payment,
  load: (reference: string) => Order | undefined,
): Order | undefined {
  if (payment.reading.capture !== true) return undefined;
  const [parent] = payment.aliases.filter(({ type }) => type === 'parent');
  if (parent === undefined) return undefined;
  const byId = world.row(aliasKeyOf(payment, { type: 'id', value: parent.value }));
  if (byId !== undefined) return load(aliasTarget(byId));
  const key = paymentKey({ ...parsePaymentKey(payment.key), id: parent.value });
  const { orderReference } = (world.row(paymentKeyOf(key))?.data ?? {}) as Partial<Payment>;
  return orderReference === undefined ? undefined : load(orderReference);
}

/** `rederive` as a dry run changes no payment and reports no notable payment. */
export async function nothingIsLeftToRederive(world: World, found: string[]): Promise<void> {
  const { changed, skipped, notable } = await world.operators.rederiveDry();
  for (const { holds, events, ...other } of changed) {
    const payment = world.row(paymentKeyOf(other.payment))?.data as Payment | undefined;
    const lasting = (reasons: readonly HoldReason[] = []) =>
      reasons.filter((reason) => !isHeldLater(reason, payment)).join();
    const isOfGoodsOut =
      Object.keys(other).length === 1 &&
      lasting(holds?.from) === lasting(holds?.to) &&
      events.every((type) => ['payment.duplicate', 'payment.held', 'payment.at_risk'].includes(type));
    if (!isOfGoodsOut)
      found.push(`rederive would change a payment: ${JSON.stringify({ ...other, holds, events })}`);
  }
  for (const { payment, why } of skipped) found.push(`rederive cannot read a payment: ${payment} ${why}`);
  for (const each of notable) found.push(`rederive reports a notable payment: ${JSON.stringify(each)}`);
}
