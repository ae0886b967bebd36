/**
 * Kept evidence, read once more by today's code: opened with the envelope keys, parsed, told. Which copy counts is
 * what it was at first: a copy with other content (a conflict) is not applied now either.
 */
import { defined } from '../../payment/defined.ts';
import { isSameMaterial } from '../../payment/index.ts';
import { absorb } from '../../payment/transition.ts';
import type { Facts, NormalizedEvent, Payment, PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { notificationContext } from '../platform/message.ts';
import type { NotificationEnvelope } from '../platform/message-schema.ts';
import { type EnvelopeKeys, open, SealError } from '../platform/seal.ts';
import type { Item } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { EVIDENCE_PREFIX, eventKey, evidencePartition } from '../table/keys.ts';
import { type EventRow, type EvidenceRow, eventOf, evidenceOf } from '../table/rows.ts';
import { normalizeMessage } from '../transition/receive.ts';
import type { OperateDeps } from './holds.ts';

export interface EvidenceDeps extends Pick<OperateDeps, 'store' | 'providers'> {
  /** `fresh`: the cached keys didn't fit, ask the store. */
  readonly envelopeKeys: (fresh: boolean) => Promise<EnvelopeKeys>;
}

/** Why a piece of evidence could not be used; listed, never guessed at. */
export type Unusable =
  /** Sealed under a key that is gone, or altered. */
  | 'not_opened'
  /** Today's parser refuses it. */
  | 'not_parsed'
  /** Today's code gives it another identity: a retry of it would count as a new notification. */
  | 'key_changed'
  /** Kept, but its transaction never came about: its message is on the queue, or among the dead letters. */
  | 'not_applied'
  /** A copy with other content, kept beside and not applied. */
  | 'conflicting_copy'
  /** Today's code says that it is about another payment, or about none. */
  | 'other_subject';

export interface Reread {
  readonly row: EvidenceRow;
  readonly normalized: NormalizedEvent;
  readonly event: EventRow;
}
export type RereadResult = Reread | { readonly row: EvidenceRow; readonly unusable: Unusable };

/** Pieces of evidence of one payment; the hundred facts that it may hold come of fewer. */
const MAX_EVIDENCE = 1_000;

/** Up to MAX_EVIDENCE, oldest first. */
export async function evidenceOfPayment(
  account: Account,
  payment: PaymentKey,
  deps: EvidenceDeps,
): Promise<readonly RereadResult[]> {
  const pk = evidencePartition(account, payment);
  const rows = everyRow(deps.store, pk, { prefix: EVIDENCE_PREFIX, most: MAX_EVIDENCE });
  return Array.fromAsync(rows, (item) => reread(evidenceOf(item), account, deps));
}

/** @param payment undefined: what was about none */
export const evidencePage = (
  account: Account,
  payment: PaymentKey | undefined,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
  { store }: Pick<EvidenceDeps, 'store'>,
): Promise<readonly Item[]> =>
  store.query(evidencePartition(account, payment), {
    prefix: EVIDENCE_PREFIX,
    limit,
    ...defined({ after }),
  });

export async function reread(row: EvidenceRow, account: Account, deps: EvidenceDeps): Promise<RereadResult> {
  const message = await opened(row, account, deps);
  if (message === undefined) return { row, unusable: 'not_opened' };
  let normalized: NormalizedEvent;
  try {
    normalized = normalizeMessage(row, message, account, deps);
  } catch {
    return { row, unusable: 'not_parsed' };
  }
  if (normalized.key !== row.normalizedKey) return { row, unusable: 'key_changed' };
  const item = await deps.store.get(eventKey(account, normalized.key));
  if (item === undefined) return { row, unusable: 'not_applied' };
  const event = eventOf(item);
  // Other content, or today's code takes other fields for the content: only the message that made the event row is
  // sure. A conflicting copy is kept as evidence before its own row says that it is one.
  const isItsOwn = event.outcome !== 'imported' && event.correlationId === row.correlationId;
  if (!isSameMaterial(event.materialHash, normalized) && !isItsOwn)
    return { row, unusable: 'conflicting_copy' };
  return { row, normalized, event };
}

/** The message inside; undefined: sealed under a key that is gone, or altered. */
export async function opened(
  { sealed, digest }: Pick<NotificationEnvelope, 'sealed' | 'digest'>,
  { provider, account }: Account,
  { envelopeKeys }: Pick<EvidenceDeps, 'envelopeKeys'>,
): Promise<string | undefined> {
  const context = notificationContext(provider, account, digest);
  for (const fresh of [false, true]) {
    try {
      return open(sealed, context, await envelopeKeys(fresh));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      if (error.reason === 'altered') return undefined;
    }
  }
  return undefined;
}

/**
 * What is kept of a payment, with what today's code reads in its evidence. A join: it adds and never takes away, for
 * evidence has an end and the facts of what is gone must stay.
 */
export function withEvidence(payment: Payment, evidence: readonly Reread[]): Payment {
  let kept = payment;
  for (const { normalized, row } of evidence) kept = { ...kept, ...absorb(kept, normalized, row.receivedAt) };
  return kept;
}

/** Keys of entries in which one map says more than the other. */
export function entriesBeyond(facts: Facts, known: Facts): readonly string[] {
  return Object.entries(facts)
    .filter(([key, { codes, amounts }]) => {
      const other = known[key];
      if (other === undefined) return true;
      return (
        codes.some((code) => !other.codes.includes(code)) ||
        amounts.some((amount) => !other.amounts.includes(amount))
      );
    })
    .map(([key]) => key);
}
