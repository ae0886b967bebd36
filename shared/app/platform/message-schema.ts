/**
 * What travels on the notifications queue. Nothing here is readable customer data: the received message travels
 * sealed.
 */
import * as v from 'valibot';
import type { ProviderName } from '../../providers/index.ts';
import { isProviderName } from '../../providers/index.ts';
import { ANSWER_REASONS, REPLY_STATUSES } from '../../providers/question-answer.ts';
import { MESSAGE_VERSION } from './read-message.ts';

/** The `variant` of evidence that is an API's answer: no signature proved it, its connection did. */
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

const notification = v.object({
  version,
  correlationId: text,
  kind: v.literal('notification'),
  provider,
  account: text,
  receivedAt: time,
  keyId: v.picklist(['current', 'next']),
  /** Of the key that verified it; absent in messages of older versions. */
  keyFingerprint: optionalText,
  /** An answer of an API is a kind of its own, and proven in another way. */
  variant: v.pipe(text, v.notValue(CONFIRMATION)),
  /** The verified message, AES-256-GCM under the envelope key (base64url iv.ciphertext.tag). */
  sealed: text,
  /** SHA-256 of the message, hex: names the message without showing it. */
  digest: text,
  /** Set when the message goes to quarantine instead of the payment core. */
  quarantine: optionalText,
  /** Names its row in quarantine, also if it comes from there: copies in another encoding have the same (provider.ts, Verdict). */
  signatureDigest: optionalText,
  /** What a question was answered with. */
  decided: v.exactOptional(questionAnswer),
  /** The stack's own: it has shown that the queue takes messages, and says nothing. */
  probe: v.exactOptional(v.boolean()),
  /** Compact JWE of the splitToken, only its private key's holder can open it. */
  splitToken: optionalText,
});
export type NotificationEnvelope = Readonly<v.InferOutput<typeof notification>>;

/** What a provider's API answered about one payment (docs/confirmation.md). */
const confirmation = v.object({
  version,
  correlationId: text,
  kind: v.literal('confirmation'),
  provider,
  account: text,
  receivedAt: time,
  /** Sealed like a notification, in the same context. */
  sealed: text,
  digest: text,
});
export type ConfirmationEnvelope = Readonly<v.InferOutput<typeof confirmation>>;

/** Asks the worker to derive a payment anew: an order or a refund was registered, an operator decided, policy changed. */
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
