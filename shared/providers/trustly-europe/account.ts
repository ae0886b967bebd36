/** One configured account. */
import type { AccountBase } from '../account.ts';

/**
 * Secret shape: {"current": {"privateKey": PEM}, "next"?: {…}, "trustly"?: {"current": PEM, "next"?: PEM, "previous"?:
 * [PEM]}}. `privateKey` signs our replies; `trustly` replaces the environment's published Trustly key.
 */
export interface TrustlyEuropeAccount extends AccountBase {
  readonly provider: 'trustly-europe';
  /** Algorithm of the replies' signature: SHA1 (no prefix) unless Trustly registered another one for the account. */
  readonly replyAlgorithm: 'SHA1' | 'RS256' | 'RS384' | 'RS512';
  /** The weakest signature that is accepted; default SHA1. */
  readonly minimumSignature?: 'SHA1' | 'RS256' | 'RS384' | 'RS512';
  /**
   * The questions that the account uses: a debit or kyc question needs the merchant's answer
   * (docs/decisions/007-questions.md).
   */
  readonly withdrawals: boolean;
  readonly kyc: boolean;
}
