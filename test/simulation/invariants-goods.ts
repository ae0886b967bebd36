/**
 * Invariants of the events that the shop received: goods are granted once, for money, and are revoked when the money
 * goes back.
 */
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { isNegative } from '../../shared/payment/index.ts';
import type { AmountTerm, Effect, MerchantEvent, Money, Order, Payment } from '../../shared/payment/types.ts';
import { moneyConfirmedBy, type Report } from './arrived.ts';
import { HOUR } from './constants.ts';
import { claimantOf, orderFor } from './invariants-evidence.ts';
import { termsInForce } from './invariants-orders.ts';
import type { PlannedPayment } from './plans.ts';
import type { Planned } from './wire.ts';
import type { World } from './world.ts';

/** A delivery that began before the revoke was created may arrive later: its lease lasts at most this long. */
const LONGEST_DELIVERY_MS = 60_000;

const FINAL = new Set(['delivered', 'superseded', 'failed']);

export function everyEffectIsFinal(world: World, effects: readonly Effect[], report: Report): void {
  const { shop, operators } = world;
  for (const { id, name, state } of effects) {
    if (!FINAL.has(state)) report('effect not final', `${name} is ${state}`);
    const hadFailed = state === 'failed' || operators.failed.has(id);
    if (hadFailed && shop.behaviour === 'working') report('effect failed at a working shop', name);
    // When the shop is open again, operators redeliver every failed effect, unless its grant has ended.
    const isOpen = shop.behaviour === 'closed' && shop.opensAt < world.engine.now;
    if (state === 'failed' && isOpen && !operators.refused.has(id))
      report('failed effect not redelivered', name);
  }
}

/**
 * An effect fails for good after two days of attempts, however many messages name the effect, or when the shop answers
 * 410.
 */
const MIN_ATTEMPTING_MS = 48 * HOUR;

export function effectsAreAttemptedForTwoDays({ shop, attempts }: World, found: string[]): void {
  for (const { id, afterMs } of attempts.failed) {
    if (afterMs >= MIN_ATTEMPTING_MS || shop.answeredGone(id)) continue;
    found.push(`effect failed before 48 hours: ${id} after ${(afterMs / HOUR).toFixed(1)} h`);
  }
  for (const id of attempts.early) found.push(`effect attempted before it was due: ${id}`);
}

/** The shop received the fulfil and the revoke of each epoch that the final grant of the payment requires. */
export function grantAndShopAgree(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  report: Report,
): void {
  const { received } = world.shop;
  const find = (type: string, epoch: number) =>
    received.flatMap(({ event }, index) =>
      event.payment === payment.key && event.type === type && event.epoch === epoch ? [index] : [],
    );
  for (let epoch = 1; epoch <= payment.grant.epoch; epoch += 1) {
    const fulfils = find('fulfil', epoch);
    const revokes = find('revoke', epoch);
    const failed = (type: string) =>
      effects.some(({ name, state }) => name === `${epoch}#${type}` && state === 'failed');
    const { observed } = payment.grant;
    // Another system gave the goods of an order that is `fulfilled: external`: the shop gets no event.
    if (epoch === payment.grant.epoch && observed === true) {
      if (fulfils.length + revokes.length > 0)
        report('event sent for goods that another system gave', `epoch ${epoch}`);
      continue;
    }
    const current = epoch === payment.grant.epoch && payment.grant.state === 'granted';
    if (fulfils.length > 1) report('more than one fulfil per epoch', `epoch ${epoch}`);
    if (revokes.length > 1) report('more than one revoke per epoch', `epoch ${epoch}`);
    if (current && fulfils.length !== 1 && !failed('fulfil'))
      report('granted but not fulfilled', `epoch ${epoch}`);
    if (!current && fulfils.length > revokes.length && !failed('revoke')) {
      report('fulfil received but its revoke is missing', `epoch ${epoch}`);
    }
    // A fulfil whose delivery has an unknown outcome is revoked too: the shop may get the revoke alone.
    const tried = effects.some(({ name, attempts }) => name === `${epoch}#fulfil` && attempts > 0);
    if (revokes.length > fulfils.length && !tried) report('revoke without a fulfil', `epoch ${epoch}`);
    const [fulfil] = fulfils;
    const [revoke] = revokes;
    const decided = world.table.createdAt({ pk: `payment#${payment.key}`, sk: `effect#${epoch}#revoke` });
    const arrived = fulfil === undefined ? 0 : (world.shop.received[fulfil]?.at ?? 0);
    if (decided !== undefined && arrived > decided + LONGEST_DELIVERY_MS) {
      report('fulfil received after its revoke was due', `epoch ${epoch}`);
    }
    if (fulfil !== undefined && revoke !== undefined && fulfil > revoke) {
      report('fulfil received after its revoke', `epoch ${epoch}`);
    }
  }
  const isBeyondEpoch = fulfilsOf(world, payment).some(({ event }) => event.epoch > payment.grant.epoch);
  if (isBeyondEpoch) report('fulfil without a grant', '');
}

