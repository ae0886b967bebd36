/** Reads messages of the queues strictly: the content of a message that does not fit is not guessed. */
import * as v from 'valibot';
import { correlationIdFrom } from './correlation.ts';

/** This message can never succeed. It is parked with the reason, a word of a closed set. */
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
  /** It must be quarantined, and the account's quarantine accepts no more in this month. */
  | 'quarantine_full'
  /** Its provider signs with a private key, and this message has no valid signature: it is not what intake verified. */
  | 'not_signed'
  /** It contains an answer to a question, and no stored answer is equal. */
  | 'answer_not_stored'
  /** It contains an API answer about which the polling function wrote no row. */
  | 'unproven_answer';

/** Written by a newer version of this software: it is retried until a newer worker reads it. */
export class NewerMessageError extends Error {
  override readonly name = 'NewerMessageError';
}

/** Raised on any incompatible change. A newer worker reads older messages. */
export const MESSAGE_VERSION = 1;

/** The correlation id of a message that may otherwise be unreadable, so that its failure can be traced. */
export function correlationIdOf(body: string): string | undefined {
  return correlationIdFrom(looseFieldsOf(body).correlationId);
}

/**
 * When the request of an accepted notification was received, ISO 8601, also for a message that is otherwise unreadable.
 * Undefined: the message is no notification or contains no time.
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

/** Undefined: the body is not JSON, and so no message. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The message in the body. @throws CannotSucceedError, NewerMessageError */
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
