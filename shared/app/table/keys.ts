/** Keys of every row in the one table, and the shards of its sparse index. The only place that spells them. */
import { createHash } from 'node:crypto';
import type { Alias, PaymentKey } from '../../payment/types.ts';
import { type Key, OPEN_SHARDS } from '../ports.ts';

/** Whose notification or alias it is. */
export interface Scope {
  readonly provider: string;
  readonly account: string;
}

/**
 * How partition keys begin, by what stands in them. IAM conditions name these beginnings (infra/functions.ts), so a
 * row that a less trusted function writes never shares a partition with one that it must not write.
 */
export const PARTITIONS = {
  payment: 'payment#',
  order: 'order#',
  alias: 'alias#',
  americasAlias: 'alias#trustly-americas#',
  decision: 'decision#',
  session: 'session#',
  returned: 'returned#',
  renewal: 'renew#',
  standing: 'standing#',
  bankAccount: 'bank-account#',
  parked: 'parked#',
  reconciliation: 'reconciliation',
  event: 'event#',
  answer: 'answer#',
  quarantineFull: 'quarantine-full#',
  refund: 'refund#',
} as const;
export type Partition = keyof typeof PARTITIONS;

/** SHA-256 (hex) of a text's UTF-8 bytes. Values are stored and are dedupe keys: never confuse it with `hashCanonical`. */
export const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Enough of a digest to tell rows apart that already share a partition and a time. */
const SHORT_DIGEST = 16;
export const shortDigest = (digest: string): string => digest.slice(0, SHORT_DIGEST);

const scoped = (kind: string, { provider, account }: Scope): string => `${kind}#${provider}#${account}`;

/** The permanent dedupe of a notification; `notificationKey` is the provider's own identity of the message. */
export const eventKey = (scope: Scope, notificationKey: string): Key => ({
  pk: `${scoped('event', scope)}#${hashText(notificationKey)}`,
  sk: 'event',
});

export const CONFLICT_PREFIX = 'conflict#';
/** Beside the event: a copy with other material content. */
export const conflictKey = (scope: Scope, notificationKey: string, materialHash: string): Key => ({
  pk: eventKey(scope, notificationKey).pk,
  sk: `${CONFLICT_PREFIX}${shortDigest(materialHash)}`,
});

const paymentPartition = (payment: PaymentKey): string => PARTITIONS.payment + payment;
/** Whose partition a row beside a payment stands in. */
export const paymentIn = ({ pk }: Key): PaymentKey => pk.slice(PARTITIONS.payment.length);

export const paymentKeyOf = (payment: PaymentKey): Key => ({ pk: paymentPartition(payment), sk: 'payment' });

export const EFFECT_PREFIX = 'effect#';
export const effectKey = (payment: PaymentKey, name: string): Key => ({
  pk: paymentPartition(payment),
  sk: `${EFFECT_PREFIX}${name}`,
});

export const EVIDENCE_PREFIX = 'evidence#';
/** Where evidence stands: under its payment, or beside all that is about none. */
export const evidencePartition = (scope: Scope, payment: PaymentKey | undefined): string =>
  payment === undefined ? scoped('unassigned', scope) : paymentPartition(payment);

/** `payment` undefined: the notification is about no payment. */
export const evidenceKey = (
  scope: Scope,
  payment: PaymentKey | undefined,
  receivedAt: string,
  digest: string,
): Key => ({
  pk: evidencePartition(scope, payment),
  sk: `${EVIDENCE_PREFIX}${receivedAt}#${shortDigest(digest)}`,
});

export const LEDGER_PREFIX = 'ledger#';
/** What a person did to a payment. `name` makes a repeated command find its own row ("release…", see rows.ts). */
export const ledgerKey = (payment: PaymentKey, name: string): Key => ({
  pk: paymentPartition(payment),
  sk: `${LEDGER_PREFIX}${name}`,
});

