/** Reads what travels on the queues, strictly: a message that doesn't fit is not guessed at. */
import * as v from 'valibot';
import { correlationIdFrom } from './correlation.ts';

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

/** Raised on any incompatible change; a newer worker reads older messages. */
export const MESSAGE_VERSION = 1;

/** Of a message that may otherwise be unreadable, so that even its failure can be followed. */
export function correlationIdOf(body: string): string | undefined {
  return correlationIdFrom(looseFieldsOf(body).correlationId);
}

/**
 * When the request of an accepted notification came, ISO 8601; of a message that may otherwise be unreadable.
 * Undefined: it is no notification, or does not say.
 */
export function acceptedAtOf(body: string): string | undefined {
  const { kind, receivedAt } = looseFieldsOf(body);
  return kind === 'notification' && typeof receivedAt === 'string' && Date.parse(receivedAt) > 0
    ? receivedAt
    : undefined;
}

function looseFieldsOf(body: string): Readonly<Record<string, unknown>> {
  const value = parsed(body);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Undefined: it is no JSON, which is no message either. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** @throws CannotSucceedError, NewerMessageError */
export function readMessage<Message>(body: string, schema: v.GenericSchema<unknown, Message>): Message {
  const value = parsed(body);
  const version = v.safeParse(v.object({ version: v.number() }), value);
  if (version.success && version.output.version > MESSAGE_VERSION) {
    throw new NewerMessageError(`message version ${version.output.version}`);
  }
  const message = v.safeParse(schema, value);
  if (!message.success) throw new CannotSucceedError('unreadable_message');
  return message.output;
}
