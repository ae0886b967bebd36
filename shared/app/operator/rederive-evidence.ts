/**
 * Reads stored evidence again with the present code: opens it with the envelope keys, parses and normalizes it. The
 * applied copy stays the one that counts: a conflicting duplicate is not applied now either.
 */
import { defined } from '../../payment/defined.ts';
import { isSameMaterial } from '../../payment/index.ts';
import { joinEvent } from '../../payment/transition.ts';
import type { Facts, NormalizedEvent, Payment, PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { notificationContext } from '../platform/message.ts';
import type { NotificationEnvelope } from '../platform/message-schema.ts';
import { open, type ReadEnvelopeKeys, SealError } from '../platform/seal.ts';
import type { Item } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { EVIDENCE_PREFIX, eventKey, evidencePartition } from '../table/keys.ts';
import { type EventRow, type EvidenceRow, eventOf, evidenceOf } from '../table/rows.ts';
import { normalizeMessage } from '../transition/receive.ts';
import type { OperateDeps } from './holds.ts';

export interface EvidenceDeps extends Pick<OperateDeps, 'store' | 'providers'> {
  readonly envelopeKeys: ReadEnvelopeKeys;
}

/** Why evidence could not be used. It is listed, and its content is never guessed. */
export type Unusable =
  /** Sealed under a key that is gone, or altered. */
  | 'not_opened'
  /** The present parser refuses it. */
  | 'not_parsed'
  /** The present code gives it another key: a retry of it would count as a new notification. */
  | 'key_changed'
  /** Stored, but its transaction has not happened: its message is on the queue or in the dead-letter queue. */
  | 'not_applied'
  /** A conflicting duplicate, stored and not applied. */
  | 'conflicting_copy'
  /** By the present code it is about another payment, or about none. */
  | 'other_subject';

export interface UsableEvidence {
  readonly row: EvidenceRow;
  readonly normalized: NormalizedEvent;
  readonly event: EventRow;
}
export type EvidenceResult = UsableEvidence | { readonly row: EvidenceRow; readonly unusable: Unusable };

/** The most evidence rows of one payment that are read; the hundred fact entries of a payment come from fewer. */
const MAX_EVIDENCE = 1_000;

/** The evidence of a payment, at most MAX_EVIDENCE rows, oldest first. */
export async function evidenceOfPayment(
  account: Account,
  payment: PaymentKey,
  deps: EvidenceDeps,
): Promise<readonly EvidenceResult[]> {
  const pk = evidencePartition(account, payment);
  const rows = everyRow(deps.store, pk, { prefix: EVIDENCE_PREFIX, most: MAX_EVIDENCE });
  return Array.fromAsync(rows, (item) => readEvidence(evidenceOf(item), account, deps));
}

/** One page of evidence rows. @param payment undefined: evidence that is about no payment */
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

/**
 * Opens and normalizes one row of evidence. It is unusable if its event row is missing or has other material fields. The
 * signature is not verified again.
 */
export async function readEvidence(
  row: EvidenceRow,
  account: Account,
  deps: EvidenceDeps,
): Promise<EvidenceResult> {
  const message = await openSealed(row, account, deps);
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
  // The content differs, or the present code takes other fields as content: only the message that created the event row
  // is certain. A conflicting duplicate is stored as evidence before its own row marks it as one.
  const isItsOwn = event.outcome !== 'imported' && event.correlationId === row.correlationId;
  if (!isSameMaterial(event.materialHash, normalized) && !isItsOwn)
    return { row, unusable: 'conflicting_copy' };
  return { row, normalized, event };
}

/** The opened message. Undefined: it is sealed under a key that is gone, or altered. */
export async function openSealed(
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
 * The stored part of a payment, joined with what the present code reads in its evidence. It adds and never removes:
 * evidence expires, and facts must outlive it.
 */
export function withEvidence(payment: Payment, evidence: readonly UsableEvidence[]): Payment {
  let kept = payment;
  for (const { normalized, row } of evidence)
    kept = { ...kept, ...joinEvent(kept, normalized, row.receivedAt) };
  return kept;
}

/** Keys of the entries in `facts` that contain a code or an amount that `known` does not. */
export function keysOfAddedEntries(facts: Facts, known: Facts): readonly string[] {
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
