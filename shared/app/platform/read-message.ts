/** Reads what travels on the queues, strictly: a message that doesn't fit is not guessed at. */
import { isProviderName } from '../../providers/index.ts';
import { ANSWER_REASONS, type QuestionAnswer, REPLY_STATUSES } from '../../providers/provider.ts';
import { correlationIdFrom } from './correlation.ts';
import {
  CONFIRMATION,
  type ConfirmationEnvelope,
  type EffectEnvelope,
  type Envelope,
  type NotificationEnvelope,
  type ReevaluateEnvelope,
} from './message.ts';

/** This message can never succeed: it is parked with the reason, a word of a closed set. */
export class CannotSucceedError extends Error {
  override readonly name = 'CannotSucceedError';
  readonly reason: ParkReason;
  constructor(reason: ParkReason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}
export type ParkReason =
  | 'unreadable_message'
  | 'unknown_account'
  | 'seal_altered'
  | 'digest_differs'
  | 'unknown_effect'
  /** To be kept aside, in a month in which the account's quarantine takes no more. */
  | 'quarantine_full'
  /** Its provider signs with a private key, and did not sign this: it is not what intake verified. */
  | 'not_signed'
  /** It says how a question was answered, and no stored answer says the same. */
  | 'answer_not_stored'
  /** It says how a provider's API answered, and no stored answer says the same. */
  | 'unproven_answer';

/** Written by a newer version of this software: retried, a newer worker will take it. */
export class NewerMessageError extends Error {
  override readonly name = 'NewerMessageError';
}

const VERSION = 1;

type Fields = Readonly<Record<string, unknown>>;

/** @throws CannotSucceedError, NewerMessageError */
export function readEnvelope(body: string): Envelope {
  const fields = fieldsOf(body);
  if (fields.kind === 'notification') return notification(fields);
  if (fields.kind === 'confirmation') return confirmation(fields);
  if (fields.kind === 'reevaluate') {
    return {
      version: VERSION,
      kind: 'reevaluate',
      correlationId: text(fields, 'correlationId'),
      payment: text(fields, 'payment'),
      cause: text(fields, 'cause'),
      ...(fields.refund === undefined ? {} : { refund: text(fields, 'refund') }),
    } satisfies ReevaluateEnvelope;
  }
  throw new CannotSucceedError('unreadable_message');
}

/** Of a message that may otherwise be unreadable, so that even its failure can be followed. */
export function correlationIdOf(body: string): string | undefined {
  try {
    return correlationIdFrom((JSON.parse(body) as Fields | null)?.correlationId);
  } catch {
    return undefined;
  }
}

/**
 * When the request of an accepted notification came, ISO 8601; of a message that may otherwise be unreadable.
 * Undefined: it is no notification, or does not say.
 */
export function acceptedAtOf(body: string): string | undefined {
  try {
    const { kind, receivedAt } = (JSON.parse(body) as Fields | null) ?? {};
    return kind === 'notification' && typeof receivedAt === 'string' && Date.parse(receivedAt) > 0
      ? receivedAt
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws CannotSucceedError, NewerMessageError */
export function readEffectEnvelope(body: string): EffectEnvelope {
  const fields = fieldsOf(body);
  if (fields.kind !== 'effect') throw new CannotSucceedError('unreadable_message');
  return {
    version: VERSION,
    kind: 'effect',
    correlationId: text(fields, 'correlationId'),
    payment: text(fields, 'payment'),
    effect: text(fields, 'effect'),
  };
}

function notification(fields: Fields): NotificationEnvelope {
  const { provider, keyId } = fields;
  if (!isProviderName(provider) || (keyId !== 'current' && keyId !== 'next')) {
    throw new CannotSucceedError('unreadable_message');
  }
  const receivedAt = text(fields, 'receivedAt');
  // An answer of an API is a kind of its own, and proven in another way.
  if (Number.isNaN(Date.parse(receivedAt)) || fields.variant === CONFIRMATION)
    throw new CannotSucceedError('unreadable_message');
  return {
    version: VERSION,
    kind: 'notification',
    correlationId: text(fields, 'correlationId'),
    provider,
    account: text(fields, 'account'),
    receivedAt,
    keyId,
    ...(fields.keyFingerprint === undefined ? {} : { keyFingerprint: text(fields, 'keyFingerprint') }),
    variant: text(fields, 'variant'),
    sealed: text(fields, 'sealed'),
    digest: text(fields, 'digest'),
    ...(fields.quarantine === undefined ? {} : { quarantine: text(fields, 'quarantine') }),
    ...(fields.signatureDigest === undefined ? {} : { signatureDigest: text(fields, 'signatureDigest') }),
    ...(fields.decided === undefined ? {} : { decided: decided(fields.decided) }),
    ...(fields.probe === true ? { probe: true } : {}),
    ...(fields.splitToken === undefined ? {} : { splitToken: text(fields, 'splitToken') }),
  };
}

function confirmation(fields: Fields): ConfirmationEnvelope {
  const { provider } = fields;
  const receivedAt = text(fields, 'receivedAt');
  if (!isProviderName(provider) || Number.isNaN(Date.parse(receivedAt))) {
    throw new CannotSucceedError('unreadable_message');
  }
  return {
    version: VERSION,
    kind: 'confirmation',
    correlationId: text(fields, 'correlationId'),
    provider,
    account: text(fields, 'account'),
    receivedAt,
    sealed: text(fields, 'sealed'),
    digest: text(fields, 'digest'),
  };
}

function decided(value: unknown): QuestionAnswer {
  if (typeof value !== 'object' || value === null) throw new CannotSucceedError('unreadable_message');
  const { status, reason, limit, restore } = value as Fields;
  const known = REPLY_STATUSES.find((each) => each === status);
  const why = ANSWER_REASONS.find((each) => each === reason);
  if (known === undefined || why === undefined) throw new CannotSucceedError('unreadable_message');
  return {
    status: known,
    reason: why,
    ...(typeof limit === 'string' ? { limit } : {}),
    ...(restore === true ? { restore } : {}),
  };
}

function fieldsOf(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new CannotSucceedError('unreadable_message');
  }
  if (typeof value !== 'object' || value === null) throw new CannotSucceedError('unreadable_message');
  const fields = value as Fields;
  if (typeof fields.version === 'number' && fields.version > VERSION) {
    throw new NewerMessageError(`message version ${fields.version}`);
  }
  if (fields.version !== VERSION) throw new CannotSucceedError('unreadable_message');
  return fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new CannotSucceedError('unreadable_message');
  return value;
}
