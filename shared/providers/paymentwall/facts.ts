/**
 * The facts of a pingback, and the status of a payment by its facts. There is one payment per `ref`; facts are kept as
 * a set (type/0, type/201, negative/2/9…), so the order of arrival and repetitions do not matter.
 */
import { defined } from '../../payment/defined.ts';
import { type FactLine, makeFacts } from '../../payment/facts.ts';
import { canonical, compareDecimals, parseMoneyText, sumMoney } from '../../payment/money.ts';
import type {
  Alias,
  Details,
  Doubt,
  Facts,
  Money,
  NormalizedEvent,
  ReadFacts,
  Reading,
  Status,
} from '../../payment/types.ts';
import type { PaymentwallAccount } from './account.ts';
import type { PaymentwallNotification } from './notification.ts';
import { precedenceOf } from './precedence.ts';
import { type Negative, type RefundEvidence, refundsOf } from './refunds.ts';
import {
  type NegativeReason,
  PARTIAL_REFUND,
  type PingbackType,
  REASONS,
  TYPES,
  UNKNOWN_REASON,
  UNKNOWN_TYPE,
} from './tables.ts';

/** Physical goods were shipped and the money was captured; the confirmer's answer adds it. */
export const CAPTURED = 'confirmed/capture';
/** The answer of Payment Status (api.ts): amount, risk, whether it was refunded. A set that only grows. */
export const CONFIRMED_PAYMENT = 'confirmed/payment';

/** ISO 4217 for "no currency": the pingback does not name the currency that was paid. */
const NO_CURRENCY = 'XXX';

const typeOf = (type: string): PingbackType | undefined =>
  Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;

const isNegative = (type: string): boolean => type === '2' || type === '220';

function reasonOf(type: string, reason: string | undefined): NegativeReason {
  if (type === '220') return PARTIAL_REFUND;
  const known = reason !== undefined && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return known ?? UNKNOWN_REASON;
}

/** The normalized event of a notification. */
export function normalize(
  notification: PaymentwallNotification,
  account: PaymentwallAccount,
): NormalizedEvent {
  const { type, ref, uid, initialRef, orderReference } = notification;
  const known = typeOf(type);
  const aliases: Alias[] = [
    { type: 'id', value: ref },
    ...(initialRef === undefined || initialRef === ref
      ? []
      : [{ type: 'parent' as const, value: initialRef }]),
    ...(orderReference === undefined ? [] : [{ type: 'reference' as const, value: orderReference }]),
  ];
  const read = {
    source: 'notification',
    key: [ref, ...identityOf(notification)].join('/'),
    material: materialOf(notification, uid.toLowerCase()),
    aliases,
    test: notification.test,
    endUser: uid,
    details: detailsOf(notification),
    precedence: precedenceOf(type, isNegative(type) ? reasonOf(type, signedReason(notification)) : undefined),
  } as const;
  if (known === undefined) return { ...read, facts: {}, remark: 'unknown_type' };
  const facts = makeFacts(factLine(notification, account));
  return { ...read, subject: { kind: known.actsOn, id: ref }, facts };
}

/**
 * Distinguishes the pingbacks of one `ref`: the type; for negatives also reason and amount, since one payment may be
 * refunded in parts. Partial refunds without an id of their own are distinguished by all that was signed
 * (docs/protocols/paymentwall.md#duplicates). Fields that version 1 does not sign must not create new events.
 */
function identityOf(notification: PaymentwallNotification): readonly string[] {
  const { type, reason, reasonSigned, merchantRefundId = '', refundAmount, signedDigest } = notification;
  if (!isNegative(type)) return [type];
  if (!reasonSigned) return [type];
  const isPart = reasonOf(type, reason).takes === 'part';
  const amount = refundAmount === undefined ? '' : canonical(refundAmount);
  const digest = isPart && merchantRefundId === '' ? signedDigest.slice(0, 16) : '';
  return [type, reason ?? '', merchantRefundId, amount, digest];
}

/** Version 1 does not sign the reason, so it has no effect there. */
const signedReason = ({ reason, reasonSigned }: PaymentwallNotification): string | undefined =>
  reasonSigned ? reason : undefined;

function factLine(notification: PaymentwallNotification, account: PaymentwallAccount): FactLine {
  const { type, refundAmount } = notification;
  if (isNegative(type)) {
    const amounts = refundAmount === undefined ? [] : [{ amount: refundAmount, currency: NO_CURRENCY }];
    const { name } = reasonOf(type, signedReason(notification));
    return { kind: 'negative', id: identityOf(notification).join('/'), codes: [name], amounts };
  }
  const isAuthorization = account.goods === 'physical' && (type === '0' || type === '201');
  return { kind: 'type', id: type, codes: isAuthorization ? ['physical'] : [] };
}

/**
 * The fields that are equal in every copy of the pingback. Only signed fields, so that a stranger cannot make a genuine
 * pingback conflict.
 */