const GOOD_NOTICE = /^(payment|payout|authorization)\.(authorized|processing|paid|dispute_won)$/;
const BAD_NOTICE = /\.(denied|failed|expired|canceled|voided|reversed|rejected)$/;

/** The shop must not first receive a good notice after a later bad notice about the same payment was due. */
export function noOutdatedGoodNotice(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  report: Report,
): void {
  for (const { at, event } of world.shop.received) {
    if (event.payment !== payment.key || !GOOD_NOTICE.test(event.type)) continue;
    const [kind] = event.type.split('.');
    const later = effects.find(({ type, name, sequence }) => {
      const decided = world.table.createdAt({ pk: `payment#${payment.key}`, sk: `effect#${name}` });
      const isLater = sequence > event.sequence && type.startsWith(`${kind}.`) && BAD_NOTICE.test(type);
      return isLater && decided !== undefined && at > decided + LONGEST_DELIVERY_MS;
    });
    if (later !== undefined) report('outdated notice received', `${event.id} after ${later.name}`);
  }
}

const fulfilsOf = (world: World, payment: Payment) =>
  world.shop.received.filter(({ event }) => event.type === 'fulfil' && event.payment === payment.key);

const released = ({ decisions }: Payment, reason: string) =>
  decisions.some((made) => made.reason === reason && made.verdict === 'release');

export function noFulfilWithoutMoney(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  report: Report,
): void {
  if (world.account(planned.provider).policy.grantOn !== 'paid') return;
  for (const { at, event } of fulfilsOf(world, payment)) {
    const hasMoney = sentBy(world, planned, at).some(({ money }) => money);
    // An operator has confirmed the money, and the event names the operator's confirmation.
    if (event.confirmedBy === 'operator' && paidByOperator(payment) !== undefined) continue;
    if (!hasMoney && !moneyConfirmedBy(world, planned, at)) report('fulfil without money', event.id);
  }
}

/** Signed messages of the payment that were sent until this time. */
function sentBy(world: World, planned: PlannedPayment, at: number): readonly Planned[] {
  return planned.history.filter(({ kind, name }) => {
    const isSigned = kind === 'genuine' || kind === 'conflicting';
    return isSigned && (world.senders.sent.get(name) ?? Number.POSITIVE_INFINITY) <= at;
  });
}

/** The last amount that an operator had confirmed when this event was created. */
function paidWhenDecided(world: World, payment: Payment, event: string): Money | undefined {
  const { transaction = Number.POSITIVE_INFINITY } = world.history.decided.get(event) ?? {};
  const states = world.history.payments.get(payment.key) ?? [];
  const state = states.findLast((each) => each.transaction <= transaction)?.state;
  return state === undefined ? undefined : paidByOperator(state);
}

const paidByOperator = ({ decisions }: Pick<Payment, 'decisions'>): Money | undefined =>
  decisions.findLast(({ verdict }) => verdict === 'confirm')?.paid;

/**
 * At the time of a fulfil, an amount that the order expects is a sum of the sent messages, the amount of the provider's
 * API, or the amount that an operator confirmed.
 */
export function fulfilledAmountsFitTheOrder(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  report: Report,
): void {
  const { policy } = world.account(planned.provider);
  if (policy.grantOn !== 'paid' || released(payment, 'amount_differs')) return;
  if (planned.provider !== 'trustly-europe' && policy.amountCheck !== 'required') {
    return;
  }
  for (const { at, event } of fulfilsOf(world, payment)) {
    const order = world.orders.find(({ order: { reference } }) => reference === event.orderReference)?.order;
    if (order === undefined || event.goodwill) continue;
    const terms = termsInForce(world, order, world.history.decided.get(event.id)?.at ?? at);
    const known = amountsBy(world, planned, at, order.instalments === true);
    const confirmed = event.confirmedBy === undefined ? undefined : paidWhenDecided(world, payment, event.id);
    const all = confirmed === undefined ? known : [...known, Math.round(Number(confirmed.amount) * 100)];
    if (!all.some((cents) => terms.some((term) => fits(term, cents))))
      report('fulfil for another amount than ordered', event.id);
  }
}

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

function fits(term: AmountTerm, cents: number): boolean {
  if ('open' in term) return cents > 0;
  if ('exact' in term) return cents === centsOf(term.exact);
  return cents >= centsOf(term.min) && cents <= centsOf(term.max);
}

/** Possible amounts in cents. A second credit may be a returned refund, unless the order expects instalments. */
function amountsBy(
  world: World,
  planned: PlannedPayment,
  at: number,
  instalments: boolean,
): readonly number[] {
  const { provider, id, authorization } = planned;
  if (authorization !== undefined) return capturedBy(world, planned, at);
  if (provider !== 'trustly-europe') {
    return [Math.round(Number(world.apis.worth.get(`${provider} ${id}`)) * 100)];
  }
  let sums = [0];
  for (const { cents = 0 } of sentBy(world, planned, at).filter(({ money }) => money)) {
    sums = [...sums, ...(instalments ? sums.map((sum) => sum + cents) : [cents])];
  }
  return sums;
}

