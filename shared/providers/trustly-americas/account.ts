/** One configured account. */
import type { AccountBase, RedirectPages } from '../account.ts';

/** Secret shape: {"current": {"accessId", "accessKey"}, "next"?: {…}}; both may share one accessId. */
export interface TrustlyAmericasAccount extends AccountBase {
  readonly provider: 'trustly-americas';
  /** Public JWK (EC P-256) to which splitTokens are sealed at intake; without it they are dropped, and counted. */
  readonly splitTokenKey?: Readonly<Record<string, string>>;
  /** What checkout signs and redirects lead to; without it the account has neither. */
  readonly checkout?: AmericasCheckout;
  /** Whether Get Transaction is asked about payments that wait, and the listing about what was missed. */
  readonly confirm?: boolean;
  /** The weakest signature that is accepted, of events and redirects; default SHA1. */
  readonly minimumSignature?: 'SHA1' | 'SHA512';
}

export interface AmericasCheckout {
  /** Trustly's id of the merchant; leading zeros belong to it. */
  readonly merchantId: string;
  /** SHA512 only where Trustly switched it on for the account. */
  readonly signature: 'SHA1' | 'SHA512';
  /** Fields that this account's contract asks for beside the documented ones ("customer.email"). */
  readonly required: readonly string[];
  /** Where shoppers are sent on to: fixed https addresses of the merchant's. */
  readonly pages: RedirectPages;
}
