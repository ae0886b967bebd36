/** One configured account. */
import type { AccountBase } from '../account.ts';

/**
 * Secret shape: {"current": {"privateKey": PEM}, "next"?: {…}, "trustly"?: {"current": PEM, "next"?: PEM, "previous"?: [PEM]}}.
 * `privateKey` signs our replies; `trustly` replaces the published Trustly key of the environment.
 */
export interface TrustlyEuropeAccount extends AccountBase {
  readonly provider: 'trustly-europe';
  /** How replies are signed; SHA1 (no prefix) unless Trustly registered another one for the account. */
  readonly replyAlgorithm: 'SHA1' | 'RS256' | 'RS384' | 'RS512';
  /** The weakest signature that is accepted; default SHA1. */
  readonly minimumSignature?: 'SHA1' | 'RS256' | 'RS384' | 'RS512';
  /** What the account uses: a debit or kyc question needs a decision (docs/decisions/007-questions.md). */
  readonly withdrawals: boolean;
  readonly kyc: boolean;
  /** Where the merchant is asked; present with `withdrawals` or `kyc`. */
  readonly decision?: { readonly url: string };
}
