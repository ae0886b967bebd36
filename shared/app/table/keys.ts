/** The keys of every row in the main table, and the shards of its sparse index. They are built only here. */
import { createHash, hash } from 'node:crypto';
import type { Alias, PaymentKey } from '../../payment/types.ts';
import { type Key, OPEN_SHARDS } from '../ports.ts';

/** The account that a notification or an alias belongs to. */
export interface Scope {
  readonly provider: string;
  readonly account: string;
}

export const scopeOf = ({ provider, account }: Scope): Scope => ({ provider, account });

/**
 * The prefixes of partition keys, by the kind of row. IAM conditions use these prefixes (infra/functions.ts), so a row
 * that a less trusted function writes never shares a partition with one that it must not write.
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

/**
 * SHA-256 (hex) of a text's UTF-8 bytes. Its values are stored and are dedupe keys: do not confuse it with
 * `hashCanonical`.
 */
export const hashText = (text: string): string => hash('sha256', text, 'hex');

/** Enough of a digest to tell rows apart that share a partition and a time. */
const SHORT_DIGEST = 16;
export const shortDigest = (digest: string): string => digest.slice(0, SHORT_DIGEST);

const scoped = (kind: string, { provider, account }: Scope): string => `${kind}#${provider}#${account}`;

/** The permanent dedupe row of a notification; `notificationKey` is the provider's own identity of the message. */
export const eventKey = (scope: Scope, notificationKey: string): Key => ({
  pk: `${scoped('event', scope)}#${hashText(notificationKey)}`,
  sk: 'event',
});

export const CONFLICT_PREFIX = 'conflict#';
/** In the event's partition: a conflicting duplicate. */
export const conflictKey = (scope: Scope, notificationKey: string, materialHash: string): Key => ({
  pk: eventKey(scope, notificationKey).pk,
  sk: `${CONFLICT_PREFIX}${shortDigest(materialHash)}`,
});

const paymentPartition = (payment: PaymentKey): string => PARTITIONS.payment + payment;
/** The payment whose partition a row is in. */
export const paymentIn = ({ pk }: Key): PaymentKey => pk.slice(PARTITIONS.payment.length);

export const paymentKeyOf = (payment: PaymentKey): Key => ({ pk: paymentPartition(payment), sk: 'payment' });

export const EFFECT_PREFIX = 'effect#';
export const effectKey = (payment: PaymentKey, name: string): Key => ({
  pk: paymentPartition(payment),
  sk: `${EFFECT_PREFIX}${name}`,
});

export const EVIDENCE_PREFIX = 'evidence#';
/** The partition of evidence: its payment's, or one for all evidence of the account that is about no payment. */
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
/** An operator's action on a payment. `name` lets a repeated command find its own row ("release…", see rows.ts). */
export const ledgerKey = (payment: PaymentKey, name: string): Key => ({
  pk: paymentPartition(payment),
  sk: `${LEDGER_PREFIX}${name}`,
});

export const refundKey = (reference: string): Key => ({
  pk: `${PARTITIONS.refund}${reference}`,
  sk: 'refund',
});

export const orderKey = (reference: string): Key => ({ pk: `order#${reference}`, sk: 'order' });

/** A change of an order: one row per version, sorted by version. */
export const orderLedgerKey = (reference: string, version: number): Key => ({
  pk: orderKey(reference).pk,
  sk: `${LEDGER_PREFIX}${`${version}`.padStart(9, '0')}`,
});

export const FOLLOWS_PREFIX = 'follows#';
/**
 * In the order's partition: a payment that found the order and waits there (held, or waiting). A change of the order
 * derives it anew.
 */
export const followsKey = (reference: string, payment: PaymentKey): Key => ({
  pk: orderKey(reference).pk,
  sk: `${FOLLOWS_PREFIX}${payment}`,
});

/** A partition key holds 2,048 bytes. An order's names have at most 256 characters, so a longer one never matches. */
const MAX_NAME_CHARACTERS = 256;
const bounded = (value: string): string =>
  value.length <= MAX_NAME_CHARACTERS ? value : `sha256:${hashText(value)}`;

/** References are the merchant's own, in one namespace: an order may be registered before its provider is chosen. */
export const referenceAliasKey = (reference: string): Key => ({
  pk: `alias#*#*#reference#${bounded(reference)}`,
  sk: 'alias',
});

/** The key of an order's alias. Provider ids are only unique within their account. */
export const aliasKeyOf = (scope: Scope, { type, value }: Alias): Key =>
  type === 'reference'
    ? referenceAliasKey(value)
    : { pk: `${scoped('alias', scope)}#${type}#${bounded(value)}`, sk: 'alias' };

export const WAITING_PREFIX = 'waiting#';
export const waitingKey = (alias: Key, payment: PaymentKey): Key => ({
  pk: alias.pk,
  sk: `${WAITING_PREFIX}${payment}`,
});

/**
 * The messages that operators sent back from one place ("notifications", "fulfilment", or a quarantine's partition), by
 * time.
 */
export const sentBackKey = (where: string, at: string, id: string): Key => ({
  pk: `sent-back#${where}`,
  sk: `${at}#${id}`,
});

export const quarantineKey = (scope: Scope, digest: string): Key => ({
  pk: scoped('quarantine', scope),
  sk: digest,
});

