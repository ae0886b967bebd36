/**
 * The transition worker: first evidence, then one transaction (event, payment, order, effects), then the effects to
 * their queue; only then is the message done. Every step may be repeated; after a crash all steps are repeated.
 */
import { parsePaymentKey, paymentKey } from '../../payment/index.ts';
import type { NormalizedEvent, PaymentKey } from '../../payment/types.ts';
import { normalizeAnswer } from '../../providers/apis.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import { notificationContext } from '../platform/message.ts';
import {
  CONFIRMATION,
  type ConfirmationEnvelope,
  ENVELOPE_SCHEMA,
  type NotificationEnvelope,
  type ReevaluateEnvelope,
} from '../platform/message-schema.ts';
import { CannotSucceedError, readMessage } from '../platform/read-message.ts';
import { open, SealError } from '../platform/seal.ts';
import { hashText, pollAnswerKey, quarantineKey, questionKey, scopeOf } from '../table/keys.ts';
import { readPayment } from '../table/read.ts';
import { confirmItem, dataOf, type QuarantineRow, questionRowOf } from '../table/rows.ts';
import { storedAnswer } from '../table/stored-answer.ts';
import { type ApplyDeps, applyEvent, countHoldsAndEffects, type IncomingNotification } from './apply.ts';
import { needsConfirmation } from './follow-ups.ts';
import { publishPending } from './outbox.ts';
import { quarantine } from './quarantine.ts';
import { findRefund } from './refunds.ts';
import { changePayment } from './transact.ts';

export type { ApplyDeps } from './apply.ts';

/**
 * Handles one message of the notifications queue. @throws CannotSucceedError, or an error after which a retry may
 * succeed
 */
export type Apply = (body: string) => Promise<void>;

export function createApply(deps: ApplyDeps): Apply {
  return async (body) => {
    const received = readMessage(body, ENVELOPE_SCHEMA);
    if (received.kind === 'reevaluate') return reevaluate(received, deps);
    // A self-test ends here: it is not read, stored or counted.
    if (received.kind === 'notification' && received.probe === true) return;
    const account = findAccount(deps.accounts, received.provider, received.account);
    if (account === undefined) throw new CannotSucceedError('unknown_account');
    const envelope =
      received.kind === 'confirmation'
        ? asNotification(received)
        : await verifiedAgain(received, account, deps);
    if (received.kind === 'confirmation' && !(await isProven(envelope, account, deps)))
      return pollAgain(envelope, account, deps);
    const messageDeps = { ...deps, evidenceDays: await evidenceDaysOf(envelope, account, deps) };
    if (envelope.quarantine !== undefined) return quarantine(envelope, envelope.quarantine, messageDeps);
    const normalized = await read(envelope, account, deps);
    if (normalized === undefined) return quarantine(envelope, 'unreadable', messageDeps);
    const incoming = await withStoredAnswer({ envelope, account, normalized }, deps);
    if (incoming === undefined) throw new CannotSucceedError('answer_not_stored');
    return applyEvent(incoming, messageDeps);
  };
}

/**
 * The notification with its answer, which must be the stored one. Only one function may write answers, and it stores an
 * answer before it queues the message. So no other intake can claim that a withdrawal was refused, or that its balance
 * must be given back. The answer of an aborted question is not stored: it follows from the notification, and gives
 * nothing back. Undefined: the answer is not stored.
 */
async function withStoredAnswer(
  incoming: IncomingNotification,
  deps: ApplyDeps,
): Promise<IncomingNotification | undefined> {
  const { envelope, account, normalized } = incoming;
  const { decided } = envelope;
  if (decided === undefined) return incoming;
  if (decided.reason === 'aborted')
    return decided.status === 'FINISH' && decided.restore === undefined ? incoming : undefined;
  const [notificationId = ''] = normalized.key.split('#');
  const item = await deps.store.get(questionKey(account, notificationId));
  const answer = item === undefined ? undefined : storedAnswer(questionRowOf(item), normalized, decided);
  if (answer === undefined) return undefined;
  if (answer === decided) return incoming;
  // It no longer says that the balance must be given back.
  const now = { ...envelope, decided: answer };
  return { envelope: now, account, normalized: (await read(now, account, deps)) ?? normalized };
}

/**
 * Verifies the signature again, if the provider signs with a private key. Whoever may send to the queue is not trusted
 * (docs/decisions/011-the-worker-verifies-again.md). The envelope gets the key that this verification found.
 */
async function verifiedAgain(
  envelope: NotificationEnvelope,
  account: Account,
  deps: ApplyDeps,
): Promise<NotificationEnvelope> {
  const { publicKeySignature: proof } = deps.providers[account.provider];
  if (proof === undefined) return envelope;
  const message = await openMessage(envelope, deps);
  if (hashText(message) !== envelope.digest) throw new CannotSucceedError('digest_differs');
  let signed = proof.verify(message, account, await deps.publicKeys(account, false));
  // The provider may have a new key since the secret was read. Read the secret again before the message is parked.
  if (typeof signed === 'string')
    signed = proof.verify(message, account, await deps.publicKeys(account, true));
  if (typeof signed !== 'string') return { ...envelope, ...signed };
  const { correlationId, digest } = envelope;
  deps.log.error('a queued notification is not signed by its provider', {
    ...scopeOf(account),
    correlationId,
    digest,
    reason: signed,
  });
  throw new CannotSucceedError('not_signed');
}

/**
 * For how many days the evidence is kept. Personal data is kept no longer than its provider's folder says, whether the
 * message is readable or not.
 */
