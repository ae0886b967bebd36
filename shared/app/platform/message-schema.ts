/** The messages of the notifications queue. They contain no readable customer data: the received message is sealed. */
import * as v from 'valibot';
import type { ProviderName } from '../../providers/index.ts';
import { isProviderName } from '../../providers/index.ts';
import { ANSWER_REASONS, REPLY_STATUSES } from '../../providers/question-answer.ts';
import { MESSAGE_VERSION } from './read-message.ts';

/** The `variant` of evidence that is an API's answer: it is authenticated by the connection, not by a signature. */
export const CONFIRMATION = 'confirmation';

const text = v.pipe(v.string(), v.nonEmpty());
const optionalText = v.exactOptional(text);
/** ISO 8601. */
const time = v.pipe(
  text,
  v.check((value) => !Number.isNaN(Date.parse(value))),
);
const provider = v.custom<ProviderName>(isProviderName);
const version = v.literal(MESSAGE_VERSION);

const questionAnswer = v.object({
  status: v.picklist(REPLY_STATUSES),
  reason: v.picklist(ANSWER_REASONS),
  limit: v.exactOptional(v.string()),
  restore: v.exactOptional(v.literal(true)),
});

/** What a verified message and an API's answer have in common. */
const sealedMessage = {
  version,
  correlationId: text,
  provider,
  account: text,
  receivedAt: time,
  /** The message, AES-256-GCM under the envelope key (base64url iv.ciphertext.tag). */
  sealed: text,
  /** SHA-256 of the message, hex: names the message without showing it. */
  digest: text,
};

const notification = v.object({
  ...sealedMessage,
  kind: v.literal('notification'),
  keyId: v.picklist(['current', 'next']),
  /** Fingerprint of the key that verified the signature. Absent in messages of older versions. */
  keyFingerprint: optionalText,
  /** Variant of the verified signature. An API's answer has a kind of its own and is authenticated in another way. */
  variant: v.pipe(text, v.notValue(CONFIRMATION)),
  /** The reason for quarantine. If it is set, the message is quarantined instead of applied. */
  quarantine: optionalText,
  /**
   * Name of its quarantine row, also for a message that comes from there: copies in another encoding have the same name
   * (provider.ts, Verdict).
   */
  signatureDigest: optionalText,
  /** The answer to the question. Absent: the notification is no question. */
  decided: v.exactOptional(questionAnswer),
  /** A self-test of the stack: it has shown that the queue accepts messages, and has no content to apply. */
  probe: v.exactOptional(v.boolean()),
  /** Compact JWE of the splitToken. Only the holder of the private key can open it. */
  splitToken: optionalText,
});
export type NotificationEnvelope = Readonly<v.InferOutput<typeof notification>>;

/** The answer of a provider's API about one payment (docs/confirmation.md). */
const confirmation = v.object({
  ...sealedMessage,
  kind: v.literal('confirmation'),
});
export type ConfirmationEnvelope = Readonly<v.InferOutput<typeof confirmation>>;

/**
 * Asks the worker to derive a payment anew: an order or a refund was registered, an operator decided, or the policy
 * changed.
 */
const reevaluate = v.object({
  version,
  correlationId: text,
  kind: v.literal('reevaluate'),
  payment: text,
  cause: text,
  /** Reference of a refund that was registered for the payment. */
  refund: optionalText,
});
export type ReevaluateEnvelope = Readonly<v.InferOutput<typeof reevaluate>>;

export const ENVELOPE_SCHEMA = v.variant('kind', [notification, confirmation, reevaluate]);
export type Envelope = Readonly<v.InferOutput<typeof ENVELOPE_SCHEMA>>;
