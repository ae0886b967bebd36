/** Invariants of evidence: nothing is lost, nothing is invented, and everything derived follows from the evidence. */

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
import { type About, type Arrived, answersOn, isWithdrawal } from './arrived.ts';
import { DAY } from './constants.ts';
import type { PlannedPayment } from './plans.ts';
import { isForged } from './wire.ts';
import type { World } from './world.ts';

export function nothingAcknowledgedIsLost(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  about: About,
): void {
  for (const { message, fate } of arrived) {
    if (fate === 'lost' && world.senders.acknowledged.has(message.name))
      about('acknowledged but lost', message.name);
  }
  const ambiguous = planned.history.filter(
    ({ kind, name }) => kind === 'ambiguous' && world.senders.acknowledged.has(name),
  );
  const kept = world.rowsOf(`quarantine#${planned.provider}#${planned.account}`);
  if (kept.length < ambiguous.length) about('acknowledged but lost', 'a quarantined message');
}

export function nothingForgedIsAccepted(world: World, planned: PlannedPayment, about: About): void {
  for (const { kind, name } of planned.history) {
    if (isForged(kind) && world.senders.acknowledged.has(name)) about('forgery accepted', name);
  }
}

/** Joins the facts of everything that was applied again here, in the order of the plan. */
export function factsAreTheJoin(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment | undefined,
  about: About,
): void {
  const normalized = arrived.flatMap(({ normalized, fate }) => (fate === 'applied' ? [normalized] : []));
  const answers = answersOn(world, planned);
  for (const { key } of answers) {
    if (world.row(eventKey(planned, key)) === undefined) about('an answer was kept but not applied', key);
  }
  const expected = [...normalized, ...answers]
    .filter(({ subject }) => subject?.id === planned.id)
    .reduce<Facts>((facts, each) => joinFacts(facts, each.facts), {});
  const actual = payment?.facts ?? {};
  if (stable(expected) !== stable(actual)) {
    about('facts are not the join', `${stable(actual)} instead of ${stable(expected)}`);
  }
}

const stable = (facts: Facts): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Holds belong to the payment for which the message was sent and to the one that it names: only one of them has the
 * first content.
 */
export function conflictsAreHeld(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  about: About,
): void {
  for (const { normalized, fate } of arrived) {
    // A message about no payment cannot hold one.
    if (fate !== 'beside' || normalized.subject === undefined) continue;
    for (const id of new Set([planned.id, normalized.subject.id])) {
      const payment = world.payment({ ...planned, id });
      if (payment?.conflicts.includes(conflictName(normalized)) !== true)
        about('conflict not remembered', `${id} ${normalized.key}`);
      // Final: the conflict is stored, and nobody has to answer it any more.
      if (payment === undefined || isRejected(payment)) continue;
      const seen = [...payment.holds, ...payment.decisions].some(
        ({ reason }) => reason === 'conflicting_duplicate',
      );
      if (!seen) about('conflict not held', `${id} ${normalized.key}`);
    }
  }
}

