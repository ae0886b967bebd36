/** One configured account. */
import type { AccountBase } from '../account.ts';

/**
 * Secret shape: {"current": {"secretKey", "projectKey"?}, "next"?: {…}, "brickTestKey"?: string} (sandbox only).
 * `projectKey` identifies the project to Payment Status and is needed with `confirm`.
 */
export interface PaymentwallAccount extends AccountBase {
  readonly provider: 'paymentwall';
  readonly api: 'digital_goods' | 'virtual_currency' | 'cart';
  /** Pinned: every other version is refused. Cart has no version 1. */
  readonly signatureVersion: 1 | 2 | 3;
  /** check: the caller must be one of Paymentwall's published addresses. */
  readonly sourceAddresses: 'any' | 'check';
  readonly goods: 'digital' | 'physical';
  /**
   * Name of the query parameter that contains the merchant's order reference ("goodsid" by default, or a custom one).
   */
  readonly orderParameter: string;
}
