/**
 * Invariants of the events that the shop received: goods are given once, for money, and taken back when they must be.
 */
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { isNegative } from '../../shared/payment/index.ts';
import type { AmountTerm, Effect, MerchantEvent, Money, Order, Payment } from '../../shared/payment/types.ts';
import { type About, moneyConfirmedBy } from './arrived.ts';
import { HOUR } from './constants.ts';
import { claimantOf, orderFor } from './invariants-evidence.ts';
import { termsInForce } from './invariants-orders.ts';
import type { PlannedPayment } from './plans.ts';
import type { Planned } from './wire.ts';
import type { World } from './world.ts';

/** A delivery that began before the revoke was created may still arrive: its lease lasts at most this long. */
const LONGEST_DELIVERY_MS = 60_000;

const FINAL = new Set(['delivered', 'superseded', 'failed']);

export function everyEffectIsFinal(world: World, effects: readonly Effect[], about: About): void {
  const { shop, operators } = world;
  for (const { id, name, state } of effects) {
    if (!FINAL.has(state)) about('effect not final', `${name} is ${state}`);
    const hadFailed = state === 'failed' || operators.failed.has(id);
    if (hadFailed && shop.mood === 'well') about('gave up on a willing shop', name);
    // If the shop opened again, every failed effect was redelivered, unless its grant was over.
    const isOpen = shop.mood === 'closed' && shop.opensAt < world.engine.now;
    if (state === 'failed' && isOpen && !operators.refused.has(id)) about('failed and not sent again', name);
  }
}

/**
 * An effect fails for good after two days of attempts, however many messages named it, or when the shop answers 410.
 */
const LEAST_TRYING_MS = 48 * HOUR;

export function triedForTwoDays({ shop, tries }: World, found: string[]): void {
  for (const { id, afterMs } of tries.givenUp) {
    if (afterMs >= LEAST_TRYING_MS || shop.saidGone(id)) continue;
    found.push(`given up before 48 hours: ${id} after ${(afterMs / HOUR).toFixed(1)} h`);
  }
  for (const id of tries.early) found.push(`tried before it was due: ${id}`);
}

/** The shop received exactly what the final grant says: no fulfil outstanding against a revoke, and none missing. */
export function grantAndShopAgree(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  about: About,
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
    // Another system gave the goods (an order that was fulfilled outside): no event is sent about them.
    if (epoch === payment.grant.epoch && observed === true) {
      if (fulfils.length + revokes.length > 0) about('fulfilled what another system gave', `epoch ${epoch}`);
      continue;
    }
    const current = epoch === payment.grant.epoch && payment.grant.state === 'granted';
    if (fulfils.length > 1) about('more than one fulfil per epoch', `epoch ${epoch}`);
    if (revokes.length > 1) about('more than one revoke per epoch', `epoch ${epoch}`);
    if (current && fulfils.length !== 1 && !failed('fulfil'))
      about('granted but not fulfilled', `epoch ${epoch}`);
    if (!current && fulfils.length > revokes.length && !failed('revoke')) {
      about('fulfil outstanding against a revoke', `epoch ${epoch}`);
    }
    // A fulfil with an unknown outcome is revoked too: the shop may get a revoke without having the fulfil.
    const tried = effects.some(({ name, attempts }) => name === `${epoch}#fulfil` && attempts > 0);
    if (revokes.length > fulfils.length && !tried) about('revoke without a fulfil', `epoch ${epoch}`);
    const [fulfil] = fulfils;
    const [revoke] = revokes;
    const decided = world.table.createdAt({ pk: `payment#${payment.key}`, sk: `effect#${epoch}#revoke` });
    const arrived = fulfil === undefined ? 0 : (world.shop.received[fulfil]?.at ?? 0);
    if (decided !== undefined && arrived > decided + LONGEST_DELIVERY_MS) {
      about('fulfilled though a revoke was owed', `epoch ${epoch}`);
    }
    if (fulfil !== undefined && revoke !== undefined && fulfil > revoke) {
      about('fulfilled after it was revoked', `epoch ${epoch}`);
    }
  }
  const beyond = fulfilsOf(world, payment).some(({ event }) => event.epoch > payment.grant.epoch);
  if (beyond) about('fulfil without a grant', '');
}

