/** One configured account. */
import type { AccountBase, RedirectPages } from '../account.ts';

/** Secret shape: {"current": {"accessId", "accessKey"}, "next"?: {…}}; both may share one accessId. */
export interface TrustlyAmericasAccount extends AccountBase {
  readonly provider: 'trustly-americas';
  /** Settings of checkout and redirects. Absent: the account has neither. */
  readonly checkout?: AmericasCheckout;
  /** The weakest signature that is accepted, for events and redirects; default SHA1. */
  readonly minimumSignature?: 'SHA1' | 'SHA512';
}

export interface AmericasCheckout {
  /** Trustly's id of the merchant, including leading zeros. */
  readonly merchantId: string;
  /** SHA512 only if Trustly has switched it on for the account. */
  readonly signature: 'SHA1' | 'SHA512';
  /** Fields that this account's contract requires besides the documented ones ("customer.email"). */
  readonly required: readonly string[];
  /** The pages that shoppers are sent to: fixed https addresses of the merchant. */
  readonly pages: RedirectPages;
}
