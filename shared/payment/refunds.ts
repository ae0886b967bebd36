/**
 * Refunds that the merchant started: registered under their own reference, matched with what the provider says about
 * the payment, and followed to their end. A registration is the merchant's statement, not evidence: it changes no sums
 * and no status. It explains money that comes back, and shows how much the shopper must still get.
 */
import { readPaymentKey } from './keys.ts';
import { compareDecimals, positiveMoney, subtractMoney, sumMoney } from './money.ts';
import { movedBy, returnedUnknown } from './moved.ts';
import { fieldsOf, parseAmount, parseCurrency, parseText, refuse } from './orders.ts';
import { isGone, isRejected } from './statuses.ts';
import type {
  HoldReason,
  Money,
  Order,
  Payment,
  PaymentKey,
  ProviderRules,
  Refund,
  RefundSeen,
} from './types.ts';

/** The most refunds that one payment stores. */
export const MAX_REFUNDS = 50;

const REFUND_KEYS = ['reference', 'payment', 'amount', 'currency', 'id', 'replaces'];

/**
 * Parses a refund as the merchant registers it.
 * @param at ISO 8601; becomes `registeredAt`
 * @throws OrderError
 */
export function parseRefund(value: unknown, at: string): Refund {
  const fields = fieldsOf('refund', value, REFUND_KEYS);
  const reference = parseText('refund.reference', fields.reference);
  const currency = parseCurrency('refund.currency', fields.currency);
  return {
    reference,
    payment: parsePayment(fields.payment),
    amount: parseAmount('refund.amount', fields.amount, currency),
    currency,
    ...(fields.id === undefined ? {} : { id: parseText('refund.id', fields.id) }),
    ...(fields.replaces === undefined ? {} : { replaces: parseReplaces(fields.replaces, reference) }),
    registeredAt: at,
  };
}

function parsePayment(value: unknown): PaymentKey {
  const key = parseText('refund.payment', value);
  return readPaymentKey(key) === undefined
    ? refuse('refund.payment', value, 'a payment as events name it, <provider>:<account>:<id>')
    : key;
}

function parseReplaces(value: unknown, reference: string): string {
  const replaces = parseText('refund.replaces', value);
  return replaces === reference
    ? refuse('refund.replaces', value, 'the reference of another refund')
    : replaces;
}

/** By the time of registration, then by reference: of two refunds that are alike, the earlier one is matched first. */
const byAge = (a: Refund, b: Refund): number =>
  Date.parse(a.registeredAt) - Date.parse(b.registeredAt) || (a.reference < b.reference ? -1 : 1);

/** The refunds with this one added. Undefined: it is registered already. */
export function joinRefund(known: readonly Refund[] = [], refund: Refund): readonly Refund[] | undefined {
  if (known.some(({ reference }) => reference === refund.reference)) return undefined;
  return [...known, refund].sort(byAge).slice(0, MAX_REFUNDS);
}

/**
 * asked: no message is about it, which is normal if the provider does not report successful refunds. sent: the provider
 * says that it was sent. failed: it failed or came back, so the money is with the merchant.
 */
export type RefundState = 'asked' | 'sent' | 'failed';

export interface MatchedRefund extends Refund {
  readonly state: RefundState;
  /** The provider's facts about it. Absent in state `asked`. */
  readonly seen?: RefundSeen;
}

interface KnownRefund {
  readonly state: 'sent' | 'failed';
  readonly seen: RefundSeen;
}

/** The refunds in the facts. If a key is both sent and failed, it is one refund, and it failed. */
function knownRefunds({ refundsSeen = [], refundsFailed = [] }: Payment['reading']): readonly KnownRefund[] {
  const failed = new Set(refundsFailed.map(({ key }) => key));
  return [
    ...refundsFailed.map((seen): KnownRefund => ({ state: 'failed', seen })),
    ...refundsSeen
      .filter(({ key }) => !failed.has(key))
      .map((seen): KnownRefund => ({ state: 'sent', seen })),
  ];
}

/** Whether the amounts are equal. "No currency" (XXX): the provider names only the number. */
function isAmount({ amount, currency }: Refund, known: Money): boolean {
  return compareDecimals(amount, known.amount) === 0 && [currency, 'XXX'].includes(known.currency);
}

