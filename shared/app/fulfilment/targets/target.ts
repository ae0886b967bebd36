/** The interface of a merchant's target. The worker does not depend on the kind of target. */

import type { MerchantEvent } from '../../../payment/types.ts';

/** What is delivered: an event about a payment (MerchantEvent), or a report. */
export interface Deliverable {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly correlationId?: string;
}

export interface Target<E extends Deliverable = MerchantEvent> {
  /** Also the value of a metric dimension. */
  readonly name: 'eventbridge' | 'https';
  /**
   * Resolves when the target has accepted the event.
   * @param webhookId the id of this delivery for an endpoint; default: made from the event's id (webhookIdOf)
   * @throws TargetError
   */
  deliver(event: E, signal: AbortSignal, webhookId?: string): Promise<void>;
}

/**
 * How a delivery failed. Every class but `gone` is tried again, with backoff over at least 49 hours: a 401 or 404 of a
 * merchant's endpoint is more often a failed deployment than a refusal.
 */
export type FailureClass =
  /** The target did not process the request: network error, timeout, throttling, 5xx. */
  | 'unavailable'
  /** The target refused the event (4xx, a redirect, an entry that failed). */
  | 'rejected'
  /** 410: the endpoint no longer exists. Not tried again. */
  | 'gone';

export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly failure: FailureClass;
  /** The pause that the target asked for (Retry-After). Undefined: none. */
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