/** Europe: the reading's amounts equal the sum of the accepted messages, counted here in cents. */
export function balancesAreConserved(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment,
  about: About,
): void {
  if (payment.provider !== 'trustly-europe') return;
  // After an operator's confirmation, the operator's sums count.
  if (payment.decisions.some(({ verdict }) => verdict === 'confirm')) return;
  // Without its order, or with another debit under its id, a withdrawal's debit and confirmation are two amounts.
  const isOne =
    payment.reading.orderKind === 'withdrawal' &&
    payment.conflicts.length === 0 &&
    isWithdrawal(world, planned);
  if (planned.kind === 'withdrawal' && !isOne) return;
  // A notice of a refund that is registered or known to have failed has a conflicting duplicate: what was sent and what
  // came back are then two amounts, and the conflict is held (`conflictsAreHeld` checks that).
  const isRefundKnown = payment.refunds !== undefined || (payment.reading.refundsFailed ?? []).length > 0;
  if (payment.conflicts.length > 0 && isRefundKnown) return;
  // A payment that its order calls a payout: its debit and its refund's notice are read as one amount.
  if (planned.kind === 'payment' && payment.reading.direction === 'out') return;
  // Nothing says what it is: a failed payout and a failed refund look alike, and its credit is held as unexpected.
  const isUnknown = orderFor(world, payment) === undefined && payment.refunds === undefined;
  if (isUnknown && Object.keys(payment.facts).some((key) => key.startsWith('payoutfailed/'))) return;
  const counted = (each: Arrived): boolean =>
    each.fate === 'applied' && !each.normalized.key.endsWith('#restore') && !isRefused(each, payment);
  const sign = payment.reading.direction === 'out' ? -1 : 1;
  const cents = sign * arrived.filter(counted).reduce((sum, { message }) => sum + (message.cents ?? 0), 0);
  const sum = (parts: Payment['reading']['moved']) =>
    parts.reduce((total, { amount }) => addDecimals(total, amount), '0');
  const { moved, returned, unexpected = [] } = payment.reading;
  // Unexpected money is not part of the payment, but it did arrive.
  const net = subtractDecimals(sum([...moved, ...unexpected]), sum(returned));
  // A refund that is known only from its return left the account before.
  const isReturn = (each: Arrived): boolean => counted(each) && each.message.returns === true;
  const unseen = arrived.filter(isReturn).reduce((total, { message }) => total + (message.cents ?? 0), 0);
  const known = payment.refunds === undefined ? [cents] : [cents, cents - unseen];
  if (!known.some((sum) => compareDecimals(net, decimal(sum)) === 0))
    about('balance not conserved', `${net} instead of ${known.map(decimal).join(' or ')}`);
}

const decimal = (cents: number): string =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;

/**
 * Europe: a refund that comes back is no new money. Unless the order says that it is paid in parts, a payment is one
 * credit.
 */
export function noMoneyThatIsNotThere(
  world: World,
  arrived: readonly Arrived[],
  payment: Payment,
  about: About,
): void {
  const { reading, provider, decisions } = payment;
  if (provider !== 'trustly-europe' || reading.direction !== 'in') return;
  if (orderFor(world, payment)?.instalments === true) return;
  if (decisions.some(({ verdict }) => verdict === 'confirm')) return;
  const credits = arrived.flatMap(({ message, fate }) =>
    message.money && fate === 'applied' ? [message.cents ?? 0] : [],
  );
  const most = Math.max(0, ...credits);
  const moved = reading.moved.reduce((total, { amount }) => addDecimals(total, amount), '0');
  if (compareDecimals(moved, decimal(most)) > 0)
    about('money that is not there', `${moved}, of which ${decimal(most)} came`);
}

/** A withdrawal's debit that was answered with no moves no money. */
const isRefused = ({ normalized }: Arrived, { reading }: Payment): boolean =>
  reading.orderKind === 'withdrawal' &&
  Object.values(normalized.facts).some(({ codes }) => codes.includes('answered:FAILED'));

/**
 * If the provider has an API, it is polled about the amount until it is known; sometimes there is none (reversed,
 * resent).
 */
export function whatCanBeConfirmedIs(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  about: About,
): void {
  if (payment.status !== 'awaiting_confirmation' || !isPolled(world.account(planned.provider))) return;
  if (isRejected(payment)) return;
  const row = world.row(confirmKey(payment.key));
  const { outcome, askedAt = '' } = row === undefined ? {} : confirmOf(row);
  const isAsked = outcome === 'found' && Date.parse(askedAt) > world.engine.now - 2 * DAY;
  if (!isAsked) about('waits for an amount and nobody asks', payment.key);
}

