/** Reports the shipping of goods to a provider that captures the money only after that. Pure, like api.ts. */

import type { AccountBase } from './account.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from './api-call.ts';

/** A sentence for the merchant's engineer: the key and what is allowed. Never a value. */
export class ShippingReportError extends Error {
  override readonly name = 'DeliveryError';
}

/**
 * The merchant's report, as the provider's folder parses it. It contains a person's data and is sealed wherever it is
 * stored.
 */
export interface ShippingReport {
  readonly status: string;
}

export interface Shipment<R = ShippingReport> {
  /** The provider's id of the payment. */
  readonly ref: string;
  readonly report: R;
  readonly test: boolean;
}

export interface ProviderShipping<R = ShippingReport, C = unknown, A extends AccountBase = AccountBase> {
  /** Parses a report strictly. @throws ShippingReportError */
  parseReport(value: unknown, account: A): R;
  /**
   * Whether a report is out of date. Reports may arrive out of order: an earlier step contains nothing new, and must
   * not replace a later one.
   * @param known the stored status, and whether it is still to be sent
   */
  isOvertaken(
    status: string,
    known: { readonly status: string | undefined; readonly unsent: boolean },
  ): boolean;
  /** Whether the provider captures the authorized money of this account on this status. */
  captures(status: string, account: A): boolean;
  /** The stored form of an accepted report that captures: a message of the provider's API. */
  captureMessage(ref: string, status: string): string;
  /** Reads the account's secret. @throws UnusableSecretError */
  parseCredentials(secret: unknown, account: A): C;
  /** Undefined: there is no key to send it with. */
  request(shipment: Shipment<R>, account: A, credentials: C, baseUrl: string): ApiRequest | undefined;
  read(answer: ApiAnswer): ApiOutcome;
}
