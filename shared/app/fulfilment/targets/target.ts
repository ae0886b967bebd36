/** Where the merchant hears from us. One interface, so that the worker knows no target's ways. */

import type { MerchantEvent } from '../../../payment/types.ts';

/** What is sent: an event about a payment (MerchantEvent), or a report. */
export interface Deliverable {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly correlationId?: string;
}

export interface Target<E extends Deliverable = MerchantEvent> {
  /** A metric dimension. */
  readonly name: 'eventbridge' | 'https';
  /**
   * Resolves when the target has taken the event.
   * @param webhookId what an endpoint knows this delivery by; default: made from the event's id (webhookIdOf)
   * @throws TargetError
   */
  deliver(event: E, signal: AbortSignal, webhookId?: string): Promise<void>;
}

/**
 * How a delivery failed. Everything is tried again, with backoff over at least 48 hours, but `gone`: a 401 or
 * 404 of a merchant's endpoint is a deployment gone wrong more often than an answer.
 */
export type FailureClass =
  /** No answer: network, timeout, throttled, 5xx. */
  | 'unavailable'
  /** Answered that it doesn't want this (4xx, a redirect, an entry that failed). */
  | 'rejected'
  /** 410: the endpoint says that it is no more. Not tried again. */
  | 'gone';

export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly failure: FailureClass;
  /** What the target asked for (Retry-After). */
  readonly retryAfterSeconds: number | undefined;
  constructor(
    failure: FailureClass,
    options: { readonly retryAfterSeconds?: number; readonly cause?: unknown } = {},
  ) {
    super(failure, { cause: options.cause });
    this.failure = failure;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
