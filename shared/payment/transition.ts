/**
 * The one function that changes a payment:
 *
 * input → joined facts → reading (provider's tables) → comparison with the order → status → holds minus releases →
 * grant → effects
 *
 * A notification, a registered order and an operator's decision are all processed this way. Facts, reading and status
 * depend on the evidence and the order alone. Some holds, the grant and the effects also depend on what Payhooks has
 * already done.
 */

import { amountVerdict } from './amounts.ts';
import {
  type AmountState,
  type CaptureGroup,
  captureGroupOf,
  capturesConcerned,
  captureVerdict,
  joinsClaim,
  otherCaptureKeepsGrant,
  withCapture,
  withoutCapture,
} from './captures.ts';
import { withConfirmation } from './confirmations.ts';
import { defined } from './defined.ts';
import { joinDetails } from './details.ts';
import { conflictName } from './duplicates.ts';
import { grantEffect, noticesOf } from './effects.ts';
import { type EffectName, makeEffect } from './events.ts';
import { joinBounded, joinFacts } from './facts.ts';
import { type GrantMode, NO_GRANT, nextGrant } from './grant.ts';
import { decide, deriveHolds, MAX_CONFLICTS, openHolds } from './holds.ts';
import { mayBePaidOn, paymentKey } from './keys.ts';
import { hasRevokedGoods, joinAliases } from './orders.ts';
import { type Notice, withAnnounceableRefunds } from './refund-notices.ts';
import { joinRefund } from './refunds.ts';
import { concernsOrder, isNegative, isRejected, mayGrant } from './statuses.ts';
import type {
  AccountPolicy,
  Alias,
  Details,
  Effect,
  Hold,
  HoldReason,
  Input,
  NormalizedEvent,
  Order,
  Payment,
  PaymentKey,
  ProviderName,
  ProviderRules,
  ReadFacts,
  Reading,
  Status,
  Transition,
  World,
} from './types.ts';

/** Each alias may cost a check and a waiting mark in one transaction of at most 100 writes. */
const MAX_PAYMENT_ALIASES = 5;
const MAX_END_USERS = 5;
/**
 * A revoked payment that loses the claim is listed in `paidBefore` only while the list is shorter than this: only
 * people read its entry. A payment whose goods are out is always listed, because the claim may pass back to it. An
 * operator's release moved the claim away from it, so there are few.
 */
const MAX_PAID_BEFORE = 20;
/**
 * When the claimant's goods are granted or revoked, each contender needs a write in the same transaction (at most 100).
 */
const MAX_CONTENDERS = 5;

export interface TransitionContext {
  readonly policy: AccountPolicy;
  readonly read: ReadFacts;
  readonly rules: ProviderRules;
  /**
   * When the input reached Payhooks (a notification's `receivedAt`, not the time of a retry), ISO 8601 in UTC. The
   * earliest one decides whether an order was still valid.
   */
  readonly at: string;
  readonly key: { readonly provider: ProviderName; readonly account: string; readonly id: string };
  /** What caused this, for the merchant's event: a notification key, "order <reference>", a command. */
  readonly cause: string;
}

/** The stored part of a payment. Everything else is derived from it. */
type StoredPart = Pick<
  Payment,
  | 'key'
  | 'provider'
  | 'account'
  | 'id'
  | 'facts'
  | 'aliases'
  | 'endUsers'
  | 'test'
  | 'details'
  | 'described'
  | 'conflicts'
  | 'decisions'
  | 'refunds'
  | 'orderReference'
  | 'sentUnder'
  | 'firstSeenAt'
>;

function storedPartOf(payment: Payment | undefined, { key, at }: TransitionContext): StoredPart {
  if (payment !== undefined) return payment;
  return {
    key: paymentKey(key),
    provider: key.provider,
    account: key.account,
    id: key.id,
    facts: {},
    aliases: [{ type: 'id', value: key.id }],
    endUsers: [],
    test: false,
    details: {},
    conflicts: [],
    decisions: [],
    firstSeenAt: at,
  };
}