const GOOD_NEWS = /^(payment|payout|authorization)\.(authorized|processing|paid|dispute_won)$/;
const BAD_NEWS = /\.(denied|failed|expired|canceled|voided|reversed|rejected)$/;

/** Good news before bad news: the first delivery of good news must not be later than the bad news that replaces it. */
export function noStaleGoodNews(
  world: World,
  payment: Payment,
  effects: readonly Effect[],
  about: About,
): void {
  for (const { at, event } of world.shop.received) {
    if (event.payment !== payment.key || !GOOD_NEWS.test(event.type)) continue;
    const [kind] = event.type.split('.');
    const against = effects.find(({ type, name, sequence }) => {
      const decided = world.table.createdAt({ pk: `payment#${payment.key}`, sk: `effect#${name}` });
      const isLater = sequence > event.sequence && type.startsWith(`${kind}.`) && BAD_NEWS.test(type);
      return isLater && decided !== undefined && at > decided + LONGEST_DELIVERY_MS;
    });
    if (against !== undefined) about('good news that was taken back', `${event.id} after ${against.name}`);
  }
}

const fulfilsOf = (world: World, payment: Payment) =>
  world.shop.received.filter(({ event }) => event.type === 'fulfil' && event.payment === payment.key);

const released = ({ decisions }: Payment, reason: string) =>
  decisions.some((made) => made.reason === reason && made.verdict === 'release');

export function noneWithoutMoney(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  about: About,
): void {
  if (world.account(planned.provider).policy.grantOn !== 'paid') return;
  for (const { at, event } of fulfilsOf(world, payment)) {
    const hasMoney = cameBy(world, planned, at).some(({ money }) => money);
    // An operator has seen the money at the provider, and the event says so.
    if (event.confirmedBy === 'operator' && paidByOperator(payment) !== undefined) continue;
    if (!hasMoney && !moneyConfirmedBy(world, planned, at)) about('fulfilled without money', event.id);
  }
}

/** Credible messages that had been sent by then. */
function cameBy(world: World, planned: PlannedPayment, at: number): readonly Planned[] {
  return planned.history.filter(({ kind, name }) => {
    const isSigned = kind === 'genuine' || kind === 'conflicting';
    return isSigned && (world.senders.sent.get(name) ?? Number.POSITIVE_INFINITY) <= at;
  });
}

/** The last confirmation by an operator when this event was created; a later one does not change its amount. */
function paidWhenDecided(world: World, payment: Payment, event: string): Money | undefined {
  const { transaction = Number.POSITIVE_INFINITY } = world.history.decided.get(event) ?? {};
  const states = world.history.payments.get(payment.key) ?? [];
  const state = states.findLast((each) => each.transaction <= transaction)?.state;
  return state === undefined ? undefined : paidByOperator(state);
}

const paidByOperator = ({ decisions }: Pick<Payment, 'decisions'>): Money | undefined =>
  decisions.findLast(({ verdict }) => verdict === 'confirm')?.paid;

/**
 * The messages that had come by then can add up to the amount that the order expected at that time; or it is the amount
 * of the provider's API, or of an operator's confirmation.
 */
export function theAmountIsRight(
  world: World,
  planned: PlannedPayment,
  payment: Payment,
  about: About,
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
      about('fulfilled for another amount', event.id);
  }
}

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

function fits(term: AmountTerm, cents: number): boolean {
  if ('open' in term) return cents > 0;
  if ('exact' in term) return cents === centsOf(term.exact);
  return cents >= centsOf(term.min) && cents <= centsOf(term.max);
}