export const refundKey = (reference: string): Key => ({
  pk: `${PARTITIONS.refund}${reference}`,
  sk: 'refund',
});

export const orderKey = (reference: string): Key => ({ pk: `order#${reference}`, sk: 'order' });

/** What was changed of an order: one row per version, in the order of the versions. */
export const orderLedgerKey = (reference: string, version: number): Key => ({
  pk: orderKey(reference).pk,
  sk: `${LEDGER_PREFIX}${`${version}`.padStart(9, '0')}`,
});

export const FOLLOWS_PREFIX = 'follows#';
/** Beside an order: a payment that found it and stands still (held, or waiting); a change of the order derives it anew. */
export const followsKey = (reference: string, payment: PaymentKey): Key => ({
  pk: orderKey(reference).pk,
  sk: `${FOLLOWS_PREFIX}${payment}`,
});

/** A partition key holds 2,048 bytes. An order's names have at most 256 characters, so a longer one never matches. */
const MAX_NAME_CHARACTERS = 256;
const bounded = (value: string): string =>
  value.length <= MAX_NAME_CHARACTERS ? value : `sha256:${hashText(value)}`;

/** References are the merchant's own, one namespace: an order may be registered before its provider is chosen. */
export const referenceAliasKey = (reference: string): Key => ({
  pk: `alias#*#*#reference#${bounded(reference)}`,
  sk: 'alias',
});

/** Where an order's alias stands. Provider ids exist only within their account. */
export const aliasKeyOf = (scope: Scope, { type, value }: Alias): Key =>
  type === 'reference'
    ? referenceAliasKey(value)
    : { pk: `${scoped('alias', scope)}#${type}#${bounded(value)}`, sk: 'alias' };

export const WAITING_PREFIX = 'waiting#';
export const waitingKey = (alias: Key, payment: PaymentKey): Key => ({
  pk: alias.pk,
  sk: `${WAITING_PREFIX}${payment}`,
});

/** What operators sent back from one place ("notifications", "fulfilment", or a quarantine's partition), by time. */
export const sentBackKey = (where: string, at: string, id: string): Key => ({
  pk: `sent-back#${where}`,
  sk: `${at}#${id}`,
});

export const quarantineKey = (scope: Scope, digest: string): Key => ({
  pk: scoped('quarantine', scope),
  sk: digest,
});

/** Counts quarantined messages of one month ("2026-11"), so that their number is bounded. */
export const quarantineCountKey = (scope: Scope, month: string): Key => ({
  pk: scoped('quarantine', scope),
  sk: `count#${month}`,
});

/** There while an account's quarantine takes no more in this month ("2026-11"): apart from what is in it, for intake. */
export const quarantineFullKey = (scope: Scope, month: string): Key => ({
  pk: scoped('quarantine-full', scope),
  sk: month,
});

/** The stored answer to a question; a provider's notification id consists of digits. */
export const questionKey = (scope: Scope, notificationId: string): Key => ({
  pk: `${scoped('decision', scope)}#${notificationId}`,
  sk: 'decision',
});

/** That a withdrawal was answered yes: by the provider's id of it, and by the order that allows but one. */
export const takenKeys = (
  scope: Scope,
  orderId: string,
  order: { readonly use: string; readonly reference: string },
): readonly Key[] => [
  { pk: `${scoped('decision', scope)}#id#${orderId}`, sk: 'taken' },
  ...(order.use === 'once'
    ? [{ pk: `${scoped('decision', scope)}#order#${order.reference}`, sk: 'taken' }]
    : []),
];

/** Two messages may have one body and one millisecond; rows of older versions end with the digest. */
export const parkedKey = (queue: string, at: string, digest: string, messageId: string): Key => ({
  pk: `parked#${queue}`,
  sk: `${at}#${shortDigest(digest)}#${shortDigest(hashText(messageId))}`,
});