const earlier = (a: string, b: string): string => (Date.parse(b) < Date.parse(a) ? b : a);
const later = (a: string, b: string): string => (Date.parse(b) > Date.parse(a) ? b : a);

/** Joins a normalized event into the stored part. Also used when stored evidence is read again (rederive). */
export function joinEvent(stored: StoredPart, normalized: NormalizedEvent, at: string): StoredPart {
  return {
    ...stored,
    facts: joinFacts(stored.facts, normalized.facts),
    aliases: joinAliases(stored.aliases, normalized.aliases, MAX_PAYMENT_ALIASES),
    endUsers: joinBounded(
      stored.endUsers,
      normalized.endUser === undefined ? [] : [normalized.endUser],
      MAX_END_USERS,
    ),
    test: stored.test || normalized.test,
    ...joinDetails(stored, normalized),
    firstSeenAt: earlier(stored.firstSeenAt, at),
  };
}

/** A conflicting duplicate is recorded; its facts are not joined. */
function recordConflict(stored: StoredPart, normalized: NormalizedEvent): StoredPart {
  return { ...stored, conflicts: joinBounded(stored.conflicts, [conflictName(normalized)], MAX_CONFLICTS) };
}

/**
 * The loaded order, if this payment may use it: it is for this provider and account, and no grant of this payment was
 * for another order. Undefined otherwise.
 */
function orderOf({ payment, order }: World, { key }: TransitionContext): Order | undefined {
  if (order === undefined || !mayBePaidOn(order, key)) return undefined;
  const granted = payment !== undefined && payment.grant.epoch > 0 ? payment.orderReference : undefined;
  return granted !== undefined && granted !== order.reference ? undefined : order;
}

/** The order that the payment may use, and the payment in its `paidBy`, if it is not this one. */
type OrderWorld = Pick<World, 'order' | 'claimant'>;

interface Derived {
  readonly reading: Reading;
  readonly status: Status;
  readonly amount: AmountState;
  readonly group: CaptureGroup | undefined;
  /** All holds, released or not. */
  readonly holds: readonly Hold[];
}

function readingOf(
  { facts, refunds }: Pick<StoredPart, 'facts' | 'refunds'>,
  order: Order | undefined,
  { policy, read }: TransitionContext,
): Reading {
  return read(facts, {
    orderKind: order?.kind,
    amounts: order?.amounts,
    instalments: order?.instalments,
    refunds,
    inboundOnly: policy.unknownOrder === 'trust',
  });
}

/**
 * The row of an older version does not say which refunds were announced. That version announced all that are in its
 * facts, so they are filled in from there.
 */
function withRefundsSeen(
  payment: Payment | undefined,
  order: Order | undefined,
  context: TransitionContext,
): Payment | undefined {
  if (payment === undefined) return payment;
  const { refundsSeen, refundsFailed } = payment.reading;
  if (refundsSeen !== undefined && refundsFailed !== undefined) return payment;
  const today = readingOf(payment, order, context);
  const filled = {
    ...defined({ refundsSeen: today.refundsSeen, refundsFailed: today.refundsFailed }),
  };
  return { ...payment, reading: { ...filled, ...payment.reading } };
}

function derive(
  stored: StoredPart,
  before: Payment | undefined,
  { order, claimant }: OrderWorld,
  context: TransitionContext,
): Derived {
  const { policy, rules } = context;
  const reading = withConfirmation(readingOf(stored, order, context), stored, order);
  const group = captureGroupOf(stored, reading, order);
  const alone = amountVerdict(policy, order, reading);
  const isGranted = before?.grant.state === 'granted';
  const amount =
    alone === 'differs' && order !== undefined && group !== undefined
      ? captureVerdict({ order, reading, group, claimant }, isGranted)
      : alone;
  // A payment that could be granted waits until its amount is known. A payout does not wait: the merchant set its
  // amount.
  const waits = mayGrant(reading, reading.status, policy) && amount === 'wait';
  const status = waits ? 'awaiting_confirmation' : reading.status;
  const payment = { ...stored, grant: before?.grant ?? NO_GRANT };
  const holds = deriveHolds({
    payment,
    order,
    claimant,
    group,
    reading,
    amount,
    status,
    policy,
    rules,
  });
  return { reading, status, amount, group, holds };
}