/** The counter of quarantined messages in one month ("2026-11"), which limits their number. */
export const quarantineCountKey = (scope: Scope, month: string): Key => ({
  pk: scoped('quarantine', scope),
  sk: `count#${month}`,
});

/**
 * Exists while an account's quarantine accepts no more in this month ("2026-11"). It has its own partition, because
 * intake reads it.
 */
export const quarantineFullKey = (scope: Scope, month: string): Key => ({
  pk: scoped('quarantine-full', scope),
  sk: month,
});

/** The stored answer to a question. A provider's notification id consists of digits. */
export const questionKey = (scope: Scope, notificationId: string): Key => ({
  pk: `${scoped('decision', scope)}#${notificationId}`,
  sk: 'decision',
});

/**
 * Rows that mark a withdrawal as answered yes: by the provider's id of it, and by a `once` order, which allows only
 * one.
 */
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

/**
 * Two messages may have the same body and the same millisecond. In rows of older versions the key ends with the digest.
 */
export const parkedKey = (queue: string, at: string, digest: string, messageId: string): Key => ({
  pk: `parked#${queue}`,
  sk: `${at}#${shortDigest(digest)}#${shortDigest(hashText(messageId))}`,
});

/**
 * The kinds of rows in the sparse index. Each kind is separate, so that many rows of one kind hide none of another.
 * `failed`: effects that were given up, for an operator to find
 * `held`: payments that wait for an operator; `waiting`: for their provider; `disputed`: for a bank; `underway`:
 * payments that proceed by themselves until they are overdue
 * `renew`: payments to be derived anew
 * `order`: unpaid orders
 * `granted`: paid payments that may still be charged back
 * `payment`: held, waiting or disputed payments as the previous version wrote them; they move at their next write
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

/** In the payment's partition: the time of the next poll of its provider, and the last answer. */
export const confirmKey = (payment: PaymentKey): Key => ({
  pk: paymentPartition(payment),
  sk: 'confirmation',
});

/**
 * Marks a payment to be derived anew, written by functions without access to the queue. It has its own partition: a
 * function that writes it must not be able to write a payment (docs/decisions/010-roles-by-row.md). Rows of older
 * versions are in the payment's partition.
 */
export const renewKey = (payment: PaymentKey): Key => ({ pk: PARTITIONS.renewal + payment, sk: 'renew' });

/** The data of a payment that the redirect function may read, so that it need not read the payment. */
export const redirectStateKey = (payment: PaymentKey): Key => ({
  pk: PARTITIONS.standing + payment,
  sk: 'standing',
});

/**
 * Proves that a provider's API gave this answer, by the answer's SHA-256 (hex). The function that polled writes it
 * before it queues the answer.
 */
export const pollAnswerKey = (scope: Scope, digest: string): Key => ({
  pk: `${scoped('answer', scope)}#${digest}`,
  sk: 'answer',
});

/** The order that a verified redirect named for a transaction. Used only if no alias leads to an order. */
export const returnedKey = (scope: Scope, transactionId: string): Key => ({
  pk: `${scoped('returned', scope)}#${transactionId}`,
  sk: 'returned',
});

/** In the payment's partition: the merchant's shipping report, until the provider has accepted it. */
export const shippingKey = (payment: PaymentKey): Key => ({ pk: paymentPartition(payment), sk: 'delivery' });

/** The sparse index's partition of a row. Rows of one payment have the same shard number. */
export const openShard = (kind: OpenKind, payment: PaymentKey): string =>
  `${kind}#${createHash('sha256').update(payment).digest().readUInt32BE(0) % OPEN_SHARDS}`;

/**
 * Whether a row may be in the index as this kind. A function that may write only its own rows can set any index
 * attributes in them: a session's row must not be taken for an effect that is due.
 */
export function belongsIn(kind: OpenKind, { pk, sk }: Key): boolean {
  if (kind === 'order') return pk.startsWith(PARTITIONS.order);
  if (kind === 'renew' && pk.startsWith(PARTITIONS.renewal)) return true;
  return pk.startsWith(PARTITIONS.payment) && (kind !== 'renew' || sk === 'renew');
}

export const openShards = (kind: OpenKind): readonly string[] =>
  Array.from({ length: OPEN_SHARDS }, (_, shard) => `${kind}#${shard}`);

/** One attempt at Trustly's checkout. The nonce is a capability: the row is found by it, but contains only its hash. */
export const sessionKey = (scope: Scope, nonce: string): Key => ({
  pk: `${scoped('session', scope)}#${hashText(nonce)}`,
  sk: 'session',
});

export const ACCOUNT_PREFIX = 'account#';
/** The bank account of one transaction: one row from the redirect, one from the verified event. */
export const accountOnFileKey = (scope: Scope, transactionId: string, source: 'return' | 'event'): Key => ({
  pk: `${scoped('bank-account', scope)}#${transactionId}`,
  sk: `${ACCOUNT_PREFIX}${source}`,
});

/** In the vault, which is a separate table. */
export const vaultKey = (scope: Scope, transactionId: string): Key => ({
  pk: `${scoped('split-token', scope)}#${transactionId}`,
  sk: 'split-token',
});