/**
 * What is looked at again: `failed`: effects that were given up, for a person to find; `held`: payments that wait for
 * a person, `waiting`: for their provider, `disputed`: for a bank, `underway`: for nobody until they are overdue, each apart, so that many of one kind hide none of
 * another; `renew`: payments to be derived anew; `order`: unpaid ones; `granted`: paid ones that may still be charged back. `payment`: held, waiting or
 * disputed, as the version before wrote them; they move at their next write.
 */
export type OpenKind =
  | 'effect'
  | 'failed'
  | 'held'
  | 'waiting'
  | 'disputed'
  | 'underway'
  | 'payment'
  | 'renew'
  | 'confirm'
  | 'delivery'
  | 'order'
  | 'granted';

/** Beside the payment: when its provider is asked next, and its last answer. */
export const confirmKey = (payment: PaymentKey): Key => ({
  pk: paymentPartition(payment),
  sk: 'confirmation',
});

/**
 * That a payment is to be derived anew, left by who has no queue. In a partition of its own: who writes it must not
 * be able to write a payment (docs/decisions/010-roles-by-row.md). Rows of older versions stand beside the payment.
 */
export const renewKey = (payment: PaymentKey): Key => ({ pk: PARTITIONS.renewal + payment, sk: 'renew' });

/** What the redirect function may know of a payment, so that it need not read the payment. */
export const standingKey = (payment: PaymentKey): Key => ({
  pk: PARTITIONS.standing + payment,
  sk: 'standing',
});

/** That a provider's API gave this answer, by the answer's SHA-256 (hex): written by who asked, before it is queued. */
export const answerKey = (scope: Scope, digest: string): Key => ({
  pk: `${scoped('answer', scope)}#${digest}`,
  sk: 'answer',
});

/** Which order a verified redirect named for a transaction: counts where no alias leads to an order. */
export const returnedKey = (scope: Scope, transactionId: string): Key => ({
  pk: `${scoped('returned', scope)}#${transactionId}`,
  sk: 'returned',
});

/** Beside the payment: what the merchant reported of its shipping, until the provider has taken it. */
export const shippingKey = (payment: PaymentKey): Key => ({ pk: paymentPartition(payment), sk: 'delivery' });

/** The sparse index's partition of a row; rows of one payment share a shard number. */
export const openShard = (kind: OpenKind, payment: PaymentKey): string =>
  `${kind}#${createHash('sha256').update(payment).digest().readUInt32BE(0) % OPEN_SHARDS}`;

/**
 * Whether a row may be in the index as this kind. A function that may write only its own rows chooses what their index
 * attributes say: a row of a session must not be taken for an effect that is due.
 */
export function belongsIn(kind: OpenKind, { pk, sk }: Key): boolean {
  if (kind === 'order') return pk.startsWith(PARTITIONS.order);
  if (kind === 'renew' && pk.startsWith(PARTITIONS.renewal)) return true;
  return pk.startsWith(PARTITIONS.payment) && (kind !== 'renew' || sk === 'renew');
}

export const openShards = (kind: OpenKind): readonly string[] =>
  Array.from({ length: OPEN_SHARDS }, (_, shard) => `${kind}#${shard}`);

/** One attempt at Trustly's checkout. The nonce is a capability, so the row is found by it but does not hold it. */
export const sessionKey = (scope: Scope, nonce: string): Key => ({
  pk: `${scoped('session', scope)}#${hashText(nonce)}`,
  sk: 'session',
});

export const ACCOUNT_PREFIX = 'account#';
/** The bank account of one transaction, as the redirect and as the verified event tell it: one row each. */
export const accountOnFileKey = (
  scope: Scope,
  transactionId: string,
  normalized: 'return' | 'event',
): Key => ({
  pk: `${scoped('bank-account', scope)}#${transactionId}`,
  sk: `${ACCOUNT_PREFIX}${normalized}`,
});

/** In the vault, a table of its own. */
export const vaultKey = (scope: Scope, transactionId: string): Key => ({
  pk: `${scoped('split-token', scope)}#${transactionId}`,
  sk: 'split-token',
});