/** Joins the input into the stored part. Undefined: it changes nothing. */
function joinInput(world: World, input: Input, context: TransitionContext): StoredPart | undefined {
  const before = world.payment;
  if (input.type === 'normalized') {
    const stored = storedPartOf(before, context);
    return input.conflict
      ? recordConflict(stored, input.normalized)
      : joinEvent(stored, input.normalized, context.at);
  }
  if (before === undefined) throw new Error(`${input.type}: there is no payment ${paymentKey(context.key)}`);
  if (input.type === 'reevaluate') return before;
  if (input.type === 'refund') {
    const refunds = joinRefund(before.refunds, input.refund);
    return refunds === undefined ? undefined : { ...before, refunds };
  }
  const { holds, status, reading } = derive(before, before, world, context);
  const decisions = decide(input.decision, {
    payment: before,
    holds,
    status,
    reading,
  });
  return decisions === undefined ? undefined : { ...before, decisions };
}

/**
 * The reference of the order, if this is money out and the order is open. It is stored with the payment: `closedAt`
 * says when the close was requested, not when it was written, so it cannot show that the order was still open.
 */
function openOrderOf(order: Order | undefined, reading: Reading, policy: AccountPolicy): string | undefined {
  const isSent = reading.direction === 'out' && concernsOrder(reading, policy);
  return isSent && order?.closedAt === undefined ? order?.reference : undefined;
}

function nextPayment(stored: StoredPart, world: World, mode: GrantMode, context: TransitionContext): Payment {
  const { payment: before, order } = world;
  const { reading, status, amount, group, holds } = derive(stored, before, world, context);
  const rejected = isRejected(stored);
  // A rejection is final. The operator need not decide about other holds.
  const open = rejected ? [] : openHolds(holds, stored.decisions);
  // A sum that is too small waits for further captures. A capture that joins a sum that is already granted grants
  // nothing.
  const isRest = order !== undefined && joinsClaim({ order, reading, group, claimant: world.claimant });
  const isComplete = amount !== 'wait' && amount !== 'part' && !isRest;
  const grant = nextGrant(before?.grant ?? NO_GRANT, {
    isAllowed: mayGrant(reading, status, context.policy) && isComplete && open.length === 0 && !rejected,
    // Several captures can pay for the same goods. They are revoked when the last of these captures is lost.
    isLost: (isNegative(status) && !otherCaptureKeepsGrant(group)) || rejected,
    // Another system gave the goods for this order. The first payment that pays the order is treated as imported.
    mode: mode === 'act' && order?.fulfilled !== undefined ? 'imported' : mode,
  });
  return {
    ...stored,
    ...defined({
      orderReference: order?.reference,
      sentUnder: openOrderOf(order, reading, context.policy) ?? stored.sentUnder,
    }),
    reading,
    status,
    holds: open,
    grant,
    sequence: before?.sequence ?? 0,
    version: (before?.version ?? 0) + 1,
    updatedAt: later(before?.updatedAt ?? context.at, context.at),
  };
}

/**
 * The order with the claim of this payment. A `once` order is claimed by the payment that it is granted to, in the same
 * transaction; also by a payment that was granted before the order was known. An operator's release of
 * `order_already_paid` moves the claim; so does a grant after the goods of the claimant were revoked. Undefined: the
 * claim does not change.
 */
function claim({ payment: before, order, claimant }: World, after: Payment): Order | undefined {
  if (order === undefined || order.use !== 'once' || after.grant.state !== 'granted') return undefined;
  const fresh = after.grant.epoch !== (before?.grant.epoch ?? 0);
  const mayTake = fresh || hasRevokedGoods(claimant);
  const claims = order.paidBy === undefined || (mayTake && order.paidBy !== after.key);
  if (!claims) return undefined;
  const { paidBy, paidBefore: listed = [] } = order;
  const isListed = paidBy !== undefined && (!hasRevokedGoods(claimant) || listed.length < MAX_PAID_BEFORE);
  const paidBefore = isListed ? [...new Set([...listed, paidBy])].sort() : listed;
  return {
    ...order,
    paidBy: after.key,
    ...(paidBefore.length === 0 ? {} : { paidBefore }),
    version: order.version + 1,
  };
}

