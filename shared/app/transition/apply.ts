/** Applies one notification: evidence, transaction, effects; and handles its copies. */
import { defined } from '../../payment/defined.ts';
import {
  hashCanonical,
  isSameMaterial,
  joinFacts,
  materialHash,
  parsePaymentKey,
  paymentKey,
} from '../../payment/index.ts';
import type { Facts, NormalizedEvent, PaymentKey, Transition } from '../../payment/types.ts';
import type { Account, ProviderName, RegisteredProvider } from '../../providers/index.ts';
import type { Log } from '../platform/log.ts';
import { CONFIRMATION, type NotificationEnvelope } from '../platform/message-schema.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { ReadEnvelopeKeys } from '../platform/seal.ts';
import type { Item, Queue, Store } from '../ports.ts';
import { CONFLICT_PREFIX, conflictKey, eventKey, scopeOf } from '../table/keys.ts';
import { readPayment } from '../table/read.ts';
import { type EventRow, eventItem, eventOf, evidenceItem, SCHEMA } from '../table/rows.ts';
import { rederiveWaitingCaptures } from './captures.ts';
import { type OutboxDeps, publish, publishPending } from './outbox.ts';
import { changePayment, type TransactDeps } from './transact.ts';
import { onFileWrites } from './vault.ts';