function materialOf(
  notification: PaymentwallNotification,
  endUser: string,
): Readonly<Record<string, string>> {
  const { signatureVersion, type, ref, goods, coins, subscription, test, orderReference } = notification;
  return {
    type,
    ref,
    endUser,
    goods: JSON.stringify(goods),
    coins: coins ?? '',
    length: subscription?.length ?? '',
    period: subscription?.period ?? '',
    orderReference: orderReference ?? '',
    test: signatureVersion === 1 ? '' : String(test),
    reason: notification.reasonSigned ? (notification.reason ?? '') : '',
  };
}

function detailsOf(notification: PaymentwallNotification): Details {
  const { type, goods, coins, subscription, reason, initialRef } = notification;
  return {
    eventType: typeOf(type)?.name ?? UNKNOWN_TYPE.name,
    code: type,
    ...(goods.length === 0 ? {} : { goods }),
    ...defined({ coins, subscription }),
    ...(isNegative(type) ? { reason: reasonOf(type, reason).name } : {}),
    ...defined({ reasonCode: reason, parentId: initialRef }),
  };
}

interface Evidence extends Omit<RefundEvidence, 'facts'> {
  /** The types that were received, in the order of the tables. */
  readonly types: readonly PingbackType[];
  readonly captured: boolean;
  /** Payment Status knows the payment and has not approved it (yet). */
  readonly atRisk: boolean;
  /** Payment Status names a risk that is neither approved nor pending. */
  readonly doubted: boolean;
  /** Fact keys of types 0 and 201, and of a payment that Payment Status calls approved. */
  readonly received: readonly string[];
  /** Each of them is only an authorization (physical goods). */
  readonly authorizedOnly: boolean;
}

function evidenceOf(facts: Facts): Evidence {
  const negatives = Object.keys(facts)
    .filter((key) => key.startsWith('negative/'))
    .sort()
    .map((key) => {
      const [, type = '', reason] = key.split('/');
      return { key, reason: reasonOf(type, reason) };
    });
  const read = Object.entries(TYPES).filter(([type]) => Object.hasOwn(facts, `type/${type}`));
  const received = read.filter(([, { money }]) => money).map(([type]) => `type/${type}`);
  const confirmed = facts[CONFIRMED_PAYMENT];
  const risks = confirmed?.codes.filter((code) => code.startsWith('risk:')) ?? [];
  // An answer without a risk means that there is none: only Brick reviews.
  const approved = confirmed !== undefined && (risks.length === 0 || risks.includes('risk:approved'));
  // Its risk words are not documented: one that is neither approved nor pending speaks against the payment.
  const doubted = risks.some((risk) => risk !== 'risk:approved' && risk !== 'risk:pending');
  if (approved) received.push(CONFIRMED_PAYMENT);
  const parts = negatives.some(({ reason }) => reason.takes === 'part');
  return {
    amounts: confirmed?.amounts.map(parseMoneyText) ?? [],
    refunded: confirmed?.codes.includes('refunded') === true && !parts,
    atRisk: confirmed !== undefined && !approved,
    doubted,
    types: read.map(([, type]) => type),
    negatives,
    captured: Object.hasOwn(facts, CAPTURED),
    received,
    authorizedOnly: received.every((key) => facts[key]?.codes.includes('physical')),
  };
}

/** The statuses that end a payment, strongest first: a chargeback after a refund is a chargeback. */
const ENDINGS: readonly Status[] = ['reversed', 'refunded', 'denied', 'voided'];
/** The statuses that end a subscription, strongest first. */
const SUBSCRIPTION_ENDINGS: readonly Status[] = ['expired', 'failed', 'canceled'];

/** The status of a payment or subscription, from all its facts. */
export const readFacts: ReadFacts = (facts) => {
  const evidence = evidenceOf(facts);
  const { types, negatives } = evidence;
  const subscription = types.filter(({ actsOn }) => actsOn === 'subscription');
  const announced = subscription.flatMap(({ announces }) => (announces === undefined ? [] : [announces]));
  const nothing = { moved: [], returned: [], goodwill: false, doubts: [], announcements: announced } as const;
  const unpaid = negatives.length === 0 && !Object.hasOwn(facts, CONFIRMED_PAYMENT);
  if (subscription.length > 0 && subscription.length === types.length && unpaid) {
    const status = strongest(subscription, SUBSCRIPTION_ENDINGS) ?? 'pending';
    return { ...nothing, kind: 'subscription', status };
  }
  const doubts: Doubt[] =
    evidence.amounts.length > 1 || evidence.doubted
      ? [{ reason: 'contradictory_evidence', evidence: [CONFIRMED_PAYMENT] }]
      : [];
  const payment = { ...nothing, doubts, kind: 'payment', direction: 'in', orderKind: 'payment' } as const;
  const whole = negatives.filter(({ reason }) => reason.takes === 'all').map(({ reason }) => reason);
  const isRefunded = evidence.refunded || isAllBack(evidence, facts);
  const confirmed: readonly { readonly status: Status }[] = isRefunded ? [{ status: 'refunded' }] : [];
  const ending = strongest([...types, ...whole, ...confirmed], ENDINGS);
  const reading = ending === undefined ? readOpen(evidence, payment, facts) : { ...payment, status: ending };
  const isExtent = reading.status === 'partially_refunded' && mayBeAll(evidence, facts);
  return {
    ...reading,
    ...moneyOf(evidence, reading.status, facts),
    ...(isExtent ? { refundUnknown: 'extent' as const } : {}),
    refundsSeen: refundsOf({ ...evidence, facts }),
    // No pingback reports a failed refund.
    refundsFailed: [],
  };
};