/**
 * Lists a payment in the order (`contenders`), so that it is derived anew when another payment takes the claim and when
 * the claimant's goods are granted or revoked. Two kinds are listed: a payment that is held because of the claim, and a
 * payment that has money but no goods (held for another reason, or disputed), which becomes a duplicate when another
 * payment is granted. A payment that waits for its amount is not listed: it is derived anew when the amount arrives.
 */
function addContender(order: Order | undefined, payment: Payment, policy: AccountPolicy): Order | undefined {
  const { key, holds, reading, status, grant } = payment;
  const { contenders = [], captures = [] } = order ?? {};
  const isBeside =
    order?.use === 'once' &&
    reading.direction === 'in' &&
    concernsOrder(reading, policy) &&
    status !== 'awaiting_confirmation' &&
    grant.state !== 'granted' &&
    !isRejected(payment) &&
    !captures.some((each) => each.payment === key);
  const contends = isBeside || holds.some(({ reason }) => OF_THE_CLAIM.has(reason));
  if (order === undefined || !contends || contenders.includes(key) || contenders.length >= MAX_CONTENDERS)
    return undefined;
  return { ...order, contenders: [...contenders, key].sort(), version: order.version + 1 };
}

const OF_THE_CLAIM: ReadonlySet<HoldReason> = new Set(['order_already_paid', 'order_payment_reversed']);

/**
 * Passes the claim on when the goods of the claimant are revoked and another payment, which had the claim before, still
 * has its goods. That payment gets the claim. The next payment of the order is then a duplicate.
 */
function passClaimOn({ payment: before, order, successor }: World, after: Payment): Order | undefined {
  const isLost = before?.grant.state === 'granted' && after.grant.state === 'revoked';
  if (!isLost || successor === undefined || order?.paidBy !== after.key) return undefined;
  const { paidBefore = [], ...rest } = order;
  const others = paidBefore.filter((key) => key !== successor.key);
  return {
    ...rest,
    paidBy: successor.key,
    ...(others.length === 0 ? {} : { paidBefore: others }),
    version: order.version + 1,
  };
}

/** The order as it must be written. Undefined: unchanged. */
function orderAfter(world: World, after: Payment, { policy }: TransitionContext): Order | undefined {
  const claimed = passClaimOn(world, after) ?? claim(world, after);
  const captured = withCapture(after, { order: claimed ?? world.order, policy });
  const contended = claimed === undefined ? addContender(captured ?? world.order, after, policy) : undefined;
  const changed = contended ?? captured ?? claimed;
  return changed === undefined ? undefined : { ...changed, version: (world.order?.version ?? 0) + 1 };
}

/**
 * The payments to derive anew, because this payment's goods are granted or revoked, or because it takes the claim: the
 * contenders and the captures of the order.
 */
function concernedPayments(
  { order, payment: before }: World,
  after: Payment,
  changed: Order | undefined,
): readonly PaymentKey[] {
  const hasFlipped = (before?.grant.state ?? 'none') !== after.grant.state;
  // The claim can change without a change of the grant: a payment that was granted before its order was known takes it
  // from a payment whose goods were revoked.
  const hasClaimed = changed !== undefined && changed.paidBy !== order?.paidBy;
  if (!hasFlipped && !hasClaimed) return [];
  const { contenders = [], captures = [] } = order ?? {};
  return [...contenders, ...captures.map(({ payment }) => payment)].filter((key) => key !== after.key);
}