/** Holds about goods that are out, which come only with a later message. */
const OF_GOODS_OUT: ReadonlySet<string> = new Set(['regrant'] satisfies HoldReason[]);
/**
 * No order lists payments that wait for their amount, or payouts: the first get such a hold when their amount comes.
 */
const OF_THE_CLAIM: ReadonlySet<string> = new Set([
  'order_already_paid',
  'order_payment_reversed',
] satisfies HoldReason[]);

function comesLater(reason: HoldReason, payment: Payment | undefined): boolean {
  const isListed = payment?.status !== 'awaiting_confirmation' && payment?.reading.direction !== 'out';
  return OF_GOODS_OUT.has(reason) || (!isListed && OF_THE_CLAIM.has(reason));
}

/** At the end: deriving the payment again from its facts and its order changes nothing. */
export function nothingIsLeftToDerive(world: World, payment: Payment, about: About): void {
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
    about('status is not what the evidence says', `${payment.status} instead of ${again.status}`);
  }
  if (again.grant.state !== payment.grant.state) {
    about('grant is not what the evidence says', `${payment.grant.state} instead of ${again.grant.state}`);
  }
  if (again.orderReference !== payment.orderReference) {
    about('follows another order than the most specific', `${payment.orderReference}`);
  }
  const digests = ({ holds }: Payment) =>
    holds.flatMap(({ reason, digest }) => (comesLater(reason, payment) ? [] : [digest])).join();
  if (digests(again) !== digests(payment)) about('holds are not what the evidence says', payment.key);
  const waits = (each: Payment) => each.holds.some(({ reason }) => reason === 'unknown_order');
  if (waits(payment) && !waits(again)) about('waits for an order that is there', payment.key);
}

/** The other payment that has claimed this one's order; undefined when there is none. */
export function claimantOf(world: World, payment: Payment): Payment | undefined {
  const paidBy = orderFor(world, payment)?.paidBy;
  if (paidBy === undefined || paidBy === payment.key) return undefined;
  return world.row(paymentKeyOf(paidBy))?.data as Payment | undefined;
}

/** A capture stays with the order whose goods are granted for a sum with it. */
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
  const where = orderToLoad(payment, undefined);
  const load = (reference: string): Order | undefined => {
    const row = world.row({ pk: `order#${reference}`, sk: 'order' });
    return row === undefined ? undefined : orderOf(row);
  };
  if ('reference' in where) return load(where.reference);
  for (const alias of where.aliases) {
    const row = world.row(aliasKeyOf(payment, alias));
    const order = row === undefined ? undefined : load(aliasTarget(row));
    if (order === undefined) continue;
    if ((order.provider ?? payment.provider) !== payment.provider) continue;
    if ((order.account ?? payment.account) === payment.account) return order;
  }
  return authorizedOrder(world, payment, load);
}

/** For a capture: found by its authorization's id, or by the order that the authorization matched. */
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

/** Rederives from the evidence: nothing would change, and nothing is notable. */
export async function nothingIsLeftToRederive(world: World, found: string[]): Promise<void> {
  const { changed, skipped, notable } = await world.operators.lookAnew();
  for (const { holds, events, ...other } of changed) {
    const payment = world.row(paymentKeyOf(other.payment))?.data as Payment | undefined;
    const lasting = (reasons: readonly HoldReason[] = []) =>
      reasons.filter((reason) => !comesLater(reason, payment)).join();
    const isOfGoodsOut =
      Object.keys(other).length === 1 &&
      lasting(holds?.from) === lasting(holds?.to) &&
      events.every((type) => ['payment.duplicate', 'payment.held', 'payment.at_risk'].includes(type));
    if (!isOfGoodsOut) found.push(`a dry run would change: ${JSON.stringify({ ...other, holds, events })}`);
  }
  for (const { payment, why } of skipped) found.push(`a dry run cannot read: ${payment} ${why}`);
  for (const each of notable) found.push(`a dry run finds strange: ${JSON.stringify(each)}`);
}