async function evidenceDaysOf(
  envelope: NotificationEnvelope,
  account: Account,
  deps: ApplyDeps,
): Promise<number> {
  const provider = deps.providers[account.provider];
  const days = provider.evidenceDays?.(await textOf(envelope, deps));
  return days === undefined ? deps.evidenceDays : Math.min(days, deps.evidenceDays);
}

/** The opened message. Empty: it can never be opened. */
async function textOf(envelope: NotificationEnvelope, deps: ApplyDeps): Promise<string> {
  try {
    return await openMessage(envelope, deps);
  } catch (error) {
    if (error instanceof CannotSucceedError || error instanceof SealError) return '';
    throw error;
  }
}

/** A poll's answer in the form of a notification, so that the same steps process it. Its `variant` says what it is. */
const asNotification = (envelope: ConfirmationEnvelope): NotificationEnvelope => ({
  ...envelope,
  kind: 'notification',
  keyId: 'current',
  variant: CONFIRMATION,
});

/**
 * Whether the poll's answer is proven: the function that polled wrote a row for it, or the answer was proven earlier
 * and is in quarantine.
 */
async function isProven({ digest }: NotificationEnvelope, account: Account, { store }: ApplyDeps) {
  if ((await store.get(pollAnswerKey(account, digest))) !== undefined) return true;
  const quarantined = await store.get(quarantineKey(account, digest));
  return quarantined !== undefined && dataOf<QuarantineRow>(quarantined).variant === CONFIRMATION;
}

/**
 * Handles a poll's answer that is not proven. It is forged, or an older version that wrote no rows queued it. Its
 * content is not used. If the payment still waits for an answer, the provider is polled again.
 */
async function pollAgain(envelope: NotificationEnvelope, account: Account, deps: ApplyDeps): Promise<void> {
  const normalized = await read(envelope, account, deps);
  const id = normalized?.subject?.id;
  const key = id === undefined ? undefined : paymentKey({ ...scopeOf(account), id });
  const payment = key === undefined ? undefined : await readPayment(deps.store, key);
  if (payment === undefined || !needsConfirmation(account, payment))
    throw new CannotSucceedError('unproven_answer');
  const at = deps.clock();
  const poll = confirmItem({ payment: payment.key, attempts: 0 }, at, new Date(at).toISOString());
  await deps.store.write([{ put: poll, when: 'always' }]);
  const { correlationId, digest } = envelope;
  deps.log.warn("a poll's answer is not proven; the provider is polled again", {
    ...scopeOf(account),
    correlationId,
    payment: payment.key,
    digest,
  });
}

/** The normalized event of a stored message. The provider's parser reads a notification, the API's reader an answer. */
export function normalizeMessage(
  { variant, decided }: Pick<NotificationEnvelope, 'variant' | 'decided'>,
  message: string,
  account: Account,
  { providers }: Pick<ApplyDeps, 'providers'>,
): NormalizedEvent {
  if (variant === CONFIRMATION) return normalizeAnswer(account, message);
  const provider = providers[account.provider];
  return provider.normalize(provider.parse(message, account), account, decided);
}

/** Undefined: authentic, but the present parser cannot read it (intake and worker may differ during a deployment). */
async function read(
  envelope: NotificationEnvelope,
  account: Account,
  deps: ApplyDeps,
): Promise<NormalizedEvent | undefined> {
  const message = await openMessage(envelope, deps);
  if (hashText(message) !== envelope.digest) throw new CannotSucceedError('digest_differs');
  try {
    return normalizeMessage(envelope, message, account, deps);
  } catch (error) {
    const { correlationId, digest } = envelope;
    deps.log.error('verified notification cannot be read', {
      ...scopeOf(account),
      correlationId,
      digest,
      error,
    });
    return undefined;
  }
}

async function openMessage({ provider, account, digest, sealed }: NotificationEnvelope, deps: ApplyDeps) {
  const context = notificationContext(provider, account, digest);
  try {
    return open(sealed, context, await deps.envelopeKeys(false));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    if (error.reason === 'altered') throw new CannotSucceedError('seal_altered', { cause: error });
    return open(sealed, context, await deps.envelopeKeys(true));
  }
}

/** Derives a payment anew: an order or a refund was registered, an operator decided, or the policy changed. */
async function reevaluate(
  { payment, cause, correlationId, refund: reference }: ReevaluateEnvelope,
  deps: ApplyDeps,
): Promise<void> {
  const { provider, account: accountName, id } = checkedPaymentKey(payment);
  const account = findAccount(deps.accounts, provider, accountName);
  if (account === undefined) throw new CannotSucceedError('unknown_account');
  const refund = reference === undefined ? undefined : await findRefund(deps.store, reference);
  const result = await changePayment(
    {
      provider: deps.providers[account.provider],
      account,
      paymentId: id,
      input: refund?.payment === payment ? { type: 'refund', refund } : { type: 'reevaluate', cause },
      at: new Date(deps.clock()).toISOString(),
      cause,
      correlationId,
    },
    deps,
  );
  if (result.type === 'no_payment') {
    deps.log.warn('nothing to derive anew', { ...scopeOf(account), correlationId, payment });
    return;
  }
  if (result.type === 'done') countHoldsAndEffects(result.transition, correlationId, deps);
  // An earlier attempt of this message may have died before it published, and no event row shows that. So every pending
  // effect of the payment is published.
  await publishPending(payment, correlationId, deps);
  deps.metrics.emit({ Reevaluated: 1 }, scopeOf(account), { correlationId });
}

function checkedPaymentKey(payment: PaymentKey): ReturnType<typeof parsePaymentKey> {
  try {
    return parsePaymentKey(payment);
  } catch (error) {
    throw new CannotSucceedError('unreadable_message', { cause: error });
  }
}