export interface ApplyDeps extends TransactDeps, OutboxDeps {
  readonly store: Store;
  readonly fulfilment: Queue;
  readonly providers: Readonly<Record<ProviderName, RegisteredProvider>>;
  readonly accounts: readonly Account[];
  readonly envelopeKeys: ReadEnvelopeKeys;
  /**
   * Reads the public keys with which a provider's signature is verified again. `fresh`: ask the store now; throws if it
   * does not answer.
   */
  readonly publicKeys: (account: Account, fresh: boolean) => Promise<unknown>;
  /** For how many days this message's evidence is kept, see evidenceDaysOf (receive.ts). */
  readonly evidenceDays: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The most conflicting duplicates that are stored for one event; further ones are only counted. */
const MAX_CONFLICTS = 20;

type ConflictRow = Pick<EventRow, 'materialHash' | 'receivedAt' | 'correlationId'>;

/** One notification that a worker applies. */
export interface IncomingNotification {
  readonly envelope: NotificationEnvelope;
  readonly account: Account;
  readonly normalized: NormalizedEvent;
}

/** Applies one notification. @throws TooMuchContentionError, or an error of store or queue */
export async function applyEvent(incoming: IncomingNotification, deps: ApplyDeps): Promise<void> {
  const { envelope, account, normalized } = incoming;
  const hash = materialHash(normalized);
  const known = await deps.store.get(eventKey(account, normalized.key));
  if (known !== undefined) return applyCopy(incoming, hash, eventOf(known), deps);

  const id = normalized.subject?.id;
  const payment = id === undefined ? undefined : paymentKey({ ...scopeOf(account), id });
  await keepEvidence(incoming, payment, deps);
  const eventRow = (done?: Transition): EventRow => ({
    materialHash: hash,
    outcome: done?.outcome ?? 'recorded',
    ...defined({ payment }),
    effects: done?.effects.map(({ name }) => name) ?? [],
    ...defined({ remark: normalized.remark }),
    receivedAt: envelope.receivedAt,
    correlationId: envelope.correlationId,
  });

  if (id === undefined) {
    const result = await deps.store.write([
      { put: eventItem(account, normalized.key, eventRow()), when: 'absent' },
    ]);
    if (result.ok) return countMessage('Applied', incoming, deps);
  } else {
    const result = await changePayment(
      {
        ...changeOf(incoming, id, deps),
        input: { type: 'normalized', normalized, conflict: false },
        once: (done) => eventItem(account, normalized.key, eventRow(done)),
        moreWrites: () => onFileWrites({ normalized, ...envelope }, account, deps.store),
      },
      deps,
    );
    if (result.type === 'done') {
      await publishNewEffects(result.transition, envelope, deps);
      return countMessage('Applied', incoming, deps);
    }
  }
  // Another copy was written between our read and our write.
  const first = await deps.store.get(eventKey(account, normalized.key));
  if (first === undefined) throw new Error('an event row that refused a write is gone');
  return applyCopy(incoming, hash, eventOf(first), deps);
}

/** Handles a known key: a duplicate, or a conflicting duplicate. */
async function applyCopy(
  incoming: IncomingNotification,
  hash: string,
  first: EventRow,
  deps: ApplyDeps,
): Promise<void> {
  const { envelope, account, normalized } = incoming;
  if (first.outcome !== 'imported' && !isSameMaterial(first.materialHash, normalized))
    return keepConflict(incoming, hash, first, deps);
  if (mayAddSomething(first, envelope)) await applyAddition(incoming, deps);
  // The worker of the first copy may have died before it published.
  if (first.payment !== undefined) {
    await publishPending(first.payment, envelope.correlationId, deps);
    const payment = await readPayment(deps.store, first.payment);
    if (payment !== undefined)
      await rederiveWaitingCaptures(payment, deps.providers[account.provider].rules, deps);
  }
  const redelivered = isSameMessage(first, envelope);
  countMessage(redelivered ? 'Applied' : 'Duplicates', incoming, deps, redelivered);
}

/**
 * Whether this copy may add to the applied one. It was received earlier but is processed later; or it contains the
 * answer to a question, and the applied copy may contain none (its order may have been unknown then).
 */
const mayAddSomething = ({ outcome, receivedAt }: EventRow, envelope: NotificationEnvelope): boolean =>
  outcome === 'applied' &&
  (envelope.decided !== undefined || Date.parse(envelope.receivedAt) < Date.parse(receivedAt));

/**
 * Applies what a copy adds: an earlier `firstSeenAt`, at which the order may still have been valid, or the answer to a
 * question, which is a fact of the payment.
 */
async function applyAddition(incoming: IncomingNotification, deps: ApplyDeps): Promise<void> {
  const { envelope, account, normalized } = incoming;
  const id = normalized.subject?.id;
  if (id === undefined) return;
  const key = paymentKey({ ...scopeOf(account), id });
  const payment = await readPayment(deps.store, key);
  const isEarlier =
    payment === undefined || Date.parse(envelope.receivedAt) < Date.parse(payment.firstSeenAt);
  const saysMore = payment === undefined || addsFacts(payment.facts, normalized.facts);
  // Nearly always the copy adds nothing: only the payment's first message sets `firstSeenAt`. Nothing is written then,
  // because each write of the payment can make another worker repeat its own.
  if (!isEarlier && !saysMore) return;
  if (saysMore) await keepEvidence(incoming, key, deps);
  const input = { type: 'normalized', normalized, conflict: false } as const;
  const result = await changePayment({ ...changeOf(incoming, id, deps), input }, deps);
  if (result.type === 'done') countHoldsAndEffects(result.transition, envelope.correlationId, deps);
}

const addsFacts = (known: Facts, added: Facts): boolean =>
  hashCanonical(joinFacts(known, added)) !== hashCanonical(known);

/** Every request has its own correlation id. If it is equal, the queue has delivered the same message again. */
const isSameMessage = (first: Pick<EventRow, 'correlationId'>, envelope: NotificationEnvelope): boolean =>
  first.correlationId === envelope.correlationId;

/**
 * Stores a conflicting duplicate beside the first copy and does not apply it. The payment of the first copy is held
 * until an operator decides. If this copy names another payment, that one is held too: the money may be for either.
 */
async function keepConflict(
  incoming: IncomingNotification,
  hash: string,
  first: EventRow,
  deps: ApplyDeps,
): Promise<void> {
  const { envelope, account, normalized } = incoming;
  const key = conflictKey(account, normalized.key, hash);
  const others = await deps.store.query(key.pk, { prefix: CONFLICT_PREFIX, limit: MAX_CONFLICTS });
  const known = others.find(({ sk }) => sk === key.sk);
  const named = normalized.subject?.id;
  const id = first.payment === undefined ? named : parsePaymentKey(first.payment).id;
  const { receivedAt, correlationId } = envelope;
  if (known === undefined && others.length < MAX_CONFLICTS) {
    const data: ConflictRow = { materialHash: hash, receivedAt, correlationId };
    const row = { ...key, schema: SCHEMA, data };
    // Before the row, so that both payments are held once the row exists.
    if (named !== undefined && named !== id) await holdForConflict({ ...incoming, id: named }, deps);
    if (id === undefined) {
      await keepEvidence(incoming, undefined, deps);
      await deps.store.write([{ put: row, when: 'absent' }]);
    } else {
      await holdForConflict({ ...incoming, id, row }, deps);
    }
  }
  for (const each of new Set([id, named]))
    if (each !== undefined)
      await publishPending(paymentKey({ ...scopeOf(account), id: each }), correlationId, deps);
  const { digest } = envelope;
  deps.log.error('same notification id, other content', { ...scopeOf(account), digest });
  const redelivered = known !== undefined && isSameMessage(known.data as ConflictRow, envelope);
  countMessage('ConflictingDuplicates', incoming, deps, redelivered);
}

interface ConflictingCopy extends IncomingNotification {
  /** Id of the payment to hold. */
  readonly id: string;
  /** The row that makes the copy known; written together with the hold. */
  readonly row?: Item;
}

async function holdForConflict({ id, row, ...incoming }: ConflictingCopy, deps: ApplyDeps): Promise<void> {
  const { envelope, account, normalized } = incoming;
  await keepEvidence(incoming, paymentKey({ ...scopeOf(account), id }), deps);
  const result = await changePayment(
    {
      ...changeOf(incoming, id, deps),
      input: { type: 'normalized', normalized, conflict: true },
      ...(row === undefined ? {} : { once: () => row }),
    },
    deps,
  );
  if (result.type === 'done') await publishNewEffects(result.transition, envelope, deps);
}

const changeOf = (
  { envelope, account, normalized }: IncomingNotification,
  paymentId: string,
  deps: ApplyDeps,
) => ({
  provider: deps.providers[account.provider],
  account,
  paymentId,
  at: envelope.receivedAt,
  cause: normalized.key,
  correlationId: envelope.correlationId,
});

async function keepEvidence(
  { envelope, account, normalized }: IncomingNotification,
  payment: PaymentKey | undefined,
  { store, evidenceDays }: ApplyDeps,
): Promise<void> {
  // The splitToken is stored only in the vault.
  const { sealed, digest, keyId, keyFingerprint, variant, receivedAt, correlationId, decided } = envelope;
  const row = {
    sealed,
    digest,
    keyId,
    ...defined({ keyFingerprint }),
    variant,
    normalizedKey: normalized.key,
    receivedAt,
    correlationId,
    ...defined({ decided }),
  };
  // The same message writes the same row again, so no condition is needed.
  await store.write([{ put: evidenceItem(account, payment, row, evidenceDays), when: 'always' }]);
}

async function publishNewEffects(
  done: Transition,
  { correlationId, receivedAt }: Pick<NotificationEnvelope, 'correlationId' | 'receivedAt'>,
  deps: ApplyDeps,
): Promise<void> {
  countHoldsAndEffects(done, correlationId, deps);
  await publish(
    done.effects.map((effect) => ({ effect, version: 1 })),
    correlationId,
    deps,
    receivedAt,
  );
}

/** Counts the effects that a change of a payment causes, and its holds by reason. */
export function countHoldsAndEffects(
  { effects, payment }: Transition,
  correlationId: string,
  deps: Pick<ApplyDeps, 'log' | 'metrics'>,
): void {
  for (const { type } of effects) deps.metrics.emit({ Effects: 1 }, { type }, { correlationId });
  if (payment.holds.length === 0) return;
  const { key, provider, account, status } = payment;
  const holds = payment.holds.map(({ reason }) => reason);
  deps.log.warn('payment held', { correlationId, provider, account, payment: key, status, holds });
  for (const reason of holds)
    deps.metrics.emit({ PaymentsHeld: 1 }, { provider, account, reason }, { correlationId });
}

/**
 * Counts the message, as the last step before it is acknowledged. If a worker dies earlier, the next one counts it. So
 * every accepted notification is counted as settled at least once; a message that is received again is counted again.
 * The metrics have the time of the request, so that in every hour as many notifications are settled as were accepted.
 */
function countMessage(
  metric: 'Applied' | 'Duplicates' | 'ConflictingDuplicates',
  { envelope, account, normalized }: IncomingNotification,
  { metrics }: ApplyDeps,
  redelivered = false,
): void {
  const { correlationId, receivedAt, variant } = envelope;
  // Two contents have the same id: neither's remark is counted.
  const remark = metric === 'ConflictingDuplicates' ? undefined : normalized.remark;
  // An API's answer was polled, not accepted, and is not part of the balance.
  if (variant === CONFIRMATION) {
    if (metric === 'Applied') metrics.emit({ ConfirmationsApplied: 1 }, scopeOf(account), { correlationId });
    return;
  }
  const reason = defined({ reason: remark });
  const counted = { [metric]: 1, Settled: 1, ...(redelivered ? { Redelivered: 1 } : {}) };
  // Only the log line leads from a request to its payment, and for a duplicate, which is not stored, to its
  // notification.
  const id = normalized.subject?.id;
  const of = {
    ...(metric === 'Duplicates' ? { notification: normalized.key } : {}),
    ...(id === undefined ? {} : { payment: paymentKey({ ...scopeOf(account), id }) }),
  };
  metrics.emit(counted, { ...scopeOf(account), ...reason }, { correlationId, at: receivedAt, ...of });
}
