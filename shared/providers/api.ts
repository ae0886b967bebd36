/**
 * The calls of a provider's own API, as pure functions: they build requests and read answers; shared/aws and shared/app
 * send them. The content of an answer about one payment is a `message` (JSON text of the documented fields that matter,
 * without personal data): it is queued, stored and normalized like a notification, with its own source.
 */
import type { Environment, NormalizedEvent, Payment, Status } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from './api-call.ts';
import type { ProviderShipping, ShippingReport } from './shipping.ts';

/** A poll about one payment, or about the payments of one order. */
export type Poll =
  | { readonly about: 'payment'; readonly id: string }
  | { readonly about: 'order'; readonly reference: string; readonly endUser?: string };

/** One page of everything that changed between two times (ISO 8601). */
export interface Listing {
  readonly since: string;
  readonly until: string;
  readonly start: number;
  readonly count: number;
}

export interface ProviderApi<C = unknown, A extends AccountBase = AccountBase> {
  /** Base URL, without a slash at its end. */
  readonly baseUrl: Readonly<Record<Environment, string>>;
  /** Reads the account's secret. @throws UnusableSecretError */
  parseCredentials(secret: unknown, account: A): C;
  /** Undefined: the API has no such call (no end user, another product). */
  pollRequest(poll: Poll, account: A, credentials: C, baseUrl: string): ApiRequest | undefined;
  read(answer: ApiAnswer): ApiOutcome;
  /** Absent: there is no listing, and every payment is polled on its own. */
  list?(listing: Listing, credentials: C, baseUrl: string): ApiRequest;
  /** Present if money is captured only after the merchant has reported the shipping of its goods. */
  readonly shipping?: ProviderShipping<ShippingReport, unknown, A>;
  /**
   * Statuses that an answer does not tell apart, because it names no such thing: by the status of all evidence, those
   * of an answer alone that agree with it. Any other difference is reported by the reconciler.
   */
  readonly agreeingStatuses?: Readonly<Partial<Record<Status, readonly Status[]>>>;
  /** The provider's ids to poll about one payment. Absent: only the payment's own id. */
  idsToPoll?(payment: Pick<Payment, 'id' | 'facts'>): readonly string[];
  /**
   * The normalized event of a message, with source `confirmation`. @throws Error for a message that `read` never
   * returns
   */
  normalize(message: string, account: A): NormalizedEvent;
}