/** Statuses in which money arrived. In the others nothing moved. */
const MOVED: readonly Status[] = ['paid', 'partially_refunded', 'refunded', 'reversed'];

/**
 * The sums. Pingbacks name no amount with its currency; once Payment Status named one, their amounts are in that
 * currency.
 */
function moneyOf(
  { amounts, received, negatives }: Evidence,
  status: Status,
  facts: Facts,
): Pick<Reading, 'moved' | 'returned' | 'agreed'> {
  const [amount, ...others] = amounts;
  if (amount === undefined || others.length > 0 || received.length === 0) return { moved: [], returned: [] };
  // Physical goods: the money is only reserved, and is captured when they are shipped.
  if (status === 'authorized') return { moved: [], returned: [], agreed: [amount] };
  if (!MOVED.includes(status)) return { moved: [], returned: [] };
  if (status === 'refunded' || status === 'reversed') return { moved: [amount], returned: [amount] };
  return { moved: [amount], returned: inCurrencyOf(amount, partsOf(negatives, facts).named) };
}

/** The partial refunds, and the amounts of those that name one. */
function partsOf(negatives: readonly Negative[], facts: Facts) {
  const keys = negatives.filter(({ reason }) => reason.takes === 'part').map(({ key }) => key);
  return { keys, named: keys.flatMap((key) => facts[key]?.amounts.map(parseMoneyText) ?? []) };
}

/** The sum of the parts in the payment's currency, since a pingback's amounts have none. */
const inCurrencyOf = ({ currency }: Money, parts: readonly Money[]): readonly Money[] =>
  sumMoney(parts.map(({ amount }) => ({ amount, currency })));

/** Whether the parts with a known amount add up to all that was paid. */
function isAllBack({ amounts, negatives }: Evidence, facts: Facts): boolean {
  const [paid, ...others] = amounts;
  if (paid === undefined || others.length > 0) return false;
  const [sum] = inCurrencyOf(paid, partsOf(negatives, facts).named);
  return sum !== undefined && compareDecimals(sum.amount, paid.amount) >= 0;
}

/**
 * Whether partial refunds may cover the whole payment. A single one is only a part, as Paymentwall says. Several may be
 * all of it, unless the paid amount and each part are known.
 */
function mayBeAll({ amounts, negatives }: Evidence, facts: Facts): boolean {
  const { keys, named } = partsOf(negatives, facts);
  return keys.length > 1 && (amounts.length !== 1 || named.length < keys.length);
}

function strongest(
  items: readonly { readonly status: string }[],
  ranks: readonly Status[],
): Status | undefined {
  return ranks.find((rank) => items.some(({ status }) => status === rank));
}

/** The reading of a payment that no fact ends as a whole. */
function readOpen(evidence: Evidence, payment: Omit<Reading, 'status'>, facts: Facts): Reading {
  const { types, negatives, received } = evidence;
  const parts = partsOf(negatives, facts).keys;
  const goodwillTaken = negatives.filter(({ reason }) => reason.takes === 'goodwill').map(({ key }) => key);
  const wasGoodwill = types.some(({ name }) => name === 'goodwill');
  const goodwill = wasGoodwill && goodwillTaken.length === 0;
  if (received.length === 0 && !goodwill) {
    // A partial refund implies a payment: it waits for the message about that, and is never granted on this alone.
    const doubts: Doubt[] = [
      ...payment.doubts,
      ...(parts.length === 0 ? [] : [{ reason: 'orphan_child', evidence: parts } as const]),
    ];
    const inReview = evidence.atRisk || types.some(({ status }) => status === 'in_review');
    return {
      ...payment,
      status: goodwillTaken.length > 0 ? 'reversed' : inReview ? 'in_review' : 'pending',
      doubts,
    };
  }
  // Goodwill was taken back but never given, on a payment with money: a contradiction until type 1 arrives.
  const contradiction = goodwillTaken.length > 0 && !wasGoodwill;
  const doubts: Doubt[] = [
    ...payment.doubts,
    ...(contradiction
      ? [{ reason: 'contradictory_evidence', evidence: [...received, ...goodwillTaken] } as const]
      : []),
  ];
  const backed = received.length > 0 && (!evidence.authorizedOnly || evidence.captured || parts.length > 0);
  const status = parts.length > 0 ? 'partially_refunded' : backed || goodwill ? 'paid' : 'authorized';
  return {
    ...payment,
    status,
    doubts,
    goodwill: goodwill && !backed,
  };
}