/** In cents. A further credit may be a returned refund, unless the order expects instalments. */
function amountsBy(
  world: World,
  planned: PlannedPayment,
  at: number,
  instalments: boolean,
): readonly number[] {
  const { provider, id, authorization } = planned;
  if (authorization !== undefined) return capturedBy(world, planned, at);
  if (provider !== 'trustly-europe') {
    return [Math.round(Number(world.asking.worth.get(`${provider} ${id}`)) * 100)];
  }
  let sums = [0];
  for (const { cents = 0 } of cameBy(world, planned, at).filter(({ money }) => money)) {
    sums = [...sums, ...(instalments ? sums.map((sum) => sum + cents) : [cents])];
  }
  return sums;
}

/** Possible sums of this capture and any other captures of its authorization that had been completed by then. */
function capturedBy(world: World, planned: PlannedPayment, at: number): readonly number[] {
  let sums = [centsOf(planned.worth ?? '0')];
  for (const other of world.payments) {
    if (other.authorization !== planned.authorization || other.id === planned.id) continue;
    if (!cameBy(world, other, at).some(({ money }) => money)) continue;
    sums = [...sums, ...sums.map((sum) => sum + centsOf(other.worth ?? '0'))];
  }
  return sums;
}

export function statusSupportsTheGrant(payment: Payment, about: About): void {
  // Goods that several captures pay for stay while one capture stands.
  if (payment.reading.capture === true) return;
  if (payment.grant.state === 'granted' && isNegative(payment.status)) {
    about('granted against the evidence', payment.status);
  }
}

/** The reverse: a paid payment without a hold has been fulfilled. */
export function goodsGoOutWhenTheyMay(world: World, payment: Payment, about: About): void {
  if (payment.status !== 'paid' || payment.holds.length > 0) return;
  if (payment.reading.kind !== 'payment' || payment.reading.direction !== 'in') return;
  if (payment.decisions.some(({ verdict }) => verdict === 'reject')) return;
  // Of several captures, one is granted for all: invariants-orders.ts.
  if (orderFor(world, payment)?.fulfilled !== undefined || payment.reading.capture === true) return;
  if (payment.grant.state !== 'granted') about('paid and free, but not granted', payment.key);
}

/** A second payment of a `once` order is a duplicate only while the first one stands. */
export function duplicatesHaveAStandingOriginal(world: World, payment: Payment, about: About): void {
  const reasons = payment.holds.map(({ reason }) => reason);
  const isGone = claimantOf(world, payment)?.grant.state === 'revoked';
  if (isGone && reasons.includes('order_already_paid'))
    about('called a duplicate of a payment that is gone', payment.key);
  if (!isGone && reasons.includes('order_payment_reversed'))
    about('held as if the other payment were gone', payment.key);
}

/**
 * If another payment was released beside it, that one still has its goods: it has the claim, or the next payment would
 * be granted too.
 */
export function claimsAreWithStandingPayments(world: World, found: string[]): void {
  for (const row of world.table.rows.values()) {
    if (row.sk !== 'order') continue;
    const { reference, paidBy, paidBefore = [] } = row.data as Order;
    const stateOf = (key: string) => (world.row(paymentKeyOf(key))?.data as Payment | undefined)?.grant.state;
    if (paidBy === undefined || stateOf(paidBy) !== 'revoked') continue;
    const others = paidBefore.filter((key) => stateOf(key) === 'granted');
    if (others.length > 0)
      found.push(`the claim is with a payment that is gone: ${reference}, ${others.join()} stands`);
  }
}

export function atMostOnePerOrder(world: World, found: string[]): void {
  const standing = new Map<string, number>();
  for (const { event } of world.shop.received) {
    if (event.orderReference === undefined) continue;
    const by = change(event, world);
    standing.set(event.orderReference, (standing.get(event.orderReference) ?? 0) + by);
  }
  for (const [reference, count] of standing) {
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
 * A revoke of a fulfil that never arrived takes nothing away; one that the shop refused for good (410) counts as sent,
 * and is among the failed effects.
 */
function change({ type, payment, epoch }: MerchantEvent, world: World): number {
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
