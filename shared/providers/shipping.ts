/** How the shipping of goods is reported to a provider that captures the money only then. Pure, as api.ts is. */

import type { AccountBase } from './account.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from './api-call.ts';

/** A sentence for the merchant's engineer: key, what is allowed. Never a value. */
export class ShippingReportError extends Error {
  override readonly name = 'DeliveryError';
}

/** What the merchant reports, as the provider's folder reads it. Texts of a person: they are sealed wherever they rest. */
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
  /** Reads a report strictly. @throws ShippingReportError */
  parseReport(value: unknown, account: A): R;
  /**
   * Reports may overtake each other: an earlier step says nothing new, and must not replace a later one.
   * @param known what is kept: its status, and whether it is still to be sent
   */
  isOvertaken(
    status: string,
    known: { readonly status: string | undefined; readonly unsent: boolean },
  ): boolean;
  /** Whether the provider captures the authorized money of this account on this status. */
  captures(status: string, account: A): boolean;
  /** What an accepted report that captures is kept as: a message of the provider's API. */
  captureMessage(ref: string, status: string): string;
  /** From the account's secret. @throws UnusableSecretError */
  parseCredentials(secret: unknown, account: A): C;
  /** Undefined: there is no key to send it with. */
  request(shipment: Shipment<R>, account: A, credentials: C, baseUrl: string): ApiRequest | undefined;
  read(answer: ApiAnswer): ApiOutcome;
}