/** Possible sums, in cents, of this capture and other captures of its authorization that were completed until then. */
function capturedBy(world: World, planned: PlannedPayment, at: number): readonly number[] {
  let sums = [centsOf(planned.worth ?? '0')];
  for (const other of world.payments) {
    if (other.authorization !== planned.authorization || other.id === planned.id) continue;
    if (!sentBy(world, other, at).some(({ money }) => money)) continue;
    sums = [...sums, ...sums.map((sum) => sum + centsOf(other.worth ?? '0'))];
  }
  return sums;
}

export function statusSupportsTheGrant(payment: Payment, report: Report): void {
  // Goods that several captures pay for stay granted while one capture is valid.
  if (payment.reading.capture === true) return;
  if (payment.grant.state === 'granted' && isNegative(payment.status)) {
    report('granted with a negative status', payment.status);
  }
}

/** A paid payment without a hold is granted. */
export function paidPaymentsAreGranted(world: World, payment: Payment, report: Report): void {
  if (payment.status !== 'paid' || payment.holds.length > 0) return;
  if (payment.reading.kind !== 'payment' || payment.reading.direction !== 'in') return;
  if (payment.decisions.some(({ verdict }) => verdict === 'reject')) return;
  // One capture is granted for all captures of its authorization: invariants-orders.ts checks that.
  if (orderFor(world, payment)?.fulfilled !== undefined || payment.reading.capture === true) return;
  if (payment.grant.state !== 'granted') report('paid without a hold but not granted', payment.key);
}

/** A hold about the claim fits the claimant: `order_already_paid` only while the claimant is not revoked. */
export function duplicateHoldsFitTheClaimant(world: World, payment: Payment, report: Report): void {
  const reasons = payment.holds.map(({ reason }) => reason);
  const isClaimantRevoked = claimantOf(world, payment)?.grant.state === 'revoked';
  if (isClaimantRevoked && reasons.includes('order_already_paid'))
    report('held as order_already_paid although the claimant is revoked', payment.key);
  if (!isClaimantRevoked && reasons.includes('order_payment_reversed'))
    report('held as order_payment_reversed although the claimant is not revoked', payment.key);
}

/**
 * If several payments of an order were granted and the claimant is revoked, a payment that is still granted gets the
 * claim. Otherwise the next payment would be granted too.
 */
export function claimsAreWithGrantedPayments(world: World, found: string[]): void {
  for (const row of world.table.rows.values()) {
    if (row.sk !== 'order') continue;
    const { reference, paidBy, paidBefore = [] } = row.data as Order;
    const stateOf = (key: string) => (world.row(paymentKeyOf(key))?.data as Payment | undefined)?.grant.state;
    if (paidBy === undefined || stateOf(paidBy) !== 'revoked') continue;
    const others = paidBefore.filter((key) => stateOf(key) === 'granted');
    if (others.length > 0)
      found.push(`claim stays with a revoked payment: ${reference}, ${others.join()} is granted`);
  }
}

export function onceOrdersHaveOneFulfilment(world: World, found: string[]): void {
  const fulfilments = new Map<string, number>();
  for (const { event } of world.shop.received) {
    if (event.orderReference === undefined) continue;
    const by = fulfilmentChange(event, world);
    fulfilments.set(event.orderReference, (fulfilments.get(event.orderReference) ?? 0) + by);
  }
  for (const [reference, count] of fulfilments) {
    const order = world.row({ pk: `order#${reference}`, sk: 'order' })?.data as Order | undefined;
    if (order?.use !== 'once') continue;
    // Each release of a hold about the claim admits one more payment.
    const more = world.payments.filter((planned) => {
      const payment = world.payment(planned);
      return (
        payment?.orderReference === reference &&
        (released(payment, 'order_already_paid') || released(payment, 'order_payment_reversed'))
      );
    });
    if (count > 1 + more.length)
      found.push(`more than one fulfilment for a once order: ${reference} has ${count}`);
  }
}

/**
 * The change of the number of fulfilments by one event. A revoke counts only if the shop received its fulfil. A fulfil
 * counts as taken back when the shop refused its revoke for good (410): the revoke is then a failed effect.
 */
function fulfilmentChange({ type, payment, epoch }: MerchantEvent, world: World): number {
  const hasReceived = (what: 'fulfil' | 'revoke'): boolean =>
    world.shop.received.some(
      ({ event }) => event.type === what && event.payment === payment && event.epoch === epoch,
    );
  if (type === 'revoke') return hasReceived('fulfil') ? -1 : 0;
  if (type !== 'fulfil') return 0;
  const revoke = world.row({ pk: `payment#${payment}`, sk: `effect#${epoch}#revoke` });
  const isRefused = (revoke?.data as Effect | undefined)?.state === 'failed' && !hasReceived('revoke');
  return isRefused ? 0 : 1;
}
