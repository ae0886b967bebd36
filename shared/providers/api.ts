/**
 * What a provider's own API can be asked, as pure functions: they build requests and read answers; sending is done
 * in shared/aws and shared/app. What an answer says about one payment is a `message` (JSON text of the documented fields that
 * matter, no personal data): it travels, is kept and is told like a notification, with its own source.
 */
import type { Environment, NormalizedEvent, Payment } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from './api-call.ts';
import type { ProviderShipping, ShippingReport } from './shipping.ts';

/** A question about one payment, or about what was made of one order. */
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
  /** Where it is, without a trailing slash. */
  readonly baseUrl: Readonly<Record<Environment, string>>;
  /** From the account's secret. @throws UnusableSecretError */
  parseCredentials(secret: unknown, account: A): C;
  /** Undefined: the API cannot be asked this (no end user, another product). */
  ask(question: Poll, account: A, credentials: C, baseUrl: string): ApiRequest | undefined;
  read(answer: ApiAnswer): ApiOutcome;
  /** Absent: there is no listing, every payment is asked about on its own. */
  list?(listing: Listing, credentials: C, baseUrl: string): ApiRequest;
  /** Present where money is captured once the merchant has reported the shipping of its goods. */
  readonly shipping?: ProviderShipping<ShippingReport, unknown, A>;
  /** The provider's ids of what to ask about one payment; absent: its own. */
  idsToPoll?(payment: Pick<Payment, 'id' | 'facts'>): readonly string[];
  /** The normalized event of a message, source `confirmation`. Throws on a message that `read` never makes. */
  normalize(message: string, account: A): NormalizedEvent;
}