function effectsOf(
  { payment: before, order, claimant }: World,
  after: Payment,
  { mode, details }: { readonly mode: GrantMode; readonly details: Details },
  context: TransitionContext,
): readonly Effect[] {
  if (mode === 'observe') return [];
  const flip = grantEffect(before, after);
  // An import contains history that the merchant knows. Only a fulfil of Payhooks is followed by a revoke.
  const notices = mode === 'imported' ? [] : noticesOf(before, after, context.policy);
  const all: readonly Notice[] = [...notices, ...(flip === undefined ? [] : [{ type: flip }])];
  const source = {
    payment: after,
    order,
    claimant,
    environment: context.policy.environment,
    rules: context.rules,
    previousStatus: before?.status,
    details,
    causedBy: [context.cause],
    at: context.at,
  };
  return all.map(({ type, refund }, index) => {
    const sequence = after.sequence + index + 1;
    const isFlip = type === 'fulfil' || type === 'revoke';
    const name: EffectName = {
      name: isFlip ? `${after.grant.epoch}#${type}` : `n${sequence}#${type}`,
      type,
      sequence,
      refund,
    };
    return makeEffect(name, source);
  });
}

/**
 * What one input changes about one payment. Pure: the same arguments give the same result. @throws DecisionError for a
 * decision that no longer fits; Error if there is no payment to decide on or to re-evaluate
 */
export function transition(given: World, input: Input, context: TransitionContext): Transition {
  const order = orderOf(given, context);
  const loaded: Partial<World> = order === undefined ? {} : given;
  const world: World = { ...given, order, claimant: loaded.claimant, successor: loaded.successor };
  const stored = joinInput(world, input, context);
  const waitsFor = (aliases: readonly Alias[]): readonly Alias[] => (order === undefined ? aliases : []);
  if (stored === undefined && world.payment !== undefined) {
    return { outcome: 'recorded', payment: world.payment, rederive: [], waitsFor: [], effects: [] };
  }
  const normalized = input.type === 'normalized' ? input.normalized : undefined;
  const mode =
    context.policy.mode === 'observe' ? 'observe' : normalized?.source === 'import' ? 'imported' : 'act';
  const derived = nextPayment(stored ?? storedPartOf(world.payment, context), world, mode, context);
  const changed = orderAfter(world, derived, context);
  const announced = withRefundsSeen(world.payment, order, context);
  const limited = mode === 'act' ? withAnnounceableRefunds(announced, derived) : undefined;
  const next = limited ?? derived;
  const { successor } = world;
  const claimant = successor !== undefined && changed?.paidBy === successor.key ? successor : world.claimant;
  const then: World = { ...world, payment: announced, order: changed ?? order, claimant };
  const effects = effectsOf(then, next, { mode, details: normalized?.details ?? {} }, context);
  const payment = { ...next, sequence: next.sequence + effects.length };
  const former = given.formerOrder && withoutCapture(given.formerOrder, payment.key);
  return {
    outcome: input.type === 'normalized' && input.conflict ? 'conflict' : 'applied',
    payment,
    ...defined({ order: changed, formerOrder: former?.order }),
    ...(limited === undefined ? {} : { hasMoreRefunds: true }),
    rederive: [
      ...new Set([
        ...concernedPayments(world, payment, changed),
        ...capturesConcerned(order, changed, payment.key),
        ...(former?.concerned ?? []),
      ]),
    ],
    waitsFor: waitsFor(payment.aliases),
    effects,
  };
}

/** The names in a message that can lead to an order. */
type Names = Pick<NormalizedEvent, 'aliases'> & {
  readonly subject?: Partial<NonNullable<NormalizedEvent['subject']>> & { readonly id: string };
};

/**
 * Where to look for the order: by reference for a payment that was granted (its order stays), otherwise by these
 * aliases in this order. The first alias that leads to an order of the account counts.
 */
export function orderToLoad(
  payment: Payment | undefined,
  names: Names | undefined,
): { readonly reference: string } | { readonly aliases: readonly Alias[] } {
  if (payment?.orderReference !== undefined && payment.grant.epoch > 0)
    return { reference: payment.orderReference };
  const own: readonly Alias[] = names?.subject === undefined ? [] : [{ type: 'id', value: names.subject.id }];
  return {
    aliases: joinAliases([...(payment?.aliases ?? []), ...own], names?.aliases ?? [], MAX_PAYMENT_ALIASES),
  };
}