/** Each registered refund with its facts: matched by the provider's id, then by amount, the oldest one first. */
export function matchRefunds(
  payment: Pick<Payment, 'reading' | 'refunds'>,
  { namesRefunds }: Pick<ProviderRules, 'namesRefunds'>,
): readonly MatchedRefund[] {
  const { refunds = [], reading } = payment;
  const left = new Set(knownRefunds(reading));
  const found = new Map<string, KnownRefund>();
  const pair = (fits: (refund: Refund, seen: RefundSeen) => boolean): void => {
    for (const refund of refunds) {
      if (found.has(refund.reference)) continue;
      const known = [...left].find(({ seen }) => fits(refund, seen));
      if (known === undefined) continue;
      found.set(refund.reference, known);
      left.delete(known);
    }
  };
  const mayBe = (refund: Refund, seen: RefundSeen): boolean =>
    !namesRefunds || refund.id === undefined || seen.id === undefined;
  if (namesRefunds) pair((refund, { id }) => refund.id !== undefined && refund.id === id);
  pair((refund, seen) => mayBe(refund, seen) && seen.amount !== undefined && isAmount(refund, seen.amount));
  pair((refund, seen) => mayBe(refund, seen) && seen.amount === undefined);
  return refunds.map((refund) => {
    const known = found.get(refund.reference);
    return known === undefined ? { ...refund, state: 'asked' } : { ...refund, ...known };
  });
}

export interface RefundDue {
  /** What the shopper must still get, beyond what is under way. Empty: nothing. */
  readonly due: readonly Money[];
  /** Refunds that were requested and about which no message has arrived. */
  readonly underWay: readonly Money[];
  /** The whole payment must be given back, and no fact says how much it is. */
  readonly isUnknown: boolean;
}

/** Reasons of holds after which the payment must be given back: another payment has the order. */
const TO_BE_GIVEN_BACK: ReadonlySet<HoldReason> = new Set(['order_already_paid']);

/** What the shopper must still get of this payment. Undefined: nothing was promised to the shopper. */
export function refundDueOf(
  payment: Payment,
  order: Order | undefined,
  rules: Pick<ProviderRules, 'namesRefunds'>,
): RefundDue | undefined {
  const matched = matchRefunds(payment, rules);
  const isAll = isRejected(payment) || payment.holds.some(({ reason }) => TO_BE_GIVEN_BACK.has(reason));
  if (payment.reading.direction !== 'in' || (!isAll && matched.length === 0)) return undefined;
  const requested = matched.filter(({ state }) => state === 'asked');
  const underWay = positiveMoney(sumMoney(requested));
  const { moved } = movedBy({ payment, order });
  const { returned } = payment.reading;
  // If the evidence names no amounts, the amount of a sent refund is known only from its registration.
  const sent = returned.length > 0 ? returned : matched.filter(({ state }) => state === 'sent');
  const allGone = isGone(payment.status);
  const left = allGone ? [] : positiveMoney(subtractMoney(moved, [...sumMoney(sent), ...underWay]));
  if (!isAll) {
    const failed = allGone ? [] : failedAndNotReplaced(matched);
    return { due: atMost(failed, moved, left), underWay, isUnknown: false };
  }
  const isUnknown = !allGone && (moved.length === 0 || isPartUnknown(payment, matched));
  return { due: isUnknown ? [] : left, underWay, isUnknown };
}

/** A part went back, and neither the evidence nor a registration says how much. */
function isPartUnknown(payment: Payment, matched: readonly MatchedRefund[]): boolean {
  const registered = new Set(matched.map(({ seen }) => seen?.key));
  const { reading, status } = payment;
  const refundsSeen = (reading.refundsSeen ?? []).filter(({ key }) => !registered.has(key));
  const isRegistered = registered.size > 0 && refundsSeen.length === 0;
  return !isRegistered && returnedUnknown({ status, reading: { ...reading, refundsSeen } });
}

/**
 * A failed refund is due only as far as the payment still has money: it may have gone back by another refund or by a
 * chargeback. In a currency that did not move, as far as is known, all of it is due.
 */
const atMost = (
  failed: readonly Money[],
  moved: readonly Money[],
  left: readonly Money[],
): readonly Money[] =>
  failed.flatMap((each) => {
    if (!moved.some(({ currency }) => currency === each.currency)) return [each];
    const rest = left.find(({ currency }) => currency === each.currency);
    if (rest === undefined) return [];
    return [compareDecimals(each.amount, rest.amount) <= 0 ? each : rest];
  });

function failedAndNotReplaced(matched: readonly MatchedRefund[]): readonly Money[] {
  const replaced = new Set(matched.map(({ replaces }) => replaces));
  return positiveMoney(
    sumMoney(matched.filter(({ state, reference }) => state === 'failed' && !replaced.has(reference))),
  );
}
