/**
 * What travels on the two queues. `version` is raised on any incompatible change; a newer worker reads older
 * messages. Nothing here is readable customer data: the received message travels sealed.
 */

import type { KeyId, ProviderName, QuestionAnswer } from '../../providers/provider.ts';

export interface NotificationEnvelope {
  readonly version: 1;
  readonly kind: 'notification';
  readonly correlationId: string;
  readonly provider: ProviderName;
  readonly account: string;
  readonly receivedAt: string;
  readonly keyId: KeyId;
  /** Of the key that verified it; absent in messages of older versions. */
  readonly keyFingerprint?: string;
  readonly variant: string;
  /** The verified message, AES-256-GCM under the envelope key (base64url iv.ciphertext.tag). */
  readonly sealed: string;
  /** SHA-256 of the message, hex: names the message without showing it. */
  readonly digest: string;
  /** Set when the message goes to quarantine instead of the payment core. */
  readonly quarantine?: string;
  /** Names its row in quarantine, also if it comes from there: copies in another encoding have the same (provider.ts, Verdict). */
  readonly signatureDigest?: string;
  /** What a question was answered with. */
  readonly decided?: QuestionAnswer;
  /** The stack's own: it has shown that the queue takes messages, and says nothing. */
  readonly probe?: boolean;
  /** Compact JWE of the splitToken, only its private key's holder can open it. */
  readonly splitToken?: string;
}

/** Asks the worker to derive a payment anew: an order or a refund was registered, an operator decided, policy changed. */
export interface ReevaluateEnvelope {
  readonly version: 1;
  readonly kind: 'reevaluate';
  readonly correlationId: string;
  readonly payment: string;
  readonly cause: string;
  /** Reference of a refund that was registered for the payment. */
  readonly refund?: string;
}

/** What a provider's API answered about one payment (docs/confirmation.md). */
export interface ConfirmationEnvelope {
  readonly version: 1;
  readonly kind: 'confirmation';
  readonly correlationId: string;
  readonly provider: ProviderName;
  readonly account: string;
  readonly receivedAt: string;
  /** Sealed like a notification, in the same context. */
  readonly sealed: string;
  readonly digest: string;
}

export type Envelope = NotificationEnvelope | ConfirmationEnvelope | ReevaluateEnvelope;

/** The `variant` of evidence that is an API's answer: no signature proved it, its connection did. */
export const CONFIRMATION = 'confirmation';

/** A message on the fulfilment queue only names an effect. */
export interface EffectEnvelope {
  readonly version: 1;
  readonly kind: 'effect';
  readonly correlationId: string;
  readonly payment: string;
  readonly effect: string;
}

/** What an envelope says of itself; never `sealed` or `splitToken`. */
export type Described = Readonly<Record<string, string | number>>;

/** An allow-list, so that a field of tomorrow is not shown by accident. */
const DESCRIBED_FIELDS = [
  'version',
  'kind',
  'correlationId',
  'provider',
  'account',
  'receivedAt',
  'keyId',
  'variant',
  'digest',
  'quarantine',
  'payment',
  'effect',
  'cause',
] as const;
/** Ours are far shorter; a message that is not ours may hold anything. */
const MAX_DESCRIBED_CHARS = 200;

/** Whose message it is, also when it can't be read otherwise: for an operator, in clear. */
export function describedOf(body: string): Described {
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof fields !== 'object' || fields === null) return {};
  return Object.fromEntries(
    DESCRIBED_FIELDS.flatMap((name) => {
      const value = (fields as Readonly<Record<string, unknown>>)[name];
      const isShown =
        typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_DESCRIBED_CHARS);
      return isShown ? [[name, value] as const] : [];
    }),
  );
}

/** What the sealed texts are bound to, see seal.ts: one can't be put in another's place. */
export const notificationContext = (provider: string, account: string, digest: string): string =>
  `notification/${provider}/${account}/${digest}`;
export const parkedContext = (queue: string, digest: string): string => `parked/${queue}/${digest}`;
