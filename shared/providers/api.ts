/**
 * What a provider's own API can be asked, as pure functions: they build requests and read answers; sending is done
 * in shared/aws and shared/app. What an answer says about one payment is a `message` (JSON text of the documented fields that
 * matter, no personal data): it travels, is kept and is told like a notification, with its own source.
 */
import type { Environment, NormalizedEvent, Payment } from '../payment/types.ts';
import type { Account } from './provider.ts';
import type { ProviderShipping, ShippingReport } from './shipping.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * `found`: one message per payment of the answer. `unknown`: the provider has no such payment. `refused`: it will
 * not answer until somebody changes something (credentials, activation). `unavailable`: ask again later. The
 * reasons are closed sets: they become metric dimensions.
 */
export type ApiOutcome =
  | { readonly type: 'found'; readonly messages: readonly string[] }
  | { readonly type: 'unknown' }
  | { readonly type: 'refused'; readonly reason: 'credentials' | 'request' }
  | { readonly type: 'unavailable'; readonly reason: 'network' | 'status' | 'throttled' | 'unreadable' };

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

export interface ProviderApi<C = unknown, A extends Account = Account> {
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
